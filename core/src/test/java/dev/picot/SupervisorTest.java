/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.picot.service.RestartLimitException;
import dev.picot.service.Supervisor;
import dev.picot.service.Supervisor.RestartPolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class SupervisorTest {
  @RegisterExtension final Schedulers schedulers = new Schedulers();

  private final VirtualTicker ticker = VirtualTicker.onTick();
  private final ConcurrentLinkedQueue<String> events = new ConcurrentLinkedQueue<>();
  private final Duration begin = ticker.now();

  private LoopScheduler virtual() {
    return schedulers.one(ticker);
  }

  private Task<Void> note(String event) {
    return Task.run(() -> events.add(event));
  }

  /** Notes its start with the time, and its end. */
  private Task<Void> running(String name, Task<Void> body) {
    return Task.run(() -> events.add(name + " at " + ticker.now().minus(begin).toMillis()))
        .then(body)
        .doFinally(outcome -> events.add(name + " ends"));
  }

  private static Task<Void> failing(String message) {
    return Task.error(new IllegalStateException(message));
  }

  private static <T> Task<T> failAfter(Duration time) {
    return Task.sleep(time).then(Task.error(new IllegalStateException("broken")));
  }

  private static CallbackThread<?> child(LoopScheduler scheduler, String name) {
    AtomicReference<CallbackThread<?>> found = new AtomicReference<>();
    Takeovers.until(
        scheduler,
        name + " is there",
        () -> {
          scheduler.forEachTask(
              (loop, task) -> {
                if (task instanceof CallbackThread<?> thread && thread.name().equals(name)) {
                  found.set(thread);
                }
              });
          return found.get() != null;
        });
    return found.get();
  }

  @Test
  void children_startInOrder_andStopInReverse() {
    LoopScheduler scheduler = virtual();
    CountDownLatch started = new CountDownLatch(3);
    Function<String, Task<Void>> body =
        name -> running(name, Task.run(started::countDown).then(Task.never()));
    CallbackThread<Void> supervisor =
        Supervisor.builder("tree")
            .child("a", () -> body.apply("a"))
            .child("b", () -> body.apply("b"))
            .child("c", () -> body.apply("c"))
            .build()
            .start(scheduler);
    Deadline.await(started);

    supervisor.cancel();

    assertThat(Deadline.outcome(supervisor)).isInstanceOf(Outcome.Cancelled.class);
    assertThat(events).containsExactly("a at 0", "b at 0", "c at 0", "c ends", "b ends", "a ends");
  }

  @Test
  void aChildThatFails_isRestartedAfterPausesThatDouble_andTheOthersAreNotTouched() {
    AtomicInteger starts = new AtomicInteger();
    CallbackThread<Void> supervisor =
        Supervisor.builder("tree")
            .child("calm", RestartPolicy.TRANSIENT, () -> running("calm", Task.sleep(ofSeconds(2))))
            .child(
                "wild",
                RestartPolicy.TRANSIENT,
                () -> running("wild", starts.incrementAndGet() < 4 ? failing("no") : Task.done()))
            .build()
            .start(virtual());

    assertThat(Deadline.outcome(supervisor)).isInstanceOf(Outcome.Completed.class);
    assertThat(events)
        .containsExactly(
            "calm at 0",
            "wild at 0",
            "wild ends",
            "wild at 100",
            "wild ends",
            "wild at 300",
            "wild ends",
            "wild at 700",
            "wild ends",
            "calm ends");
  }

  @Test
  void pauses_growNoFurtherThanTenSeconds() {
    AtomicInteger starts = new AtomicInteger();
    CallbackThread<Void> supervisor =
        Supervisor.builder("tree")
            .child(
                "wild",
                RestartPolicy.TRANSIENT,
                () -> {
                  events.add(String.valueOf(ticker.now().minus(begin).toMillis()));
                  return starts.incrementAndGet() < 10 ? failing("no") : Task.done();
                })
            .maxRestarts(100, ofMinutes(10))
            .build()
            .start(virtual());

    Deadline.value(supervisor);

    assertThat(events)
        .containsExactly(
            "0", "100", "300", "700", "1500", "3100", "6300", "12700", "22700", "32700");
  }

  @Test
  void whatAChildDoes_isMadeAnewForEachStart() {
    AtomicInteger made = new AtomicInteger();
    CallbackThread<Void> supervisor =
        Supervisor.builder("tree")
            .child(
                "wild",
                RestartPolicy.TRANSIENT,
                () -> made.incrementAndGet() < 3 ? failing("no") : note("run " + made.get()))
            .build()
            .start(virtual());

    Deadline.value(supervisor);

    assertThat(events).containsExactly("run 3");
  }

  @Test
  void aBodyThatThrows_isAFailure() {
    AtomicInteger made = new AtomicInteger();
    CallbackThread<Void> supervisor =
        Supervisor.builder("tree")
            .child(
                "wild",
                RestartPolicy.TRANSIENT,
                () -> {
                  if (made.incrementAndGet() < 3) {
                    throw new IllegalStateException("cannot be made");
                  }
                  return note("made");
                })
            .build()
            .start(virtual());

    Deadline.value(supervisor);

    assertThat(events).containsExactly("made");
  }

  @Test
  void aPermanentChild_isRestartedAlsoWhenItCompletes() {
    AtomicInteger starts = new AtomicInteger();
    CountDownLatch third = new CountDownLatch(1);
    CallbackThread<Void> supervisor =
        Supervisor.builder("tree")
            .child(
                "loop",
                () -> {
                  if (starts.incrementAndGet() == 3) {
                    third.countDown();
                    return Task.never();
                  }
                  return Task.done();
                })
            .build()
            .start(virtual());

    Deadline.await(third);
    supervisor.cancel();
    assertThat(Deadline.outcome(supervisor)).isInstanceOf(Outcome.Cancelled.class);
  }

  @Test
  void aTransientChild_cancelledBySomebodyElse_isNotRestarted() {
    LoopScheduler scheduler = virtual();
    CallbackThread<Void> supervisor =
        Supervisor.builder("tree")
            .child("wild", RestartPolicy.TRANSIENT, () -> running("wild", Task.never()))
            .build()
            .start(scheduler);

    child(scheduler, "tree/wild").cancel();

    assertThat(Deadline.outcome(supervisor)).isInstanceOf(Outcome.Completed.class);
    assertThat(events).hasSizeLessThanOrEqualTo(2);
  }

  @Test
  void aPermanentChild_cancelledBySomebodyElse_isRestarted() {
    LoopScheduler scheduler = virtual();
    CountDownLatch twice = new CountDownLatch(2);
    CallbackThread<Void> supervisor =
        Supervisor.builder("tree")
            .child("wild", () -> Task.run(twice::countDown).then(Task.never()))
            .build()
            .start(scheduler);
    CallbackThread<?> first = child(scheduler, "tree/wild");
    Takeovers.until(scheduler, "it has started", () -> twice.getCount() == 1);

    first.cancel();

    Deadline.await(twice);
    supervisor.cancel();
    Deadline.outcome(supervisor);
  }

  @Test
  void oneRestartTooMany_failsTheSupervisorWithTheHistory_andStopsTheOthers() {
    CallbackThread<Void> supervisor =
        Supervisor.builder("tree")
            .child("calm", () -> running("calm", Task.never()))
            .child("wild", () -> failAfter(ofMillis(50)))
            .maxRestarts(2, ofSeconds(10))
            .build()
            .start(virtual());

    Throwable error = Deadline.error(supervisor);

    assertThat(events).containsExactly("calm at 0", "calm ends");
    assertThat(error)
        .isInstanceOf(RestartLimitException.class)
        .hasMessageContaining("'tree'")
        .hasMessageContaining("maxRestarts(2, PT10S)")
        .hasRootCauseMessage("broken");
    RestartLimitException limit = (RestartLimitException) error;
    assertThat(limit.supervisor()).isEqualTo("tree");
    assertThat(limit.maxRestarts()).isEqualTo(2);
    assertThat(limit.period()).isEqualTo(ofSeconds(10));
    assertThat(limit.history()).hasSize(3);
    assertThat(limit.history())
        .allSatisfy(
            ended -> {
              assertThat(ended.child()).isEqualTo("wild");
              assertThat(ended.after()).isBetween(ofMillis(50), ofMillis(52));
              assertThat(ended.outcome()).isInstanceOf(Outcome.Failed.class);
            });
  }

  @Test
  void noRestartAllowed_failsAtTheFirstEnd() {
    CallbackThread<Void> supervisor =
        Supervisor.builder("tree")
            .child("wild", () -> Task.done())
            .maxRestarts(0, ofSeconds(1))
            .build()
            .start(virtual());

    Throwable error = Deadline.error(supervisor);

    assertThat(error).isInstanceOf(RestartLimitException.class).hasNoCause();
  }

  @Test
  void restarts_beyondThePeriod_areNotCounted_andThePausesBeginAnew() {
    AtomicInteger starts = new AtomicInteger();
    List<Long> startedAt = new ArrayList<>();
    CallbackThread<Void> supervisor =
        Supervisor.builder("tree")
            .child(
                "wild",
                RestartPolicy.TRANSIENT,
                () -> {
                  startedAt.add(ticker.now().minus(begin).toMillis());
                  return starts.incrementAndGet() < 20 ? failAfter(ofSeconds(10)) : Task.done();
                })
            .maxRestarts(1, ofSeconds(10))
            .build()
            .start(virtual());

    Deadline.value(supervisor);

    assertThat(startedAt).hasSize(20);
    assertThat(startedAt.get(19) - startedAt.get(18)).isBetween(10_100L, 10_102L);
  }

  @Test
  void escalation_restartsTheSupervisorInTheOneAroundIt() {
    AtomicInteger starts = new AtomicInteger();
    Supervisor inner =
        Supervisor.builder("inner")
            .child(
                "wild",
                RestartPolicy.TRANSIENT,
                () -> starts.incrementAndGet() < 4 ? failing("no") : note("well"))
            .maxRestarts(1, ofSeconds(10))
            .build();
    List<Supervisor.Ended> told = new ArrayList<>();
    CallbackThread<Void> outer =
        Supervisor.builder("outer")
            .child("inner", RestartPolicy.TRANSIENT, inner::task)
            .onRestart(told::add)
            .build()
            .start(virtual());

    assertThat(Deadline.outcome(outer)).isInstanceOf(Outcome.Completed.class);
    assertThat(events).containsExactly("well");
    assertThat(told).hasSize(1);
    assertThat(told.get(0).child()).isEqualTo("inner");
    assertThat(told.get(0).outcome())
        .isInstanceOfSatisfying(
            Outcome.Failed.class,
            failed -> assertThat(failed.error()).isInstanceOf(RestartLimitException.class));
  }

  @Test
  void cancel_duringAPause_startsNothingMore() {
    CountDownLatch failed = new CountDownLatch(1);
    ticker.hold();
    CallbackThread<Void> supervisor =
        Supervisor.builder("tree")
            .child("wild", () -> running("wild", failing("no")))
            .onRestart(ended -> failed.countDown())
            .build()
            .start(virtual());
    Deadline.await(failed);

    supervisor.cancel();

    assertThat(Deadline.outcome(supervisor)).isInstanceOf(Outcome.Cancelled.class);
    ticker.release();
    assertThat(events).containsExactly("wild at 0", "wild ends");
  }

  @Test
  void cancel_waitsForChildrenThatTakeTheirTime() {
    LoopScheduler scheduler = virtual();
    CountDownLatch started = new CountDownLatch(1);
    CallbackThread<Void> supervisor =
        Supervisor.builder("tree")
            .child(
                "slow",
                () ->
                    Task.using(
                        Task.run(started::countDown),
                        none -> Task.never(),
                        (none, outcome) -> Task.sleep(ofSeconds(3)).then(note("released"))))
            .build()
            .start(scheduler);
    Deadline.await(started);

    supervisor.cancel();
    Deadline.outcome(supervisor);

    assertThat(events).containsExactly("released");
  }

  @Test
  void cancel_waitsNoLongerThanStopWithin_andLogsWhoWasLeft() {
    LoopScheduler scheduler = virtual();
    CountDownLatch started = new CountDownLatch(1);
    CompletableFuture<String> end = new CompletableFuture<>();
    CallbackThread<Void> supervisor =
        Supervisor.builder("tree")
            .child("first", () -> running("first", Task.never()))
            .child(
                "stubborn",
                () -> Task.run(started::countDown).then(Task.await(end)).uncancellable())
            .stopWithin(ofSeconds(2))
            .build()
            .start(scheduler);
    Deadline.await(started);
    CallbackThread<?> stubborn = child(scheduler, "tree/stubborn");

    supervisor.cancel();
    Deadline.outcome(supervisor);

    assertThat(events).containsExactly("first at 0", "first ends");
    schedulers.log().takeError("Supervisor 'tree' goes on without");
    end.complete("at last");
    Deadline.outcome(stubborn);
  }

  @Test
  void timeout_stopsTheChildren() {
    CallbackThread<Void> supervisor =
        virtual()
            .spawn(
                Supervisor.builder("tree")
                    .child("calm", () -> running("calm", Task.never()))
                    .build()
                    .task()
                    .timeout(ofSeconds(7)));

    assertThat(Deadline.error(supervisor)).isInstanceOf(TaskTimeoutException.class);
    assertThat(events).containsExactly("calm at 0", "calm ends");
  }

  @Test
  void aRefusedStart_countsAndIsTriedAgain() {
    LoopScheduler scheduler =
        schedulers.build(
            "checkout", options -> options.loops(1).maxCallbackThreads(2).ticker(ticker));
    List<Supervisor.Ended> told = new ArrayList<>();
    CountDownLatch refused = new CountDownLatch(1);
    ticker.hold(); // until the supervisor has met the limit
    CallbackThread<Void> other = scheduler.spawn(Task.sleep(ofMillis(150)));
    CallbackThread<Void> supervisor =
        Supervisor.builder("tree")
            .child("late", RestartPolicy.TRANSIENT, () -> note("started"))
            .onRestart(
                ended -> {
                  told.add(ended);
                  refused.countDown();
                })
            .build()
            .start(scheduler);
    Deadline.await(refused);
    ticker.release();

    Deadline.value(supervisor);

    Deadline.value(other);
    assertThat(events).containsExactly("started");
    assertThat(told).isNotEmpty();
    assertThat(told.get(0).after()).isZero();
    assertThat(told.get(0).outcome())
        .isInstanceOfSatisfying(
            Outcome.Failed.class,
            failed -> assertThat(failed.error()).isInstanceOf(AdmissionRefusedException.class));
  }

  @Test
  void refusedStarts_withoutEnd_escalate() {
    LoopScheduler scheduler =
        schedulers.build(
            "checkout", options -> options.loops(1).maxCallbackThreads(1).ticker(ticker));

    CallbackThread<Void> supervisor =
        Supervisor.builder("tree").child("never", Task::never).build().start(scheduler);

    assertThat(Deadline.error(supervisor))
        .isInstanceOf(RestartLimitException.class)
        .hasCauseInstanceOf(AdmissionRefusedException.class);
  }

  @Test
  void childOn_runsOnTheOtherScheduler() {
    LoopScheduler other = schedulers.build("search", options -> options.loops(1));
    AtomicReference<String> ranOn = new AtomicReference<>();
    CallbackThread<Void> supervisor =
        Supervisor.builder("tree")
            .childOn(
                other,
                "elsewhere",
                RestartPolicy.TRANSIENT,
                () ->
                    Task.run(
                        () -> ranOn.set(LoopScheduler.current().map(LoopScheduler::name).get())))
            .build()
            .start(virtual());

    Deadline.value(supervisor);

    assertThat(ranOn).hasValue("search");
  }

  @Test
  void aClosedSchedulerOfAChild_failsTheSupervisor() {
    LoopScheduler other = schedulers.build("search", options -> options.loops(1));
    CallbackThread<Void> supervisor =
        Supervisor.builder("tree")
            .child("calm", () -> running("calm", Task.never()))
            .childOn(other, "elsewhere", RestartPolicy.PERMANENT, Task::never)
            .build()
            .start(virtual());
    child(other, "tree/elsewhere");
    Takeovers.until(other, "the calm one runs", () -> !events.isEmpty());

    other.closeNow();

    assertThat(Deadline.error(supervisor)).isInstanceOf(SchedulerClosedException.class);
    assertThat(events).containsExactly("calm at 0", "calm ends");
  }

  @Test
  void closingItsOwnScheduler_isNoFailure() {
    LoopScheduler scheduler = virtual();
    Supervisor.Builder builder = Supervisor.builder("tree").maxRestarts(1, ofSeconds(10));
    CountDownLatch started = new CountDownLatch(10);
    for (int i = 0; i < 10; i++) {
      builder.child("child " + i, () -> Task.run(started::countDown).then(Task.never()));
    }
    CallbackThread<Void> supervisor = builder.build().start(scheduler);
    Deadline.await(started);

    scheduler.closeNow();

    assertThat(Deadline.outcome(supervisor)).isNotInstanceOf(Outcome.Failed.class);
  }

  @Test
  void aFailedStall_ofAChild_restartsIt() throws Exception {
    StuckStep stuck = new StuckStep();
    AtomicInteger starts = new AtomicInteger();
    LoopScheduler scheduler = Takeovers.failingAfter("stalls", ofMillis(400)).build();
    List<Supervisor.Ended> told = new ArrayList<>();
    try {
      CallbackThread<Void> supervisor =
          Supervisor.builder("tree")
              .child(
                  "stuck",
                  RestartPolicy.TRANSIENT,
                  () -> starts.incrementAndGet() == 1 ? Task.run(stuck) : Task.done())
              .onRestart(told::add)
              .build()
              .start(scheduler);

      supervisor.block(Takeovers.LONG);

      assertThat(starts).hasValue(2);
      assertThat(told.get(0).outcome())
          .isInstanceOfSatisfying(
              Outcome.Failed.class,
              failed -> assertThat(failed.error()).isInstanceOf(LoopStalledException.class));
    } finally {
      stuck.release();
      Takeovers.closeClean(scheduler);
    }
  }

  @Test
  void aFailedStall_ofTheSupervisor_stopsItsChildren() throws Exception {
    StuckStep stuck = new StuckStep();
    CountDownLatch calmEnded = new CountDownLatch(1);
    LoopScheduler scheduler = Takeovers.failingAfter("stalls", ofMillis(400)).build();
    try {
      CallbackThread<Void> supervisor =
          Supervisor.builder("tree")
              .child("calm", () -> Task.<Void>never().doFinally(outcome -> calmEnded.countDown()))
              .child("wild", () -> failing("no"))
              .onRestart(ended -> stuck.run())
              .build()
              .start(scheduler);

      assertThatThrownBy(() -> supervisor.block(Takeovers.LONG))
          .isInstanceOf(LoopStalledException.class);

      Deadline.await(calmEnded);
      stuck.release();
    } finally {
      stuck.release();
      Takeovers.closeClean(scheduler);
    }
  }

  @Test
  void anOnRestartThatThrows_isLogged_andTheChildIsRestarted() {
    AtomicInteger starts = new AtomicInteger();
    CallbackThread<Void> supervisor =
        Supervisor.builder("tree")
            .child(
                "wild",
                RestartPolicy.TRANSIENT,
                () -> starts.incrementAndGet() < 2 ? failing("no") : Task.done())
            .onRestart(
                ended -> {
                  throw new IllegalStateException("no metrics");
                })
            .build()
            .start(virtual());

    Deadline.value(supervisor);

    assertThat(starts).hasValue(2);
    assertThat(schedulers.log().takeError("onRestart of supervisor 'tree'").error())
        .hasMessage("no metrics");
  }

  @Test
  void backoff_setsThePauses() {
    AtomicInteger starts = new AtomicInteger();
    CallbackThread<Void> supervisor =
        Supervisor.builder("tree")
            .child(
                "wild",
                RestartPolicy.TRANSIENT,
                () -> {
                  events.add(String.valueOf(ticker.now().minus(begin).toMillis()));
                  return starts.incrementAndGet() < 4 ? failing("no") : Task.done();
                })
            .backoff(Backoff.fixed(ofMillis(7)).maxAttempts(1))
            .build()
            .start(virtual());

    Deadline.value(supervisor);

    assertThat(events).containsExactly("0", "7", "14", "21");
  }

  @Test
  void oneSupervisor_canRunTwiceAtATime() {
    LoopScheduler scheduler = virtual();
    Supervisor supervisor =
        Supervisor.builder("tree")
            .child("once", RestartPolicy.TRANSIENT, () -> note("ran"))
            .build();

    CallbackThread<Void> one = supervisor.start(scheduler);
    CallbackThread<Void> other = supervisor.start(scheduler);

    Deadline.value(one);
    Deadline.value(other);
    assertThat(events).containsExactly("ran", "ran");
    assertThat(one.name()).isEqualTo("tree");
  }

  @Test
  void whatCannotBe_isRefused() {
    Supervisor.Builder builder = Supervisor.builder("tree");

    assertThatThrownBy(builder::build).hasMessage("children: none (expected: at least one)");
    builder.child("a", Task::never);
    assertThatThrownBy(() -> builder.child("a", Task::never))
        .hasMessage("name: 'a' (expected: a name that no child has yet)");
    assertThatThrownBy(() -> builder.maxRestarts(-1, ofSeconds(1)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> builder.maxRestarts(1, Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> builder.stopWithin(Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(builder.build()).hasToString("Supervisor[tree, 1 children]");
    assertThat(builder.build().name()).isEqualTo("tree");
  }
}
