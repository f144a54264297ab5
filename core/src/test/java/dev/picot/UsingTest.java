/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static java.time.Duration.ofMillis;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Acquire, use and release in one piece; what is given up halfway is in UsingGivenUpTest. */
class UsingTest {
  @RegisterExtension final Schedulers schedulers = new Schedulers();

  private final LoopScheduler scheduler =
      schedulers.build("checkout", b -> b.loops(1).elastic(e -> e.maxThreads(1).maxQueued(1)));
  private final List<String> trace = new CopyOnWriteArrayList<>();
  private final IOException failure = new IOException("disk full");

  private Task<Void> note(String what) {
    return Task.run(() -> trace.add(what));
  }

  private Task<Void> release(String thing, Outcome<?> outcome) {
    return note("release " + thing + " after " + outcome);
  }

  private <R> Task<R> use(Task<R> task) {
    return Task.using(
        Task.call(
            () -> {
              trace.add("acquire");
              return "c";
            }),
        c -> note("use " + c).then(task),
        this::release);
  }

  private Throwable error(Task<?> task) {
    return Deadline.error(scheduler.<Object>spawn(task));
  }

  private CallbackThread<?> waiting(Task<?> task) {
    CallbackThread<?> thread = scheduler.<Object>spawn(task);
    Schedulers.settle(scheduler);
    return thread;
  }

  private static void assertCancelled(CallbackThread<?> thread) {
    assertThat(Deadline.outcome(thread)).isInstanceOf(Outcome.Cancelled.class);
  }

  @Test
  void completesAsTheUse_afterTheRelease() {
    assertThat(Deadline.value(scheduler.spawn(use(Task.value("v"))))).isEqualTo("v");

    assertThat(trace).containsExactly("acquire", "use c", "release c after Completed[value=v]");
  }

  @Test
  void failsAsTheUse_afterTheRelease() {
    assertThat(error(use(Task.error(failure)))).isSameAs(failure);

    assertThat(trace)
        .containsExactly(
            "acquire", "use c", "release c after Failed[error=java.io.IOException: disk full]");
  }

  @Test
  void isCancelledInTheUse_afterTheRelease() {
    CallbackThread<?> thread = waiting(use(Task.never()));

    thread.cancel();

    assertCancelled(thread);
    assertThat(trace).containsExactly("acquire", "use c", "release c after Cancelled[]");
  }

  @Test
  void theThingMayBeNull() {
    Task<Object> task =
        Task.using(Task.value(null), c -> Task.value("v"), (c, o) -> note("release " + c));

    assertThat(Deadline.value(scheduler.spawn(task))).isEqualTo("v");
    assertThat(trace).containsExactly("release null");
  }

  @Test
  void anAcquireThatFails_releasesNothing() {
    assertThat(error(Task.using(Task.error(failure), c -> note("use"), (c, o) -> note("release"))))
        .isSameAs(failure);

    assertThat(trace).isEmpty();
  }

  @Test
  void aUseThatThrows_isReleased() {
    Task<Void> task =
        Task.using(
            Task.value("c"),
            c -> {
              throw failure;
            },
            this::release);

    assertThat(error(task)).isSameAs(failure);
    assertThat(trace).singleElement().asString().startsWith("release c after Failed");
  }

  @Test
  void aUseThatReturnsNull_isReleased() {
    assertThat(error(Task.using(Task.value("c"), c -> null, this::release)))
        .isInstanceOf(NullPointerException.class);

    assertThat(trace).singleElement().asString().startsWith("release c after Failed");
  }

  @Test
  void aReleaseThatFailsAfterSuccess_fails() {
    assertThat(error(Task.using(Task.value("c"), c -> Task.done(), (c, o) -> Task.error(failure))))
        .isSameAs(failure);
  }

  @Test
  void aReleaseThatFailsAfterAnError_isSuppressed() {
    var first = new IllegalStateException("first");

    assertThat(
            error(
                Task.using(Task.value("c"), c -> Task.error(first), (c, o) -> Task.error(failure))))
        .isSameAs(first)
        .hasSuppressedException(failure);
  }

  @Test
  void aReleaseThatFailsAfterCancellation_isReported() {
    CallbackThread<?> thread =
        waiting(Task.using(Task.value("c"), c -> Task.never(), (c, o) -> Task.error(failure)));

    thread.cancel();

    assertCancelled(thread);
    assertThat(schedulers.log().takeError("finalizer of a cancelled task").error())
        .isSameAs(failure);
  }

  @Test
  void aReleaseThatReturnsNull_fails() {
    assertThat(error(Task.using(Task.value("c"), c -> Task.done(), (c, o) -> null)))
        .isInstanceOf(NullPointerException.class)
        .hasMessageStartingWith("a step in dev.picot.UsingTest returned null");
  }

  @Test
  void aRelease_mayWaitAndHop() {
    Task<String> task =
        Task.using(
            Task.value("c"),
            c -> Task.value("v"),
            (c, o) ->
                Task.sleep(ofMillis(1))
                    .then(Task.yieldNow())
                    .then(Task.blockingRun(() -> trace.add("hop")))
                    .then(note("released")));

    assertThat(Deadline.value(scheduler.spawn(task))).isEqualTo("v");
    assertThat(trace).containsExactly("hop", "released");
  }

  @Test
  void nested_releasesTheInnermostFirst() {
    Task<String> task =
        Task.using(
            note("acquire a").then(Task.value("a")),
            a ->
                Task.using(
                    note("acquire b").then(Task.value("b")),
                    b -> note("use " + a + b).then(Task.value("v")),
                    (b, o) -> note("release b")),
            (a, o) -> note("release a"));

    assertThat(Deadline.value(scheduler.spawn(task))).isEqualTo("v");
    assertThat(trace).containsExactly("acquire a", "acquire b", "use ab", "release b", "release a");
  }

  @Test
  void nested_cancelled_releasesTheInnermostFirst() {
    CallbackThread<?> thread =
        waiting(
            Task.using(
                Task.value("a"),
                a -> Task.using(Task.value("b"), b -> Task.never(), this::release),
                this::release));

    thread.cancel();

    assertCancelled(thread);
    assertThat(trace).containsExactly("release b after Cancelled[]", "release a after Cancelled[]");
  }

  @Test
  void cancelDuringARelease_isIgnoredUntilItsEnd() {
    Gate gate = schedulers.gate();
    CallbackThread<?> thread =
        scheduler.spawn(
            Task.using(
                    Task.value("c"),
                    c -> Task.done(),
                    (c, o) ->
                        Task.blockingRun(gate::pass)
                            .then(Task.yieldNow())
                            .then(Task.sleep(ofMillis(1)))
                            .then(note("released")))
                .then(note("after")));
    gate.awaitArrival();

    assertThat(thread.cancel()).isTrue();
    Schedulers.settle(scheduler);
    gate.open();

    assertCancelled(thread);
    assertThat(trace).containsExactly("released");
  }

  @Test
  void cancelByTheAcquire_releasesWithoutUse() {
    CallbackThread<?> thread =
        scheduler.spawn(
            Task.using(
                Task.call(
                    () -> {
                      CallbackThread.current().orElseThrow().cancel();
                      return "c";
                    }),
                c -> note("use"),
                this::release));

    assertCancelled(thread);
    assertThat(trace).containsExactly("release c after Cancelled[]");
  }

  @Test
  void cancelBetweenTheStepsOfTheAcquire_goesThroughThem() {
    CallbackThread<?> thread =
        scheduler.spawn(
            Task.using(
                Task.call(
                        () -> {
                          CallbackThread.current().orElseThrow().cancel();
                          return "c";
                        })
                    .map(c -> c + "1")
                    .flatMap(c -> Task.value(c + "2")),
                c -> note("use"),
                this::release));

    assertCancelled(thread);
    assertThat(trace).containsExactly("release c12 after Cancelled[]");
  }

  @Test
  void cancelBetweenManyStepsOfTheAcquire_goesThroughThem() {
    Task<Integer> acquire =
        Task.call(
            () -> {
              CallbackThread.current().orElseThrow().cancel();
              return 0;
            });
    for (int i = 0; i < 1_000; i++) {
      acquire = acquire.map(n -> n + 1);
    }

    CallbackThread<?> thread =
        scheduler.spawn(Task.using(acquire, c -> note("use"), (c, o) -> release(c.toString(), o)));

    assertCancelled(thread);
    assertThat(trace).containsExactly("release 1000 after Cancelled[]");
  }

  @Test
  void cancelledByItsOwnUse_isReleased() {
    CallbackThread<?> thread =
        scheduler.spawn(
            use(Task.run(() -> CallbackThread.current().orElseThrow().cancel()).then(note("no"))));

    assertCancelled(thread);
    assertThat(trace).containsExactly("acquire", "use c", "release c after Cancelled[]");
  }

  @Test
  void timeoutBetweenAcquireAndUse_releasesWithoutUse() {
    VirtualTicker ticker = VirtualTicker.betweenTicks();
    LoopScheduler timed = schedulers.one(ticker);
    Task<Void> task =
        Task.using(
                Task.call(
                    () -> {
                      ticker.advance(ofMillis(20));
                      return "c";
                    }),
                c -> note("use"),
                this::release)
            .timeout(ofMillis(10));

    assertThat(Deadline.error(timed.spawn(task))).isInstanceOf(TaskTimeoutException.class);
    assertThat(trace).containsExactly("release c after Cancelled[]");
  }

  @Test
  void timeoutBetweenTheStepsOfAProtectedAcquire_goesThroughThem() {
    VirtualTicker ticker = VirtualTicker.betweenTicks();
    LoopScheduler timed = schedulers.one(ticker);
    Task<String> acquire =
        Task.call(
                () -> {
                  ticker.advance(ofMillis(20));
                  return "c";
                })
            .map(c -> c + "1")
            .flatMap(c -> Task.yieldNow().then(Task.value(c + "2")));
    Task<Void> task =
        Task.using(acquire, c -> note("use"), this::release).timeout(ofMillis(10)).uncancellable();

    assertThat(Deadline.error(timed.spawn(task))).isInstanceOf(TaskTimeoutException.class);
    assertThat(trace).containsExactly("release c12 after Cancelled[]");
  }

  @Test
  void timeoutBetweenTheStepsOfAnAcquireWithAProtectedPart_goesThroughThem() {
    VirtualTicker ticker = VirtualTicker.betweenTicks();
    LoopScheduler timed = schedulers.one(ticker);
    Task<String> acquire =
        Task.call(
                () -> {
                  ticker.advance(ofMillis(20));
                  return "c";
                })
            .map(c -> c + "1")
            .timeout(ofMillis(10))
            .uncancellable();

    Task<String> task = Task.using(acquire, c -> Task.value(c), this::release);

    assertThat(Deadline.value(timed.spawn(task))).isEqualTo("c1");
    assertThat(trace).containsExactly("release c1 after Completed[value=c1]");
  }

  @Test
  void aHopOfARelease_isNotRefusedByAFullPool() {
    Gate gate = schedulers.gate();
    CallbackThread<?> running = scheduler.spawn(Task.blockingRun(gate::pass));
    gate.awaitArrival();
    CallbackThread<?> queued = scheduler.spawn(Task.blockingRun(() -> {}));
    Schedulers.settle(scheduler);
    assertThat(error(Task.blockingRun(() -> {}))).isInstanceOf(ElasticPoolSaturatedException.class);
    CallbackThread<String> releasing =
        scheduler.spawn(
            Task.using(
                Task.value("c"),
                c -> Task.value("v"),
                (c, o) -> Task.blockingRun(() -> trace.add("released"))));
    Schedulers.settle(scheduler);

    gate.open();

    assertThat(Deadline.value(releasing)).isEqualTo("v");
    assertThat(trace).containsExactly("released");
    Deadline.value(running);
    Deadline.value(queued);
  }

  @Test
  void aHopOfAUseWithinARelease_isNotRefusedEither() {
    Gate gate = schedulers.gate();
    CallbackThread<?> running = scheduler.spawn(Task.blockingRun(gate::pass));
    gate.awaitArrival();
    CallbackThread<?> queued = scheduler.spawn(Task.blockingRun(() -> {}));
    Schedulers.settle(scheduler);
    Task<Void> inner =
        Task.using(
            Task.blocking(() -> "log"),
            log -> Task.blockingRun(() -> trace.add("use " + log)).timeout(Deadline.LIMIT),
            (log, o) -> note("closed"));
    CallbackThread<String> releasing =
        scheduler.spawn(
            Task.using(Task.value("c"), c -> Task.value("v"), (c, o) -> inner.named("inner")));
    Schedulers.settle(scheduler);

    gate.open();

    assertThat(Deadline.value(releasing)).isEqualTo("v");
    assertThat(trace).containsExactly("use log", "closed");
    Deadline.value(running);
    Deadline.value(queued);
  }

  @Test
  void itRunsAnewEachTime() {
    Task<String> task = use(Task.value("v"));

    Deadline.value(scheduler.spawn(task));
    Deadline.value(scheduler.spawn(task));

    assertThat(trace).hasSize(6);
  }
}
