/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static java.util.concurrent.TimeUnit.SECONDS;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Waits half a minute at most, then fails and shows what was going on. */
final class Deadline {
  static final Duration LIMIT = Duration.ofSeconds(30);

  private Deadline() {}

  static void await(CountDownLatch latch) {
    try {
      if (!latch.await(LIMIT.toSeconds(), SECONDS)) {
        throw new AssertionError("latch at " + latch.getCount() + " after " + LIMIT);
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  static void join(Thread thread) {
    try {
      thread.join(LIMIT.toMillis());
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    if (thread.isAlive()) {
      var error = new AssertionError("thread " + thread + " still lives after " + LIMIT);
      error.setStackTrace(thread.getStackTrace());
      throw error;
    }
  }

  static <T extends @Nullable Object> T get(Future<T> future) {
    try {
      return future.get(LIMIT.toSeconds(), SECONDS);
    } catch (InterruptedException | TimeoutException | ExecutionException e) {
      throw new AssertionError(e);
    }
  }

  static void await(CompletionStage<?> stage) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    CompletionStage<?> unused = stage.whenComplete((value, error) -> done.complete(null));
    get(done);
  }

  /** How a callback thread ends. */
  static <T extends @Nullable Object> Outcome<T> outcome(CallbackThread<T> thread) {
    CountDownLatch ended = new CountDownLatch(1);
    thread.observe(
        new Observer() {
          @Override
          void ended() {
            ended.countDown();
          }
        });
    try {
      if (!ended.await(LIMIT.toSeconds(), SECONDS)) {
        throw new AssertionError(
            thread + " is live after " + LIMIT + "\n" + thread.scheduler().inspect().dump());
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    return Objects.requireNonNull(thread.outcomeNow());
  }

  /** The value with which a callback thread completes. */
  static <T extends @Nullable Object> T value(CallbackThread<T> thread) {
    return outcome(thread)
        .fold(
            value -> value,
            error -> {
              throw new AssertionError(thread + " failed", error);
            },
            () -> {
              throw new AssertionError(thread + " was cancelled");
            });
  }

  /** The error with which a callback thread fails. */
  static Throwable error(CallbackThread<?> thread) {
    return outcome(thread)
        .fold(
            value -> {
              throw new AssertionError(thread + " completed with " + value);
            },
            error -> error,
            () -> {
              throw new AssertionError(thread + " was cancelled");
            });
  }
}
