/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.picot.Incident.Event;
import dev.picot.loop.Faults;
import dev.picot.loop.IoTask;
import dev.picot.loop.Loop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Loops that have an I/O driver. */
class IoDriverTest {
  @RegisterExtension final Schedulers schedulers = new Schedulers();

  private final Incidents incidents = new Incidents();

  private LoopScheduler with(int loops) {
    return with(loops, FakeIo::equip);
  }

  private LoopScheduler with(int loops, UnaryOperator<LoopScheduler.Builder> equip) {
    return schedulers.build(
        "s",
        b ->
            equip
                .apply(b)
                .loops(loops)
                .watchdog(
                    w ->
                        w.takeoverAfter(Duration.ofMillis(200))
                            .failAfter(Duration.ofMinutes(10))
                            .quiet(Duration.ZERO)
                            .listener(incidents)));
  }

  private static Loop loop(LoopScheduler scheduler) {
    return scheduler.group().loops().get(0);
  }

  private static IoTask io(Consumer<Loop> action) {
    return new IoTask() {
      @Override
      protected void run(Loop loop) {
        action.accept(loop);
      }
    };
  }

  /** What a loop says of the thread that asks. */
  private static boolean isIn(Loop loop) {
    return loop.isInLoop(Thread.currentThread());
  }

  // Who is in the loop

  @Test
  void aSlice_isNotInTheLoop() {
    LoopScheduler scheduler = with(1);
    Loop loop = loop(scheduler);

    assertThat(Deadline.value(scheduler.spawn(Task.call(() -> isIn(loop))))).isFalse();
  }

  @Test
  void anIoTask_isInTheLoop() {
    Loop loop = loop(with(1));
    CompletableFuture<Boolean> in = new CompletableFuture<>();

    loop.post(io(it -> in.complete(isIn(loop))));

    assertThat(Deadline.get(in)).isTrue();
  }

  @Test
  void anEventAfterSleep_isInTheLoop() {
    Loop loop = loop(with(1));
    FakeIo io = FakeIo.of(loop);
    CompletableFuture<Boolean> in = new CompletableFuture<>();

    io.happens(() -> in.complete(isIn(loop)));

    assertThat(Deadline.get(in)).isTrue();
  }

  @Test
  void anotherThread_isNotInTheLoop() {
    LoopScheduler scheduler = with(2);
    Loop one = loop(scheduler);
    Loop other = scheduler.group().loops().get(1);
    CompletableFuture<Boolean> in = new CompletableFuture<>();

    other.post(io(it -> in.complete(isIn(one))));

    assertThat(Deadline.get(in)).isFalse();
    assertThat(isIn(one)).isFalse();
  }

  @Test
  void afterATakeover_theNewOwnerIsInTheLoop_andTheOldThreadIsNot() {
    LoopScheduler scheduler = with(1);
    Loop loop = loop(scheduler);
    StuckStep stuck = new StuckStep();
    CallbackThread<Boolean> old = scheduler.spawn(Task.call(() -> stuckIn(stuck, loop)));
    Takeovers.untilDetached(scheduler, old);
    AtomicReference<Thread> owner = new AtomicReference<>();
    CompletableFuture<Boolean> in = new CompletableFuture<>();

    loop.post(
        io(
            it -> {
              owner.set(Thread.currentThread());
              in.complete(isIn(loop) && !loop.isInLoop(stuck.thread()));
            }));

    assertThat(Deadline.get(in)).isTrue();
    assertThat(owner.get()).isNotSameAs(stuck.thread());
    stuck.release();
    assertThat(Deadline.value(old)).isFalse();
  }

  private static boolean stuckIn(StuckStep stuck, Loop loop) throws Exception {
    stuck.run();
    return isIn(loop);
  }

  @Test
  void afterALoopHasLeft_theThreadOfItsSuccessorIsInIt() {
    LoopScheduler scheduler = with(2);
    Loop leaving = scheduler.group().loops().get(1);
    Thread before = Deadline.get(ownerOf(leaving));

    scheduler.loops(1);
    Deadline.join(before);

    CompletableFuture<Boolean> in = new CompletableFuture<>();
    assertThat(leaving.post(io(it -> in.complete(isIn(leaving))))).isTrue();
    assertThat(Deadline.get(in)).isTrue();
    assertThat(leaving.isInLoop(before)).isFalse();
    assertThat(leaving.hasEnded()).isFalse();
  }

  private static CompletableFuture<Thread> ownerOf(Loop loop) {
    CompletableFuture<Thread> owner = new CompletableFuture<>();
    loop.post(io(it -> owner.complete(Thread.currentThread())));
    return owner;
  }

  // When it runs

  @Test
  void ioTasks_runInTheOrderOfTheirPosts_beforeTheSlicesOfTheSameTurn() {
    LoopScheduler scheduler = with(1);
    Loop loop = loop(scheduler);
    Gate gate = schedulers.gate();
    Queue<String> ran = new ConcurrentLinkedQueue<>();
    CountDownLatch done = new CountDownLatch(1);
    loop.post(io(it -> gate.pass()));
    gate.awaitArrival();

    loop.post(new ActionTask(() -> ran.add("slice"), scheduler, "first"));
    loop.post(io(it -> ran.add("io 1")));
    loop.post(new ActionTask(done::countDown, scheduler, "last"));
    loop.post(io(it -> ran.add("io 2")));
    gate.open();

    Deadline.await(done);
    assertThat(ran).containsExactly("io 1", "io 2", "slice");
  }

  @Test
  void anIoTaskThatThrows_isReported_andTheNextOnesRun() {
    LoopScheduler scheduler = with(1);
    Loop loop = loop(scheduler);
    Gate gate = schedulers.gate();
    CountDownLatch ran = new CountDownLatch(2);
    loop.post(io(it -> gate.pass()));
    gate.awaitArrival();

    loop.post(
        io(
            it -> {
              throw new IllegalStateException("on purpose");
            }));
    loop.post(io(it -> ran.countDown()));
    loop.post(new ActionTask(ran::countDown, scheduler, "slice"));
    gate.open();

    Deadline.await(ran);
    assertThat(schedulers.log().takeError("goes on after an unexpected error").error())
        .hasMessage("on purpose");
  }

  @Test
  void anEventHandlerThatThrows_isReported_andTheLoopGoesOn() {
    LoopScheduler scheduler = with(1);
    FakeIo io = FakeIo.of(loop(scheduler));

    io.happens(
        () -> {
          throw new IllegalStateException("on purpose");
        });

    assertThat(schedulers.log().takeError("goes on after an unexpected error").error())
        .hasMessage("on purpose");
    assertThat(Deadline.value(scheduler.spawn(Task.value("on")))).isEqualTo("on");
    assertThat(Deadline.get(ownerOf(io.loop))).isSameAs(io.owners.get(0));
  }

  @Test
  void events_areHandled_whileSlicesKeepTheLoopBusy() {
    LoopScheduler scheduler = with(1);
    FakeIo io = FakeIo.of(loop(scheduler));
    CountDownLatch handled = new CountDownLatch(1);
    CountDownLatch busy = new CountDownLatch(1);
    CallbackThread<Void> spins =
        scheduler.spawn(
            Task.run(busy::countDown)
                .then(Task.whileLoop(() -> handled.getCount() > 0, Task::yieldNow)));
    Deadline.await(busy);
    long waits = io.waits.get();
    AtomicLong waitsThen = new AtomicLong();

    io.happens(
        () -> {
          waitsThen.set(io.waits.get());
          handled.countDown();
        });

    Deadline.await(handled);
    Deadline.outcome(spins);
    assertThat(waitsThen).hasValue(waits);
  }

  @Test
  void eventsOfASuspendedScheduler_areHandled() {
    LoopScheduler scheduler = with(1);
    FakeIo io = FakeIo.of(loop(scheduler));
    CountDownLatch handled = new CountDownLatch(2);
    CompletableFuture<String> answer = new CompletableFuture<>();
    CallbackThread<String> waits = scheduler.spawn(Task.await(answer));
    Schedulers.settle(scheduler);
    scheduler.suspend();

    answer.complete("runs later");
    io.happens(handled::countDown);
    io.loop.post(io(it -> handled.countDown()));

    Deadline.await(handled);
    assertThat(waits.outcome()).isEmpty();
    scheduler.resume();
    assertThat(Deadline.value(waits)).isEqualTo("runs later");
  }

  // Sleep

  @Test
  void postsFromOutside_neverMissASleepingDriver() {
    LoopScheduler scheduler = with(1);
    Loop loop = loop(scheduler);

    for (int i = 0; i < 50_000; i++) {
      CompletableFuture<Void> ran = new CompletableFuture<>();
      loop.post(io(it -> ran.complete(null)));
      while (i % 2 == 0 && !ran.isDone()) {
        Thread.onSpinWait(); // so that the next post comes at another moment of falling asleep
      }
      Deadline.get(ran);
    }
  }

  @Test
  void aPostBetweenTheDecisionToSleepAndSleep_keepsTheDriverAwake() {
    LoopScheduler scheduler = with(1);
    FakeIo io = FakeIo.of(loop(scheduler));
    Gate gate = schedulers.gate();
    CompletableFuture<Boolean> mayStillSleep = new CompletableFuture<>();
    io.beforeSleep =
        () -> {
          gate.pass();
          mayStillSleep.complete(io.loop.maySleep());
        };
    io.wakeUp();
    gate.awaitArrival();
    assertThat(io.loop.maySleep()).isTrue();

    CallbackThread<String> posted = scheduler.spawn(Task.value("ran"));
    gate.open();

    assertThat(Deadline.get(mayStillSleep)).isFalse();
    assertThat(Deadline.value(posted)).isEqualTo("ran");
  }

  @Test
  void aSleep_endsInTimeForATimer() {
    LoopScheduler scheduler = with(1);

    assertThat(
            Deadline.value(
                scheduler.spawn(Task.sleep(Duration.ofMillis(30)).then(Task.value("slept")))))
        .isEqualTo("slept");
  }

  // What goes wrong

  @Test
  void afterATakeover_theNextOwnerUsesTheDriver() {
    LoopScheduler scheduler = with(1);
    FakeIo io = FakeIo.of(loop(scheduler));
    StuckStep stuck = new StuckStep();
    CallbackThread<Void> victim = scheduler.spawn(Task.run(stuck));
    Takeovers.untilDetached(scheduler, victim);
    CompletableFuture<Thread> handler = new CompletableFuture<>();

    io.happens(() -> handler.complete(Thread.currentThread()));

    assertThat(Deadline.get(handler)).isNotSameAs(stuck.thread());
    assertThat(io.owners).containsExactly(stuck.thread(), handler.join());
    assertThat(io.calls).containsExactly("open");
    stuck.release();
    Deadline.outcome(victim);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anIoTaskOrEventThatHangs_isReported_neverTakenOver_andTheLoopGetsNoWork(boolean event) {
    LoopScheduler scheduler = with(2);
    Loop hung = loop(scheduler);
    Gate gate = schedulers.gate();
    if (event) {
      FakeIo.of(hung).happens(gate::pass);
    } else {
      hung.post(io(it -> gate.pass()));
    }

    Incident told = incidents.await(Event.LOOP_HUNG);

    assertThat(told.loop()).isEqualTo("s-1");
    for (int i = 0; i < 100; i++) {
      assertThat(scheduler.group().choose()).isNotSameAs(hung);
    }
    assertThat(scheduler.stats().takeovers()).isZero();
    gate.open();
    assertThat(incidents.await(Event.LOOP_MOVES).number()).isEqualTo(told.number());
    Takeovers.until(scheduler, "it gets work again", () -> scheduler.group().choose() == hung);
    assertThat(incidents.all()).extracting(Incident::loop).containsOnly("s-1");
  }

  @Test
  void theDeathOfAnOwnerInPhaseIo_letsTheLoopStartAfresh_withItsDriver() {
    schedulers.log().ignore("uncaught error on thread 's-1'");
    LoopScheduler scheduler = with(1);
    FakeIo io = FakeIo.of(loop(scheduler));
    Gate gate = schedulers.gate();
    CountDownLatch others = new CountDownLatch(2);
    io.loop.post(io(it -> gate.pass()));
    gate.awaitArrival();

    io.loop.post(Faults.deathInIo());
    io.loop.post(io(it -> others.countDown()));
    gate.open();

    assertThat(incidents.await(Event.LOOP_LOST).loop()).isEqualTo("s-1");
    io.happens(others::countDown);
    Deadline.await(others);
    assertThat(Deadline.value(scheduler.spawn(Task.value("afresh")))).isEqualTo("afresh");
    assertThat(io.owners).hasSize(2);
    assertThat(io.calls).containsExactly("open");
  }

  @Test
  void aDump_showsTheCallbackThreadsOfALoopInPhaseIo() {
    LoopScheduler scheduler = with(1);
    CallbackThread<?> sleeps = scheduler.spawn("sleeps", Task.sleep(Duration.ofHours(1)));
    Schedulers.settle(scheduler);
    Gate gate = schedulers.gate();
    loop(scheduler).post(io(it -> gate.pass()));
    gate.awaitArrival();

    String dump = scheduler.inspect().dump();

    assertThat(dump).contains("sleeps");
    assertThat(sleeps.state()).isEqualTo(CallbackThread.State.WAITING);
  }

  // Leaving

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aLoopInUse_leavesWhenItIsUnused(boolean event) {
    LoopScheduler scheduler = with(2);
    Loop leaving = scheduler.group().loops().get(1);
    FakeIo io = FakeIo.of(leaving);
    Thread owner = Deadline.get(ownerOf(leaving));
    io.used = true;

    scheduler.loops(1);

    for (int i = 0; i < 100; i++) { // a turn each
      assertThat(Deadline.get(ownerOf(leaving))).isSameAs(owner);
    }
    if (event) {
      io.happens(() -> io.used = false);
    } else {
      leaving.post(io(it -> io.used = false));
    }
    Deadline.join(owner);
    assertThat(io.calls).containsExactly("open", "close");
    assertThat(Deadline.get(ownerOf(leaving))).isSameAs(FakeIo.of(loop(scheduler)).owners.get(0));
  }

  @Test
  void whatIsReadyForIo_whenALoopLeaves_runs() {
    LoopScheduler scheduler = with(2);
    Loop leaving = scheduler.group().loops().get(1);
    Thread owner = Deadline.get(ownerOf(leaving));
    Gate gate = schedulers.gate();
    List<Integer> ran = new ArrayList<>();
    CountDownLatch done = new CountDownLatch(1);
    leaving.post(io(it -> gate.pass()));
    gate.awaitArrival();

    leaving.post(io(it -> ran.add(1)));
    scheduler.loops(1);
    leaving.post(io(it -> ran.add(2)));
    gate.open();
    Deadline.join(owner);
    leaving.post(
        io(
            it -> {
              ran.add(3);
              done.countDown();
            }));

    Deadline.await(done);
    assertThat(ran).containsExactly(1, 2, 3);
  }

  @Test
  void aLoopInUse_thatIsToLeave_endsWithItsScheduler() {
    LoopScheduler scheduler = with(2);
    FakeIo io = FakeIo.of(scheduler).get(1);
    io.used = true;
    CompletableFuture<String> answer = new CompletableFuture<>();
    CallbackThread<String> waits = scheduler.spawn(Task.await(answer));
    scheduler.loops(1);

    CompletableFuture<Void> closed = scheduler.shutdown(Deadline.LIMIT).toCompletableFuture();
    io.happens(() -> answer.complete("arrived"));

    Deadline.get(closed);
    assertThat(Deadline.value(waits)).isEqualTo("arrived");
    assertThat(io.calls).containsExactly("open", "letGo", "close");
  }

  // Closing

  @Test
  void letGo_runsAfterWhatWasPosted_andWhatItPostsRunsBeforeTheEnd() {
    List<String> ran = new ArrayList<>();
    AtomicReference<Loop> the = new AtomicReference<>();
    LoopScheduler scheduler =
        with(
            1,
            b ->
                FakeIo.equip(
                    b,
                    "letGo",
                    () -> {
                      ran.add("letGo");
                      the.get()
                          .post(
                              io(
                                  it -> {
                                    ran.add("posted by letGo");
                                    it.post(io(again -> ran.add("posted by that")));
                                  }));
                    }));
    FakeIo io = FakeIo.of(loop(scheduler));
    the.set(io.loop);
    Gate gate = schedulers.gate();
    io.loop.post(io(it -> gate.pass()));
    gate.awaitArrival();

    CompletableFuture<Void> closed = scheduler.shutdown(Duration.ZERO).toCompletableFuture();
    io.loop.post(io(it -> ran.add("posted before")));
    gate.open();

    Deadline.get(closed);
    assertThat(ran).containsExactly("posted before", "letGo", "posted by letGo", "posted by that");
    assertThat(io.calls).containsExactly("open", "letGo", "close");
    assertThat(io.loop.post(io(it -> {}))).isFalse();
    assertThat(io.loop.hasEnded()).isTrue();
  }

  @Test
  void whileACallbackThreadLives_nothingIsLetGo() {
    LoopScheduler scheduler = with(1);
    FakeIo io = FakeIo.of(loop(scheduler));
    CompletableFuture<String> answer = new CompletableFuture<>();
    CallbackThread<String> waits = scheduler.spawn(Task.await(answer));

    CompletableFuture<Void> closed = scheduler.shutdown(Deadline.LIMIT).toCompletableFuture();
    CompletableFuture<Void> handled = new CompletableFuture<>();
    io.happens(() -> handled.complete(null));

    Deadline.get(handled);
    assertThat(io.calls).containsExactly("open");
    io.happens(() -> answer.complete("arrived"));
    Deadline.get(closed);
    assertThat(Deadline.value(waits)).isEqualTo("arrived");
  }

  @ParameterizedTest
  @ValueSource(strings = {"open", "letGo", "close"})
  void aDriverThatThrows_isReported_andDoesNotKeepTheSchedulerFromEnding(String method) {
    LoopScheduler scheduler =
        with(
            1,
            b ->
                FakeIo.equip(
                    b,
                    method,
                    () -> {
                      throw new IllegalStateException("no " + method);
                    }));

    assertThat(Deadline.value(scheduler.spawn(Task.value("runs")))).isEqualTo("runs");
    scheduler.close();

    assertThat(schedulers.log().takeError("goes on after an unexpected error").error())
        .hasMessage("no " + method);
  }

  @Test
  void aLoopWhoseDriverCannotOpen_sleepsAndWorksWithoutIt() {
    LoopScheduler scheduler =
        with(
            1,
            b ->
                FakeIo.equip(
                    b,
                    "open",
                    () -> {
                      throw new IllegalStateException("no files left");
                    }));
    FakeIo io = FakeIo.of(loop(scheduler));

    for (int i = 0; i < 100; i++) {
      assertThat(
              Deadline.value(
                  scheduler.spawn(Task.sleep(Duration.ofMillis(1)).then(Task.value("runs")))))
          .isEqualTo("runs");
    }

    assertThat(io.waits).hasValue(0);
    scheduler.close();
    assertThat(io.calls).containsExactly("open", "close");
    schedulers.log().takeError("goes on after an unexpected error");
  }

  // Where callback threads begin

  @Test
  void aThreadSpawnedInPhaseIo_staysOnThatLoop_whateverTheLoad() {
    LoopScheduler scheduler = with(2);
    Loop loop = loop(scheduler);
    CompletableFuture<List<CallbackThread<String>>> spawned = new CompletableFuture<>();
    loop.post(
        io(
            it -> {
              List<CallbackThread<String>> threads = new ArrayList<>();
              for (int i = 0; i < 500; i++) {
                threads.add(scheduler.spawn(wandering()));
              }
              spawned.complete(threads);
            }));

    for (CallbackThread<String> thread : Deadline.get(spawned)) {
      assertThat(Deadline.value(thread)).isEqualTo("s-1");
    }
    assertThat(scheduler.stats().migrations()).isZero();
  }

  /** Goes on for many slices; where it was: on one loop, or "several". */
  private static Task<String> wandering() {
    AtomicReference<String> where = new AtomicReference<>();
    AtomicInteger rounds = new AtomicInteger();
    return Task.whileLoop(
            () -> {
              String here = Thread.currentThread().getName();
              String before = where.getAndSet(here);
              if (before != null && !before.equals(here)) {
                where.set("several");
              }
              return rounds.incrementAndGet() < 200;
            },
            Task::yieldNow)
        .then(Task.call(where::get));
  }

  @Test
  void threadsSpawnedElsewhere_areDistributed() {
    LoopScheduler scheduler = with(2);
    AtomicInteger onFirst = new AtomicInteger();
    Task<Void> spawnsMany =
        Task.run(
            () -> {
              for (int i = 0; i < 200; i++) {
                CallbackThread<?> unused = scheduler.spawn(Task.run(() -> count(onFirst)));
              }
            });

    Deadline.outcome(scheduler.spawn(spawnsMany));
    Schedulers.settle(scheduler);

    assertThat(onFirst.get()).isBetween(1, 199);
  }

  private static void count(AtomicInteger onFirst) {
    if (Thread.currentThread().getName().equals("s-1")) {
      onFirst.incrementAndGet();
    }
  }

  // Where it is not to be had

  @Test
  void loopsDrivenByHand_refuseIo() {
    assertThatThrownBy(() -> FakeIo.equip(LoopScheduler.builder("s")).manual())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "io: loops that are driven by hand cannot handle I/O (scheduler 's'). "
                + "Make the scheduler with build().");
    assertThatThrownBy(() -> FakeIo.equip(LoopScheduler.builder("s")).manualInVirtualTime())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("io: ");
  }
}
