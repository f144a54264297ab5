/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * What a thread does at the very end of its stack, where any call may overflow, in the middle of
 * our own methods as well.
 */
class StackOverflowTest {
  private static final int DESCENTS = 500;
  private static final int FRAMES = 12;

  @RegisterExtension final Schedulers schedulers = new Schedulers();

  private final LoopScheduler scheduler = schedulers.one();
  private final Task<Void> task = Task.done();

  /** Tries something at each of the last frames before the stack overflows. */
  private static final class Descent {
    private final Queue<Runnable> attempts;

    Descent(List<Runnable> attempts) {
      this.attempts = new ArrayDeque<>(attempts);
    }

    void run() {
      try {
        descend(0, 0, 0);
      } catch (StackOverflowError expected) {
        assertThat(expected).isNotNull();
      }
    }

    /** Frames of different sizes, so that the stack ends at different places of what is tried. */
    private int descend(int depth, long a, long b) {
      try {
        return (depth % 3 == 0 ? descend(depth + 1, a + 1, b) : further(depth + 1)) + 1;
      } finally {
        Runnable attempt = attempts.poll();
        if (attempt != null) {
          attempt.run();
        }
      }
    }

    private int further(int depth) {
      return descend(depth, depth, -depth);
    }
  }

  /** On threads with small stacks, so that it takes no time to reach the end. */
  private static void atTheEndOfStacks(List<Runnable> attempts) throws InterruptedException {
    for (int i = 0; i < attempts.size(); i += FRAMES) {
      var descent = new Descent(attempts.subList(i, Math.min(i + FRAMES, attempts.size())));
      var thread = new Thread(null, descent::run, "descent", 200_000 + i % 4096);
      thread.start();
      thread.join();
    }
  }

  @Test
  void aResultIsNotLost() throws InterruptedException {
    var sinks = new ConcurrentLinkedQueue<AsyncSink<Integer>>();
    List<CallbackThread<Integer>> threads = new ArrayList<>();
    for (int i = 0; i < DESCENTS * FRAMES; i++) {
      threads.add(scheduler.spawn(Task.async(sinks::add)));
    }
    Schedulers.settle(scheduler);

    atTheEndOfStacks(sinks.stream().<Runnable>map(sink -> () -> sink.success(1)).toList());
    sinks.forEach(sink -> sink.success(1));

    for (CallbackThread<Integer> thread : threads) {
      assertThat(Deadline.value(thread)).isEqualTo(1);
    }
  }

  @Test
  void aCancellationIsNotLost() throws InterruptedException {
    List<CallbackThread<Void>> threads = new ArrayList<>();
    for (int i = 0; i < DESCENTS * FRAMES; i++) {
      threads.add(scheduler.spawn(Task.sleep(Duration.ofDays(1))));
    }
    Schedulers.settle(scheduler);

    atTheEndOfStacks(threads.stream().<Runnable>map(thread -> thread::cancel).toList());
    threads.forEach(CallbackThread::cancel);

    for (CallbackThread<Void> thread : threads) {
      assertThat(Deadline.outcome(thread)).isInstanceOf(Outcome.Cancelled.class);
    }
  }

  @Test
  void aPermitIsNotLost() throws InterruptedException {
    spawn(); // a class that is initialized at the end of a stack is lost to all later tests
    Schedulers.settle(scheduler);
    List<Runnable> attempts = new ArrayList<>();
    for (int i = 0; i < DESCENTS * FRAMES; i++) {
      attempts.add(this::spawn);
    }

    atTheEndOfStacks(attempts);

    scheduler.shutdown(Deadline.LIMIT);
    Deadline.await(scheduler.onClosed());
    assertThat(scheduler.stats().live()).isZero();
    assertThat(scheduler.stats().cancelled()).isZero();
  }

  @Test
  void whoWaitsForAdmission_isNotLost() throws InterruptedException {
    LoopScheduler small =
        schedulers.build(
            "small",
            b ->
                b.loops(1)
                    .maxCallbackThreads(DESCENTS * FRAMES)
                    .maxAdmissionWait(Duration.ofDays(1)));
    List<CallbackThread<?>> admitted = new ArrayList<>();
    for (int i = 0; i < DESCENTS * FRAMES; i++) {
      admitted.add(small.spawn(Task.never()));
    }
    CallbackThread<Void> first = small.spawn(task); // see aPermitIsNotLost
    Schedulers.settle(small);
    List<Runnable> attempts = new ArrayList<>();
    for (int i = 0; i < DESCENTS * FRAMES - 1; i++) {
      attempts.add(
          () -> {
            CallbackThread<Void> unused = small.spawn(task);
          });
    }

    atTheEndOfStacks(attempts);

    admitted.forEach(CallbackThread::cancel);
    Takeovers.until(
        small,
        "nobody waits, and all permits are back",
        () -> small.stats().waiting() == 0 && small.stats().live() == 0);
    assertThat(Deadline.outcome(first)).isInstanceOf(Outcome.Completed.class);
  }

  private void spawn() {
    CallbackThread<Void> unused = scheduler.spawn(task);
  }
}
