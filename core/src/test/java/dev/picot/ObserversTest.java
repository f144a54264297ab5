/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.loop.Loop;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ObserversTest {
  private final Observers observers = new Observers();
  private final List<Noting> told = new ArrayList<>();

  private final class Noting extends Observer {
    boolean stale;

    @Override
    void ended() {
      told.add(this);
    }

    @Override
    boolean isStale() {
      return stale;
    }
  }

  private Noting add() {
    var observer = new Noting();
    observers.add(observer);
    return observer;
  }

  @Test
  void areToldInTheOrderInWhichTheyWereAdded() {
    Noting one = add();
    Noting two = add();
    Noting three = add();

    observers.tell();

    assertThat(told).containsExactly(one, two, three);
  }

  @Test
  void areToldOnce() {
    add();

    observers.tell();
    observers.tell();

    assertThat(told).hasSize(1);
  }

  @Test
  void whoComesAfterwards_isToldAtOnce() {
    observers.tell();

    Noting late = add();

    assertThat(told).containsExactly(late);
  }

  @Test
  void ids_areGivenOnDemand_andUnique() {
    var others = new Observers();

    assertThat(observers.id()).isEqualTo(observers.id()).isNotEqualTo(others.id());
  }

  @Test
  void comingAndGoing_leavesNothingBehind() {
    for (int i = 0; i < 10_000; i++) {
      add().stale = true;
    }
    Noting last = add();

    observers.tell();

    assertThat(told).hasSizeLessThan(100).endsWith(last);
  }

  @Test
  void comingAndGoing_besideOneWhoStays_leavesNothingBehind() {
    Noting staying = add();
    for (int i = 0; i < 10_000; i++) {
      add().stale = true;
    }

    observers.tell();

    assertThat(told).hasSizeLessThan(100).startsWith(staying);
  }

  @Test
  void comingBeforeTheLastOneGoes_leavesNothingBehind() {
    Deque<Noting> present = new ArrayDeque<>();
    for (int i = 0; i < 10_000; i++) {
      present.add(add());
      if (present.size() > 3) {
        present.remove().stale = true;
      }
    }

    observers.tell();

    assertThat(told.size()).isLessThan(100);
    assertThat(told).containsSubsequence(present);
  }

  @Test
  void addingWhileTelling_tellsEveryWaitingOneOnce() throws Exception {
    for (int round = 0; round < 300; round++) {
      var raced = new Observers();
      var count = new AtomicInteger();
      var start = new CountDownLatch(1);
      List<Thread> adders = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        adders.add(
            new Thread(
                () -> {
                  Deadline.await(start);
                  for (int n = 0; n < 200; n++) {
                    raced.add(new Counting(count, n % 4 != 0));
                  }
                }));
      }
      adders.forEach(Thread::start);
      start.countDown();
      raced.tell();
      adders.forEach(Deadline::join);

      assertThat(count).hasValue(2 * 50);
    }
  }

  /** Counts if it waits; the others go at once. */
  private static final class Counting extends Observer {
    private final AtomicInteger count;
    private final boolean stale;

    Counting(AtomicInteger count, boolean stale) {
      this.count = count;
      this.stale = stale;
    }

    @Override
    void ended() {
      if (!stale) {
        count.incrementAndGet();
      }
    }

    @Override
    boolean isStale() {
      return stale;
    }
  }

  /**
   * Else its parent, told of the end, would find the child still there, and ask again and again.
   */
  @Test
  void ofAChild_areToldOnceItHasLeftItsParent_notByWhoComesBefore() {
    ManualLoops loops = LoopScheduler.manual("by-hand");
    Loop loop = loops.scheduler().group().loops().get(0);
    CallbackThread<Object> parent = new CallbackThread<>(Task.never(), loop);
    CallbackThread<Object> child = new CallbackThread<>(Task.never(), loop);
    child.observers().comeFrom(new Child(parent, child, null, 0), false);
    assertThat(child.end(CallbackThreadState.CANCELLED)).isTrue();
    Noting observer = new Noting();

    child.observe(observer);

    assertThat(told).isEmpty();
    child.tellObservers();
    assertThat(child.isChild()).isFalse();
    assertThat(told).containsExactly(observer);
    loops.scheduler().closeNow();
    loops.runUntilIdle();
  }
}
