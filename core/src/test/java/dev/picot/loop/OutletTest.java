/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class OutletTest {
  private final CountDownLatch gate = new CountDownLatch(1);
  private final List<Integer> taken = new CopyOnWriteArrayList<>();
  private final AtomicReference<Thread> thread = new AtomicReference<>();
  private final AtomicLong dropped = new AtomicLong();
  private final CountDownLatch told = new CountDownLatch(1);
  private final Outlet<Integer> outlet =
      new Outlet<>(
          Census.Role.LOG,
          "test-outlet",
          Outlet.CAPACITY,
          this::take,
          count -> {
            dropped.addAndGet(count);
            told.countDown();
          });

  private void take(int number) {
    thread.set(Thread.currentThread());
    if (number == 0) {
      Deadline.await(gate);
    }
    taken.add(number);
  }

  @AfterEach
  void close() {
    gate.countDown();
    outlet.end();
    Thread started = thread.get();
    if (started != null) {
      Deadline.join(started);
    }
  }

  @Test
  void handsOverInOrder_onAThreadOfItsOwn() {
    for (int i = 1; i <= 100; i++) {
      assertThat(outlet.offer(i)).isTrue();
    }
    outlet.end();
    joinThread();

    assertThat(taken).hasSize(100).isSorted();
    assertThat(thread.get().getName()).isEqualTo("test-outlet");
    assertThat(thread.get().isDaemon()).isTrue();
  }

  private void joinThread() {
    var last = new CountDownLatch(1);
    while (thread.get() == null && last.getCount() != 0) {
      Thread.onSpinWait();
    }
    Deadline.join(thread.get());
  }

  @Test
  void offer_whileTheTargetHangs_dropsWhatDoesNotFit_andTellsHowMuch() {
    outlet.offer(0);
    while (thread.get() == null) {
      Thread.onSpinWait();
    }
    int accepted = 0;
    for (int i = 1; i <= Outlet.CAPACITY + 50; i++) {
      accepted += outlet.offer(i) ? 1 : 0;
    }
    gate.countDown();
    Deadline.await(told);

    assertThat(accepted).isEqualTo(Outlet.CAPACITY);
    assertThat(taken).hasSize(Outlet.CAPACITY + 1);
    assertThat(dropped).hasValue(50);
  }

  @Test
  void offer_afterTheEnd_startsAnotherThread() {
    outlet.offer(1);
    outlet.end();
    joinThread();
    Thread first = thread.getAndSet(null);

    outlet.offer(2);
    joinThread();

    assertThat(taken).containsExactly(1, 2);
    assertThat(thread.get()).isNotSameAs(first);
  }

  @Test
  void aTargetThatThrows_getsTheNextThing() {
    var later = new CountDownLatch(1);
    var failing =
        new Outlet<Integer>(
            Census.Role.LOG,
            "failing-outlet",
            Outlet.CAPACITY,
            number -> {
              if (number == 1) {
                Thread.currentThread().setUncaughtExceptionHandler((where, error) -> {});
                throw new IllegalStateException("on purpose");
              }
              later.countDown();
            },
            count -> {});
    failing.offer(1);
    failing.offer(2);

    Deadline.await(later);
    failing.end();
  }
}
