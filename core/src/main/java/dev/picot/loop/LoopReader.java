/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import dev.picot.internal.Text;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Collects the tasks of a loop by a thread that does not own it.
 *
 * <p>While the loop is in a slice or sleeps, its lists do not change and are read in place, with
 * the ownership word as seqlock. A loop that is too busy for that answers itself, in portions, by a
 * {@link Survey}.
 */
final class LoopReader {
  private static final int ATTEMPTS = 50;

  /** Longer than a {@link Lookout}: while the loop looks out, it seems to work. */
  private static final long ATTEMPTS_NANOS = 200_000;

  private static final int CHECK = 128;
  private static final long AGAIN_MILLIS = 10;
  private static final long ANSWER_MILLIS = 5_000;

  private final Loop loop;

  LoopReader(Loop loop) {
    this.loop = loop;
  }

  /** See {@link Loop#tasks}. */
  List<LoopTask> tasks() {
    long began = System.nanoTime();
    for (int i = 0; i < ATTEMPTS || System.nanoTime() - began < ATTEMPTS_NANOS; i++) {
      List<LoopTask> read = readInPlace();
      if (read != null) {
        return read;
      }
    }
    if (LoopThread.current() != null) {
      throw new IllegalStateException(
          Text.format(
              "Loop '%s' is too busy to be read from a loop. Call it within Task.blocking(...).",
              loop.name()));
    }
    return survey(began);
  }

  private List<LoopTask> survey(long began) {
    Survey survey = new Survey();
    if (!loop.post(new ControlTask("dump", owned -> owned.lists.begin(survey)))) {
      return List.of();
    }
    do {
      try {
        return new ArrayList<>(survey.answer.get(AGAIN_MILLIS, TimeUnit.MILLISECONDS));
      } catch (TimeoutException e) {
        List<LoopTask> read = readInPlace(); // it may be stuck now
        if (read != null) {
          return read;
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(
            "interrupted while waiting for loop '" + loop.name() + "'", e);
      } catch (ExecutionException e) {
        throw new IllegalStateException("a survey does not fail", e);
      }
    } while (System.nanoTime() - began < TimeUnit.MILLISECONDS.toNanos(ANSWER_MILLIS));
    throw new IllegalStateException(
        Text.format("Loop '%s' did not answer within %d ms", loop.name(), ANSWER_MILLIS));
  }

  private @Nullable List<LoopTask> readInPlace() {
    long before = loop.ownershipAcquire();
    int phase = Ownership.phase(before);
    if (phase == Ownership.CLOSED) {
      return List.of();
    }
    if (phase == Ownership.OWNER) {
      return null;
    }
    List<LoopTask> tasks = new ArrayList<>();
    try {
      loop.forEach(
          task -> {
            tasks.add(task);
            if (tasks.size() % CHECK == 0 && loop.ownershipAcquire() != before) {
              throw new ConcurrentReadException();
            }
          },
          LoopLists.MOST_TASKS);
    } catch (RuntimeException e) { // torn
      return null;
    }
    VarHandle.acquireFence();
    return loop.ownershipAcquire() == before ? tasks : null;
  }

  /** A walk met what only a concurrent change can produce. */
  static final class ConcurrentReadException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ConcurrentReadException() {
      super(null, null, false, false);
    }
  }
}
