/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static java.time.Duration.ofDays;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofNanos;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AdmissionTest {
  @RegisterExtension final Schedulers schedulers = new Schedulers();

  private ManualLoops loops(int most, Duration maxWait) {
    return schedulers.inVirtualTime(
        b -> b.loops(1).maxCallbackThreads(most).maxAdmissionWait(maxWait));
  }

  @Test
  void withoutWaiting_whatIsTooMuch_isRefusedAtOnce() {
    LoopScheduler scheduler = loops(1, Duration.ZERO).scheduler();
    CallbackThread<?> first = scheduler.spawn(Task.never());

    AdmissionRefusedException refused =
        catchThrowableOfType(AdmissionRefusedException.class, () -> scheduler.spawn(Task.value(1)));

    assertThat(refused.live()).isOne();
    assertThat(refused.maxCallbackThreads()).isOne();
    assertThat(refused.retryAfter()).isEqualTo(ofSeconds(1));
    assertThat(scheduler.stats().refused()).isOne();
    first.cancel();
  }

  @Test
  void whoWaits_isNotLive_untilAPermitComesBack() {
    ManualLoops loops = loops(1, ofSeconds(10));
    LoopScheduler scheduler = loops.scheduler();
    List<Integer> order = new ArrayList<>();
    scheduler.spawn(Task.sleep(ofSeconds(1)));
    scheduler.spawn(Task.run(() -> order.add(0)));

    assertThat(scheduler.stats().live()).isOne();
    assertThat(scheduler.stats().waiting()).isOne();
    loops.runUntilIdle();
    assertThat(order).isEmpty();
    loops.run();

    assertThat(order).containsExactly(0);
    assertThat(scheduler.stats().waiting()).isZero();
  }

  @Test
  void permitsThatComeBack_goToThoseThatWait_firstComeFirstServed() {
    ManualLoops loops = loops(10, ofSeconds(10));
    LoopScheduler scheduler = loops.scheduler();
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      scheduler.spawn(Task.sleep(ofSeconds(1 + i % 3)));
    }
    for (int i = 0; i < 10; i++) {
      int number = i;
      scheduler.spawn(Task.run(() -> order.add(number)));
    }

    loops.run();

    assertThat(order).containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
  }

  @Test
  void moreThanMayBeLive_doNotWait() {
    LoopScheduler scheduler = loops(2, ofSeconds(10)).scheduler();
    for (int i = 0; i < 4; i++) {
      scheduler.spawn(Task.never()).observers().observed = true;
    }

    assertThatThrownBy(() -> scheduler.spawn(Task.value(1)))
        .isInstanceOf(AdmissionRefusedException.class);

    assertThat(scheduler.stats().waiting()).isEqualTo(2);
  }

  @Test
  void whoHasWaitedForTooLong_isRefused_inTime() {
    ManualLoops loops = loops(1, ofSeconds(2));
    LoopScheduler scheduler = loops.scheduler();
    CallbackThread<?> first = scheduler.spawn(Task.never());
    CallbackThread<Integer> late = scheduler.spawn(Task.value(1));
    late.observers().observed = true;

    loops.advance(ofMillis(1_999));
    assertThat(late.state()).isEqualTo(CallbackThread.State.WAITING);
    assertThat(scheduler.inspect().dump()).contains("waits for admission");
    loops.advance(ofMillis(1));

    assertThat(Deadline.error(late))
        .isInstanceOfSatisfying(
            AdmissionRefusedException.class,
            e -> assertThat(e.retryAfter()).isEqualTo(ofSeconds(1)))
        .hasMessageContaining("maxAdmissionWait");
    assertThat(scheduler.stats().refused()).isOne();
    assertThat(scheduler.stats().waiting()).isZero();
    assertThat(scheduler.stats().live()).isOne();
    first.cancel();
  }

  @Test
  void whoMayWaitForLongerThanTheTimersReach_isNotRefusedEarly() {
    ManualLoops loops = loops(1, ofDays(50));
    CallbackThread<?> first = loops.scheduler().spawn(Task.never());
    CallbackThread<Integer> late = loops.scheduler().spawn(Task.value(1));
    late.observers().observed = true;

    loops.advance(ofDays(50).minus(ofMillis(1)));
    assertThat(late.state()).isEqualTo(CallbackThread.State.WAITING);
    loops.advance(ofMillis(1));

    assertThat(Deadline.error(late)).isInstanceOf(AdmissionRefusedException.class);
    first.cancel();
  }

  @Test
  void whoIsCancelledWhileItWaits_neverRuns_andMakesRoomForTheNext() {
    ManualLoops loops = loops(1, ofSeconds(10));
    LoopScheduler scheduler = loops.scheduler();
    List<String> log = new ArrayList<>();
    scheduler.spawn(Task.sleep(ofSeconds(1)));
    CallbackThread<?> waiting = scheduler.spawn(Task.run(() -> log.add("cancelled")));

    assertThat(waiting.cancel()).isTrue();
    loops.runUntilIdle();
    assertThat(waiting.state()).isEqualTo(CallbackThread.State.CANCELLED);
    assertThat(scheduler.stats().waiting()).isZero();
    scheduler.spawn(Task.run(() -> log.add("next")));
    loops.run();

    assertThat(log).containsExactly("next");
  }

  @Test
  void closing_refusesThoseThatWait() {
    ManualLoops loops = loops(1, ofSeconds(10));
    CallbackThread<?> first = loops.scheduler().spawn(Task.never());
    CallbackThread<?> waiting = loops.scheduler().spawn(Task.value(1));
    waiting.observers().observed = true;

    loops.close();

    assertThat(first.state()).isEqualTo(CallbackThread.State.CANCELLED);
    assertThat(Deadline.error(waiting)).isInstanceOf(SchedulerClosedException.class);
  }

  @Test
  void aSubscriber_mayCancelWhileItWaits() {
    ManualLoops loops = loops(1, ofSeconds(10));
    CallbackThread<?> first = loops.scheduler().spawn(Task.never());
    TestSubscriber<Integer> subscriber = new TestSubscriber<>();

    loops.scheduler().publisher(Task.value(1)).subscribe(subscriber);
    subscriber.subscription().cancel();
    loops.runUntilIdle();

    assertThat(loops.scheduler().stats().waiting()).isZero();
    assertThat(loops.scheduler().stats().cancelled()).isOne();
    first.cancel();
  }

  @Test
  void whoMayNotWait_isRefusedAtOnce() {
    LoopScheduler scheduler = loops(1, ofSeconds(10)).scheduler();
    CallbackThread<?> first = scheduler.spawn(Task.never());

    assertThatThrownBy(scheduler::admit).isInstanceOf(AdmissionRefusedException.class);

    first.cancel();
  }

  @Test
  void maxAdmissionWait_thatIsNegative_isRefused() {
    assertThatThrownBy(() -> LoopScheduler.builder("s").maxAdmissionWait(ofNanos(-1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("maxAdmissionWait: PT-0.000000001S (expected: >= 0)");
  }

  @Test
  void takingNothing_refusesNobodyElse() {
    Permits permits = new Permits();
    permits.take();

    assertThat(permits.tryTake(1)).isFalse();

    assertThat(permits.tryTake(2)).isTrue();
    assertThat(permits.live()).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void afterAStorm_allPermitsAreBack(long seed) {
    schedulers.log().ignoreUnobserved();
    LoopScheduler scheduler =
        schedulers.build("s", b -> b.loops(2).maxCallbackThreads(50).maxAdmissionWait(ofMillis(1)));
    List<Thread> spawners = new ArrayList<>();
    AtomicInteger refused = new AtomicInteger();
    AtomicInteger live = new AtomicInteger();
    AtomicInteger mostLive = new AtomicInteger();
    for (int s = 0; s < 3; s++) {
      Random random = new Random(seed * 10 + s);
      Thread spawner =
          new Thread(
              () -> {
                List<CallbackThread<?>> mine = new ArrayList<>();
                for (int i = 0; i < 30_000; i++) {
                  try {
                    CallbackThread<?> thread = scheduler.spawn(counted(random, live, mostLive));
                    thread.observers().observed = true;
                    mine.add(thread);
                  } catch (AdmissionRefusedException e) {
                    refused.incrementAndGet();
                  }
                  if (!mine.isEmpty() && random.nextInt(3) == 0) {
                    mine.get(mine.size() - 1 - random.nextInt(Math.min(20, mine.size()))).cancel();
                  }
                }
                mine.forEach(Deadline::outcome);
              });
      spawner.start();
      spawners.add(spawner);
    }

    spawners.forEach(Deadline::join);

    Takeovers.until(scheduler, "all permits are back", () -> scheduler.stats().live() == 0);
    assertThat(scheduler.stats().waiting()).isZero();
    assertThat(mostLive.get()).isBetween(1, 50);
    assertThat(scheduler.stats().refused()).isGreaterThanOrEqualTo(refused.get());
    for (int i = 0; i < 50; i++) {
      assertThat(scheduler.spawn(Task.never()).state()).isNotNull();
    }
    assertThat(scheduler.stats().live()).isEqualTo(50);
  }

  private static Task<?> counted(Random random, AtomicInteger live, AtomicInteger mostLive) {
    Task<?> task =
        switch (random.nextInt(3)) {
          case 0 -> Task.sleep(ofMillis(random.nextInt(3)));
          case 1 -> Task.yieldNow();
          default -> Task.done();
        };
    return Task.run(() -> mostLive.accumulateAndGet(live.incrementAndGet(), Math::max))
        .then(task)
        .then(Task.run(live::decrementAndGet))
        .uncancellable();
  }
}
