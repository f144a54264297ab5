/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import static java.util.concurrent.TimeUnit.SECONDS;

import java.util.concurrent.CountDownLatch;

/** Waits five seconds at most, then fails with the stacks of all elastic threads. */
final class Deadline {
  private static final int SECONDS_AT_MOST = 5;

  private Deadline() {}

  static void await(CountDownLatch latch) {
    await(latch, SECONDS_AT_MOST);
  }

  /** For the end of many steps each of which has its own deadline. */
  static void awaitLong(CountDownLatch latch) {
    await(latch, 20 * SECONDS_AT_MOST);
  }

  private static void await(CountDownLatch latch, int seconds) {
    try {
      if (!latch.await(seconds, SECONDS)) {
        throw expired("latch at " + latch.getCount(), seconds);
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  static void join(Thread thread) {
    try {
      thread.join(SECONDS.toMillis(SECONDS_AT_MOST));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    if (thread.isAlive()) {
      throw expired(thread + " is alive", SECONDS_AT_MOST);
    }
  }

  private static AssertionError expired(String what, int seconds) {
    var error = new AssertionError(what + " after " + seconds + " s");
    Thread.getAllStackTraces()
        .forEach(
            (thread, stack) -> {
              if (thread instanceof ElasticThread) {
                var state = new Throwable(thread.getName());
                state.setStackTrace(stack);
                error.addSuppressed(state);
              }
            });
    return error;
  }
}
