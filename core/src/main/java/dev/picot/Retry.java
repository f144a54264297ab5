/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** One execution of a {@link Task#retry}: what its steps remember. */
final class Retry<T extends @Nullable Object> {
  private static final int MOST_EARLIER = 8;

  private final Task<T> task;
  private final Backoff backoff;

  /** The latest errors before the last one. */
  private final Deque<Throwable> earlier = new ArrayDeque<>();

  private long failures;

  Retry(Task<T> task, Backoff backoff) {
    this.task = task;
    this.backoff = backoff;
  }

  Task<T> attempt() {
    return Task.clock()
        .flatMap(
            began ->
                task.onErrorResume(
                    error -> Task.clock().flatMap(now -> failed(error, now - began))));
  }

  private Task<T> failed(Throwable error, long lasted) {
    if (backoff.resets(lasted)) {
      failures = 0;
      earlier.clear();
    }
    failures++;
    if (!backoff.retries(error, failures)) {
      earlier.forEach(before -> suppress(before, error));
      return Task.error(error);
    }
    if (earlier.size() == MOST_EARLIER) {
      earlier.removeFirst();
    }
    earlier.addLast(error);
    return Task.sleep(backoff.pause(failures)).then(Task.defer(this::attempt));
  }

  /** Once, and not without bounds: attempts may fail with one and the same error each time. */
  private static void suppress(Throwable before, Throwable error) {
    Throwable[] present = error.getSuppressed();
    if (before == error || present.length >= MOST_EARLIER) {
      return;
    }
    for (Throwable each : present) {
      if (each == before) {
        return;
      }
    }
    error.addSuppressed(before);
  }
}
