/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.picot.loop.Loop;
import dev.picot.loop.LoopTask;
import dev.picot.loop.LoopThread;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ClosingTest {
  private static final Duration LONG = ofSeconds(1_000);

  @RegisterExtension final Schedulers schedulers = new Schedulers();

  private final List<String> trace = new CopyOnWriteArrayList<>();
  private final AtomicReference<AsyncSink<String>> sink = new AtomicReference<>();

  @BeforeEach
  void keepHouse() {
    schedulers.keepHouse();
  }

  private LoopScheduler scheduler(Duration grace, Duration force) {
    return schedulers.build("checkout", closingWithin(grace, force));
  }

  private static UnaryOperator<LoopScheduler.Builder> closingWithin(
      Duration grace, Duration force) {
    return b -> b.loops(2).closing(new Closing.Times(grace, force, Deadline.LIMIT));
  }

  private LoopScheduler patient() {
    return scheduler(LONG, LONG);
  }

  private Task<Void> note(String what) {
    return Task.run(() -> trace.add(what));
  }

  private static void assertCancelled(CallbackThread<?> thread) {
    assertThat(Deadline.outcome(thread)).isInstanceOf(Outcome.Cancelled.class);
  }

  private static void assertClosed(LoopScheduler scheduler) {
    assertThat(scheduler.onClosed().toCompletableFuture()).isCompleted();
    assertThat(scheduler.stats().live()).isZero();
  }

  /** Waits, and is told by its loop that it has waited in vain. */
  private static final class Remainder extends LoopTask {
    private final Runnable whenClosed;

    Remainder(Runnable whenClosed) {
      this.whenClosed = whenClosed;
    }

    @Override
    protected void onInbox(Loop loop) {
      loop.keep(this, Long.MAX_VALUE);
    }

    @Override
    protected void runSlice(LoopThread thread) {
      thread.exitSlice();
    }

    @Override
    protected void onClosed() {
      whenClosed.run();
    }
  }

  @Test
  void close_onALoopThatEnds_isRefused_becauseItWouldWaitForItself() {
    LoopScheduler scheduler = scheduler(ofMillis(1), ofMillis(1));
    CompletableFuture<Throwable> refusal = new CompletableFuture<>();
    scheduler
        .group()
        .choose()
        .post(new Remainder(() -> refusal.complete(catchThrowable(scheduler::close))));
    Schedulers.settle(scheduler);

    scheduler.closeNow();

    assertThat(Deadline.get(refusal))
        .isInstanceOf(BlockedOnLoopException.class)
        .hasMessageContaining("shutdown(Duration) or closeNow()");
    Deadline.await(scheduler.onClosed());
  }

  @Test
  void close_byWhoIsToldThatAllIsClosed_returns() {
    LoopScheduler scheduler = patient();
    CompletableFuture<Void> again = new CompletableFuture<>();
    scheduler.onClosed().thenRun(scheduler::close).thenRun(() -> again.complete(null));

    scheduler.closeNow();

    Deadline.get(again);
  }

  @Test
  void aFailedStall_keepsItsSchedulerUndrained_untilWhatItReleasesIsStarted() {
    LoopScheduler scheduler = patient();
    CallbackThread<Void> thread = scheduler.spawn(Task.never());
    Schedulers.settle(scheduler);

    scheduler.endsStalled();

    assertThat(scheduler.isDrained()).isFalse();
    thread.cancel(); // gives the other permit back
    assertThat(Deadline.outcome(thread)).isInstanceOf(Outcome.Cancelled.class);
    assertThat(scheduler.isDrained()).isTrue();
  }

  @Test
  void close_lets_theLiveOnesFinish_andWaitsForThem() {
    LoopScheduler scheduler = patient();
    CallbackThread<String> thread =
        scheduler.spawn(
            Task.sleep(ofMillis(20)).then(Task.blocking(() -> "a")).map(text -> text + "b"));

    scheduler.close();

    assertThat(thread.outcome()).contains(new Outcome.Completed<>("ab"));
    assertClosed(scheduler);
  }

  @Test
  void close_withNothingLive_returns() {
    LoopScheduler scheduler = patient();

    scheduler.close();

    assertClosed(scheduler);
  }

  @Test
  void close_cancelsAfterItsGrace() {
    LoopScheduler scheduler = scheduler(ofMillis(20), LONG);
    CallbackThread<?> thread = scheduler.spawn(Task.never().doFinally(o -> trace.add("finally")));
    Schedulers.settle(scheduler);

    scheduler.close();

    assertCancelled(thread);
    assertThat(trace).containsExactly("finally");
    assertClosed(scheduler);
  }

  @Test
  void shutdown_returnsAtOnce_andTheLiveOnesFinish() {
    LoopScheduler scheduler = patient();
    CallbackThread<String> thread = scheduler.spawn(Task.<String>async(sink::set));
    Schedulers.settle(scheduler);

    CompletableFuture<Void> closed = scheduler.shutdown(LONG).toCompletableFuture();
    assertThat(closed).isNotDone();
    sink.get().success("a");

    assertThat(Deadline.value(thread)).isEqualTo("a");
    Deadline.get(closed);
  }

  @Test
  void shutdown_cancelsAfterItsGrace() {
    LoopScheduler scheduler = patient();
    CallbackThread<?> thread = scheduler.spawn(Task.never());

    Deadline.await(scheduler.shutdown(ofMillis(20)));

    assertCancelled(thread);
  }

  @Test
  void shutdown_withoutGrace_cancelsAtOnce() {
    LoopScheduler scheduler = patient();
    CallbackThread<?> thread = scheduler.spawn(Task.never());

    Deadline.await(scheduler.shutdown(Duration.ZERO));

    assertCancelled(thread);
  }

  @Test
  void shutdown_withEndlessGrace_waits() {
    LoopScheduler scheduler = patient();
    CallbackThread<String> thread = scheduler.spawn(Task.<String>async(sink::set));
    Schedulers.settle(scheduler);

    CompletableFuture<Void> closed =
        scheduler.shutdown(ofSeconds(Long.MAX_VALUE)).toCompletableFuture();
    sink.get().success("a");

    assertThat(Deadline.value(thread)).isEqualTo("a");
    Deadline.get(closed);
  }

  @Test
  void shutdown_onALoop_isAllowed() {
    LoopScheduler scheduler = patient();
    CallbackThread<String> thread =
        scheduler.spawn(
            Task.run(() -> scheduler.shutdown(LONG)).then(Task.yieldNow()).then(Task.value("a")));

    assertThat(Deadline.value(thread)).isEqualTo("a");
    Deadline.await(scheduler.onClosed());
  }

  @Test
  void closeNow_cancelsEverythingInEveryState() {
    LoopScheduler scheduler = patient();
    LoopScheduler other = schedulers.build("other", b -> b.loops(1));
    Gate gate = schedulers.gate();
    List<CallbackThread<?>> threads = new ArrayList<>();
    threads.add(scheduler.spawn(Task.never()));
    threads.add(scheduler.spawn(Task.sleep(LONG)));
    threads.add(scheduler.spawn(Task.await(new ManualPublisher<>())));
    threads.add(scheduler.spawn(Task.async(s -> {})));
    threads.add(scheduler.spawn(Task.blockingRun(gate::pass)));
    threads.add(scheduler.spawn(yields()));
    CallbackThread<?> elsewhere = other.spawn(Task.never());
    threads.add(scheduler.spawn(elsewhere.join()));
    Schedulers.passTurn(scheduler);

    scheduler.closeNow();

    threads.forEach(ClosingTest::assertCancelled);
    Deadline.await(scheduler.onClosed());
    assertThat(elsewhere.outcome()).isEmpty();
  }

  @Test
  void closeNow_runsFinalizers_alsoSlowOnes() {
    LoopScheduler scheduler = patient();
    CallbackThread<?> thread =
        scheduler.spawn(
            Task.using(
                Task.value("c"),
                c -> Task.never(),
                (c, outcome) ->
                    Task.sleep(ofMillis(20))
                        .then(Task.blockingRun(() -> trace.add("hop")))
                        .then(note("released"))));
    Schedulers.settle(scheduler);

    scheduler.closeNow();

    assertCancelled(thread);
    assertThat(trace).containsExactly("hop", "released");
    Deadline.await(scheduler.onClosed());
  }

  @Test
  void closeNow_onALoop_isAllowed() {
    LoopScheduler scheduler = patient();
    CallbackThread<?> thread = scheduler.spawn(Task.run(scheduler::closeNow).then(Task.never()));

    assertCancelled(thread);
    Deadline.await(scheduler.onClosed());
  }

  @Test
  void aShorterGraceWins() {
    LoopScheduler scheduler = patient();
    CallbackThread<?> thread = scheduler.spawn(Task.never());

    scheduler.shutdown(LONG);
    scheduler.shutdown(ofMillis(1));
    scheduler.shutdown(LONG);

    assertCancelled(thread);
    Deadline.await(scheduler.onClosed());
  }

  @Test
  void anUncancellablePart_isFinished() {
    LoopScheduler scheduler =
        schedulers.build("checkout", b -> closingWithin(LONG, LONG).apply(b).loops(1));
    CallbackThread<?> thread =
        scheduler.spawn(
            Task.async(sink::set).then(note("protected")).uncancellable().then(note("after")));
    CallbackThread<?> other = scheduler.spawn(Task.never());
    Schedulers.settle(scheduler);

    scheduler.closeNow();
    assertCancelled(other);
    sink.get().success("a");

    assertCancelled(thread);
    assertThat(trace).containsExactly("protected");
    Deadline.await(scheduler.onClosed());
  }

  @Test
  void anUncancellableWait_isEndedAsFailedInTheEnd_withoutFinalizers() {
    LoopScheduler scheduler = scheduler(ofMillis(10), ofMillis(10));
    CallbackThread<?> thread =
        scheduler.spawn("order", Task.never().uncancellable().doFinally(o -> trace.add("finally")));
    Schedulers.settle(scheduler);

    scheduler.close();

    assertThat(Deadline.error(thread))
        .isInstanceOf(SchedulerClosedException.class)
        .hasMessageStartingWith(
            "Scheduler 'checkout' ended callback thread 'order': it is closed or being closed.");
    assertThat(trace).isEmpty();
    assertClosed(scheduler);
  }

  @Test
  void anUncancellableSleep_isEndedInTheEnd() {
    LoopScheduler scheduler = scheduler(ofMillis(10), ofMillis(10));
    CallbackThread<?> thread = scheduler.spawn(Task.sleep(LONG).uncancellable());
    Schedulers.settle(scheduler);

    scheduler.close();

    assertThat(Deadline.error(thread)).isInstanceOf(SchedulerClosedException.class);
    assertClosed(scheduler);
  }

  @Test
  void anUncancellableBusyOne_isEndedInTheEnd() {
    LoopScheduler scheduler = scheduler(ofMillis(10), ofMillis(10));
    var begun = new CountDownLatch(1);
    CallbackThread<?> thread =
        scheduler.spawn(Task.run(begun::countDown).then(yields()).uncancellable());
    Deadline.await(begun);

    scheduler.close();

    assertThat(Deadline.error(thread)).isInstanceOf(SchedulerClosedException.class);
    assertClosed(scheduler);
  }

  @Test
  void anUncancellableBusyOneWithoutYields_isEndedInTheEnd() {
    LoopScheduler scheduler = scheduler(ofMillis(10), ofMillis(10));
    var begun = new CountDownLatch(1);
    CallbackThread<?> thread =
        scheduler.spawn(Task.run(begun::countDown).then(steps()).uncancellable());
    Deadline.await(begun);

    scheduler.close();

    assertThat(Deadline.error(thread)).isInstanceOf(SchedulerClosedException.class);
    assertClosed(scheduler);
  }

  @Test
  void aReleaseThatNeverEnds_isEndedInTheEnd() {
    LoopScheduler scheduler = scheduler(ofMillis(10), ofMillis(10));
    CallbackThread<?> thread =
        scheduler.spawn(Task.using(Task.value(1), a -> Task.never(), (a, o) -> Task.never()));
    Schedulers.settle(scheduler);

    scheduler.close();

    assertThat(Deadline.error(thread)).isInstanceOf(SchedulerClosedException.class);
    assertClosed(scheduler);
  }

  @Test
  void oneThatIsEndedInTheEnd_isSeenByItsObservers() {
    LoopScheduler scheduler = scheduler(ofMillis(10), ofMillis(10));
    CallbackThread<String> thread = scheduler.spawn(Task.<String>never().uncancellable());
    var subscriber = new TestSubscriber<String>();
    thread.subscribe(subscriber);
    CallbackThread<String> joining =
        scheduler.spawn(thread.join().onErrorResume(e -> Task.value("told")).uncancellable());
    Schedulers.settle(scheduler);

    scheduler.closeNow();

    assertThat(subscriber.error()).isInstanceOf(SchedulerClosedException.class);
    assertThat(Deadline.outcome(joining))
        .matches(o -> !(o instanceof Outcome.Completed<?>), "was cancelled or ended as well");
    Deadline.await(scheduler.onClosed());
  }

  @Test
  void aBlockingCallThatNeverReturns_keepsNobodyFromClosing() {
    LoopScheduler scheduler = scheduler(ofMillis(10), ofMillis(10));
    Gate gate = schedulers.gate();
    CallbackThread<?> thread = scheduler.spawn(Task.blockingRun(gate::pass).uncancellable());
    gate.awaitArrival();

    scheduler.close();

    assertThat(Deadline.error(thread)).isInstanceOf(SchedulerClosedException.class);
    assertClosed(scheduler);
  }

  @Test
  void aBlockingAcquireThatNeverReturns_keepsNobodyFromClosing() {
    LoopScheduler scheduler = scheduler(ofMillis(10), ofMillis(10));
    Gate gate = schedulers.gate();
    CallbackThread<?> thread =
        scheduler.spawn(
            Task.using(
                Task.blocking(gate.before("c")), c -> note("use"), (c, o) -> note("release")));
    gate.awaitArrival();

    thread.cancel();
    assertCancelled(thread);
    scheduler.close();
    assertClosed(scheduler);
    gate.open();
    schedulers.log().takeError("release after closing");
  }

  @Test
  void aLateThing_isReleasedBeforeTheLoopsEnd() {
    LoopScheduler scheduler =
        schedulers.build("checkout", b -> closingWithin(LONG, LONG).apply(b).loops(1));
    CallbackThread<?> thread =
        scheduler.spawn(
            Task.using(
                Task.<String>async(sink::set),
                c -> note("use"),
                (c, o) -> Task.blockingRun(() -> trace.add("hop")).then(note("released"))));
    Schedulers.settle(scheduler);
    thread.cancel();
    assertCancelled(thread);
    Gate gate = schedulers.gate();
    scheduler.executor().execute(gate::pass);
    gate.awaitArrival();

    scheduler.closeNow();
    sink.get().success("c");
    gate.open();

    Deadline.await(scheduler.onClosed());
    assertThat(trace).containsExactly("hop", "released");
  }

  @Test
  void close_onAnElasticThreadOfItsOwn_waitsForTheOthers_notForItself() {
    LoopScheduler scheduler = scheduler(ofMillis(10), LONG);
    CallbackThread<?> thread =
        scheduler.spawn(
            Task.blockingRun(
                () -> {
                  scheduler.close();
                  trace.add(scheduler.onClosed().toCompletableFuture().isDone() ? "closed" : "-");
                }));

    assertCancelled(thread);
    Deadline.await(scheduler.onClosed());
    Thread.getAllStackTraces().keySet().stream()
        .filter(t -> t.getName().startsWith("checkout-elastic"))
        .forEach(Deadline::join);

    assertThat(trace).containsExactly("closed");
  }

  @Test
  void close_mayBeRepeated() {
    LoopScheduler scheduler = patient();

    scheduler.close();
    scheduler.close();
    scheduler.closeNow();
    Deadline.await(scheduler.shutdown(LONG));

    assertClosed(scheduler);
  }

  @Test
  void close_byManyAtOnce_returnsToAll() {
    LoopScheduler scheduler = patient();
    CallbackThread<?> thread = scheduler.spawn(Task.sleep(ofMillis(20)));
    List<Thread> closers =
        IntStream.range(0, 8).mapToObj(i -> new Thread(scheduler::close)).toList();

    closers.forEach(Thread::start);
    closers.forEach(Deadline::join);

    assertThat(thread.state()).isEqualTo(CallbackThread.State.COMPLETED);
    assertClosed(scheduler);
  }

  @Test
  void close_interrupted_cancelsAtOnce_goesOnWaiting_andKeepsTheInterrupt() {
    LoopScheduler scheduler = patient();
    CallbackThread<?> thread =
        scheduler.spawn(
            Task.using(
                Task.value(1),
                a -> Task.never(),
                (a, o) -> Task.sleep(ofMillis(20)).then(note("released"))));
    Schedulers.settle(scheduler);
    var interrupted = new CompletableFuture<Boolean>();
    var closer =
        new Thread(
            () -> {
              scheduler.close();
              interrupted.complete(Thread.currentThread().isInterrupted());
            });

    closer.start();
    closer.interrupt();
    Deadline.join(closer);

    assertThat(Deadline.get(interrupted)).isTrue();
    assertCancelled(thread);
    assertThat(trace).containsExactly("released");
    assertClosed(scheduler);
  }

  @Test
  void onClosed_runsItsDependentsWhereTheyMayBlock() {
    LoopScheduler scheduler = patient();
    LoopScheduler other = schedulers.build("other", b -> b.loops(1));
    CallbackThread<?> live = other.spawn(Task.sleep(ofMillis(20)));
    CompletableFuture<Boolean> dependent =
        scheduler
            .onClosed()
            .thenApply(
                nothing -> {
                  other.close();
                  return LoopThread.current() == null;
                })
            .toCompletableFuture();

    scheduler.closeNow();

    assertThat(Deadline.get(dependent)).isTrue();
    assertThat(live.state()).isEqualTo(CallbackThread.State.COMPLETED);
  }

  @Test
  void onClosed_cannotBeCompletedFromOutside() {
    LoopScheduler scheduler = patient();

    scheduler.onClosed().toCompletableFuture().complete(null);

    assertThat(scheduler.onClosed().toCompletableFuture()).isNotDone();
  }

  @Test
  void executorTasks_thatWereAccepted_areRun() {
    LoopScheduler scheduler = patient();
    Gate gate = schedulers.gate();
    scheduler.executor().execute(gate::pass);
    gate.awaitArrival();
    var ran = new AtomicInteger();
    for (int i = 0; i < 100; i++) {
      scheduler.executor().execute(ran::incrementAndGet);
    }

    scheduler.closeNow();
    gate.open();

    Deadline.await(scheduler.onClosed());
    assertThat(ran).hasValue(100);
  }

  @Test
  void theLiveOnes_mayNotSpawn_whileItIsBeingClosed() {
    LoopScheduler scheduler = patient();
    CallbackThread<?> thread =
        scheduler.spawn(
            Task.run(() -> scheduler.shutdown(LONG))
                .then(Task.run(() -> scheduler.spawn(Task.done()))));

    assertThat(Deadline.error(thread)).isInstanceOf(SchedulerClosedException.class);
  }

  @Test
  void theLiveOnes_mayHop_whileItIsBeingClosed() {
    LoopScheduler scheduler = patient();
    CallbackThread<String> thread =
        scheduler.spawn(
            Task.run(() -> scheduler.shutdown(LONG)).then(Task.blocking(() -> "hopped")));

    assertThat(Deadline.value(thread)).isEqualTo("hopped");
  }

  @Test
  void anotherScheduler_isNotTouched() {
    LoopScheduler scheduler = patient();
    LoopScheduler other = schedulers.build("other", b -> b.loops(1));
    CallbackThread<String> thread = other.spawn(Task.sleep(ofMillis(20)).then(Task.value("a")));

    scheduler.closeNow();
    Deadline.await(scheduler.onClosed());

    assertThat(Deadline.value(thread)).isEqualTo("a");
  }

  @Test
  void aRaceOfSpawnsWithClosing_endsWhatWasAdmitted() {
    for (int round = 0; round < 50; round++) {
      LoopScheduler scheduler = patient();
      List<CallbackThread<?>> admitted = new CopyOnWriteArrayList<>();
      var started = new CountDownLatch(3);
      List<Thread> racers =
          IntStream.range(0, 3)
              .mapToObj(i -> new Thread(() -> spawnUntilClosed(scheduler, admitted, started)))
              .toList();
      racers.forEach(Thread::start);
      Deadline.await(started);

      scheduler.closeNow();

      racers.forEach(Deadline::join);
      Deadline.await(scheduler.onClosed());
      assertThat(admitted).isNotEmpty().allMatch(thread -> thread.outcomeNow() != null);
      assertThat(scheduler.stats().live()).isZero();
    }
  }

  private static void spawnUntilClosed(
      LoopScheduler scheduler, List<CallbackThread<?>> admitted, CountDownLatch started) {
    try {
      for (int i = 0; ; i++) {
        admitted.add(scheduler.spawn(i % 2 == 0 ? Task.never() : Task.yieldNow()));
        started.countDown();
      }
    } catch (SchedulerClosedException expected) {
      assertThatExceptionOfType(SchedulerClosedException.class)
          .isThrownBy(() -> scheduler.executor().execute(() -> {}));
    }
  }

  @Test
  void toString_tellsThatItIsClosed() {
    LoopScheduler scheduler = patient();
    assertThat(scheduler).hasToString("LoopScheduler[checkout, 2 loops, 0 live]");

    scheduler.close();

    assertThat(scheduler)
        .hasToString("LoopScheduler[checkout, 2 loops, 0 live, closed or closing]");
  }

  private static Task<Void> yields() {
    return Task.yieldNow().flatMap(done -> yields());
  }

  private static Task<Void> steps() {
    return Task.run(() -> {}).flatMap(done -> steps());
  }
}
