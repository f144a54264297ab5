/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.picot.loop.Loop;
import dev.picot.loop.LoopThread;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Loops come and go while callback threads are on them. */
class ChangingLoopsTest {
  /** Threads that are not ours, and not a new one for each future, as without a pool of two. */
  private static final Executor OTHERS = new ForkJoinPool(2);

  @RegisterExtension final Schedulers schedulers = new Schedulers();

  private LoopScheduler with(int loops) {
    return schedulers.build("s", b -> b.loops(loops).elastic(e -> e.maxQueued(100_000)));
  }

  @Test
  void moreLoops_takeWork() {
    LoopScheduler scheduler = with(1);

    scheduler.loops(3);

    Set<String> names = new HashSet<>();
    List<CallbackThread<String>> threads = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      threads.add(scheduler.spawn(Task.call(ChangingLoopsTest::loopName)));
    }
    threads.forEach(thread -> names.add(Deadline.value(thread)));
    assertThat(names).containsExactlyInAnyOrder("s-1", "s-2", "s-3");
    assertThat(scheduler.stats().loops()).isEqualTo(3);
  }

  @Test
  void fewerLoops_endTheThreadsOfTheOthers() {
    LoopScheduler scheduler = with(3);
    List<Thread> owners = owners(scheduler);

    scheduler.loops(1);

    assertThat(scheduler.stats().loops()).isOne();
    Deadline.join(owners.get(1));
    Deadline.join(owners.get(2));
    assertThat(Deadline.value(scheduler.spawn(Task.call(Thread::currentThread))))
        .isSameAs(owners.get(0));
  }

  @Test
  void afterShrinkingAndGrowing_namesAreUsedAgain() {
    LoopScheduler scheduler = with(2);
    List<Thread> owners = owners(scheduler);
    scheduler.loops(1);
    Deadline.join(owners.get(1));
    Takeovers.until(scheduler, "the loop is forgotten", () -> scheduler.group().all().size() == 1);

    scheduler.loops(2);

    assertThat(scheduler.group().loops()).extracting(Loop::name).containsExactly("s-1", "s-2");
  }

  @Test
  void whoSleepsOnALeavingLoop_wakesInTimeOnAnother() {
    ManualLoops loops = schedulers.manualInVirtualTime(4);
    List<String> names = new ArrayList<>();
    for (int i = 1; i <= 40; i++) {
      int hour = i;
      CallbackThread<?> unused =
          loops
              .scheduler()
              .spawn(Task.sleep(ofHours(hour)).then(Task.run(() -> names.add(loopName()))));
    }
    loops.runUntilIdle();

    loops.scheduler().loops(1);

    for (int i = 1; i <= 40; i++) {
      loops.advance(ofHours(1));
      assertThat(names).hasSize(i);
    }
    assertThat(names).containsOnly("manual-1");
    assertThat(loops.scheduler().stats().migrations()).isPositive();
  }

  @Test
  void whoWaitsOnALeavingLoop_isWokenOnAnother() {
    LoopScheduler scheduler = with(4);
    List<CompletableFuture<Integer>> futures = new ArrayList<>();
    List<CallbackThread<Integer>> threads = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      CompletableFuture<Integer> future = new CompletableFuture<>();
      futures.add(future);
      threads.add(scheduler.spawn(Task.await(future)));
    }
    Schedulers.settle(scheduler);

    scheduler.loops(1);
    for (int i = 0; i < 400; i++) {
      futures.get(i).complete(i);
    }

    for (int i = 0; i < 400; i++) {
      assertThat(Deadline.value(threads.get(i))).isEqualTo(i);
    }
  }

  @Test
  void whoIsReadyOnALeavingLoop_runsOnAnother() {
    LoopScheduler scheduler = with(2);
    Gate gate = schedulers.gate();
    Loop leaving = scheduler.group().loops().get(1);
    assertThat(leaving.post(new ActionTask(gate::pass, scheduler, "gate"))).isTrue();
    gate.awaitArrival();
    AtomicInteger ran = new AtomicInteger();
    for (int i = 0; i < 100; i++) {
      leaving.post(new ActionTask(ran::incrementAndGet, scheduler, "action"));
    }

    scheduler.loops(1);
    CountDownLatch behind = new CountDownLatch(1);
    leaving.post(new ActionTask(behind::countDown, scheduler, "behind"));
    gate.open();

    Deadline.await(behind);
    assertThat(ran).hasValue(100);
  }

  @Test
  void aStuckLoop_leavesWhenItIsTakenOver_andItsDetachedThreadComesHomeToAnother() {
    LoopScheduler scheduler =
        schedulers.build(
            "s", b -> b.loops(2).watchdog(w -> w.takeoverAfter(ofMillis(100)).quiet(ofHours(1))));
    Gate gate = schedulers.gate();
    Loop leaving = scheduler.group().loops().get(1);
    CallbackThread<String> stuck =
        new CallbackThread<>(
            Task.run(gate::pass).then(Task.call(ChangingLoopsTest::loopName)), leaving);
    scheduler.admit();
    assertThat(leaving.post(stuck)).isTrue();
    gate.awaitArrival();

    scheduler.loops(1);
    Takeovers.untilDetached(scheduler, stuck);
    Takeovers.until(scheduler, "the loop has left", () -> scheduler.group().all().size() == 1);
    assertThat(scheduler.inspect().callbackThreads())
        .extracting(CallbackThreadInfo::state)
        .containsExactly(CallbackThread.State.DETACHED);
    gate.open();

    assertThat(Deadline.value(stuck)).isEqualTo("s-1");
  }

  @Test
  void aDetachedThread_whoseLoopHasLeft_canBeCancelled() {
    LoopScheduler scheduler =
        schedulers.build(
            "s", b -> b.loops(2).watchdog(w -> w.takeoverAfter(ofMillis(100)).quiet(ofHours(1))));
    Gate gate = schedulers.gate();
    Loop leaving = scheduler.group().loops().get(1);
    CallbackThread<Void> stuck = new CallbackThread<>(Task.run(gate::pass), leaving);
    scheduler.admit();
    assertThat(leaving.post(stuck)).isTrue();
    scheduler.loops(1);
    Takeovers.untilDetached(scheduler, stuck);
    Takeovers.until(scheduler, "the loop has left", () -> scheduler.group().all().size() == 1);

    stuck.cancel();

    assertThat(Deadline.error(stuck)).isInstanceOf(LoopStalledException.class);
  }

  @Test
  void loops_ofAClosedScheduler_fails() {
    LoopScheduler scheduler = with(1);
    scheduler.close();

    assertThatThrownBy(() -> scheduler.loops(2)).isInstanceOf(SchedulerClosedException.class);
    assertThat(scheduler.stats().loops()).isOne();
  }

  @Test
  void loops_outOfBounds_fails_andChangesNothing() {
    LoopScheduler scheduler = with(2);

    assertThatThrownBy(() -> scheduler.loops(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("loops: 0 (expected: 1 to 1000)");
    assertThatThrownBy(() -> scheduler.loops(1_001)).isInstanceOf(IllegalArgumentException.class);
    assertThat(scheduler.stats().loops()).isEqualTo(2);
  }

  @Test
  void concurrentChanges_endWithOneOfThem_andEveryLoopThatLeftIsGone() throws Exception {
    LoopScheduler scheduler = with(2);
    List<Thread> changers = new ArrayList<>();
    for (int c = 0; c < 4; c++) {
      int seed = c;
      Thread changer =
          new Thread(
              () -> {
                Random random = new Random(seed);
                for (int i = 0; i < 100; i++) {
                  scheduler.loops(1 + random.nextInt(8));
                }
              });
      changer.start();
      changers.add(changer);
    }
    changers.forEach(Deadline::join);

    scheduler.loops(2);

    Takeovers.until(scheduler, "only two are left", () -> scheduler.group().all().size() == 2);
    assertThat(scheduler.spawn(Task.value(1)).block(ofSeconds(10))).isEqualTo(1);
  }

  @Test
  void closing_whileLoopsAreLeaving_ends() {
    for (int i = 0; i < 200; i++) {
      LoopScheduler scheduler = with(4);
      CallbackThread<?> sleeping = scheduler.spawn(Task.sleep(ofHours(1)));
      scheduler.loops(1 + i % 4);
      if (i % 2 == 0) {
        sleeping.cancel();
      }
      scheduler.closeNow();
      Deadline.await(scheduler.onClosed());
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void aStorm_losesNobody(long seed) {
    LoopScheduler scheduler = with(4);
    AtomicBoolean over = new AtomicBoolean();
    Thread changer =
        new Thread(
            () -> {
              Random random = new Random(seed);
              while (!over.get()) {
                scheduler.loops(1 + random.nextInt(8));
              }
            });
    changer.start();
    List<CallbackThread<?>> threads = new ArrayList<>();
    Random random = new Random(-seed);
    for (int i = 0; i < 20_000; i++) {
      CallbackThread<?> thread = scheduler.spawn(program(random));
      threads.add(thread);
      if (random.nextInt(5) == 0) {
        threads.get(random.nextInt(threads.size())).cancel();
      }
    }

    threads.forEach(Deadline::outcome);
    over.set(true);
    Deadline.join(changer);

    Takeovers.until(scheduler, "all permits are back", () -> scheduler.stats().live() == 0);
    assertThat(scheduler.stats().migrations()).isPositive();
  }

  private static Task<?> program(Random random) {
    Task<?> task = Task.done();
    for (int i = 0; i < 4; i++) {
      task =
          task.then(
              switch (random.nextInt(5)) {
                case 0 -> Task.sleep(ofMillis(random.nextInt(5)));
                case 1 -> Task.yieldNow();
                case 2 -> Task.blocking(() -> 1);
                case 3 -> Task.await(CompletableFuture.supplyAsync(() -> 1, OTHERS));
                default ->
                    Task.sleep(ofSeconds(100)).timeout(ofMillis(2)).onErrorResume(e -> Task.done());
              });
    }
    return task;
  }

  private static String loopName() {
    return Objects.requireNonNull(LoopThread.current()).loop().name();
  }

  private static List<Thread> owners(LoopScheduler scheduler) {
    List<Thread> owners = new ArrayList<>();
    for (Loop loop : scheduler.group().loops()) {
      CompletableFuture<Thread> owner = new CompletableFuture<>();
      loop.post(
          new ActionTask(() -> owner.complete(Thread.currentThread()), scheduler, "who owns it"));
      owners.add(Deadline.get(owner));
    }
    return owners;
  }
}
