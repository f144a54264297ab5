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
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** An acquire that nobody waits for any more: what it still gives is released, once. */
class UsingGivenUpTest {
  @RegisterExtension final Schedulers schedulers = new Schedulers();

  private LoopScheduler scheduler =
      schedulers.build("checkout", b -> b.loops(1).elastic(e -> e.maxThreads(1).maxQueued(1)));
  private final ManualPublisher<String> publisher = new ManualPublisher<>();
  private final CompletableFuture<String> stage = new CompletableFuture<>();
  private final AtomicReference<AsyncSink<String>> sink = new AtomicReference<>();
  private final List<String> trace = new CopyOnWriteArrayList<>();

  private Task<Void> note(String what) {
    return Task.run(() -> trace.add(what));
  }

  private <A> Task<Void> using(Task<A> acquire) {
    return Task.using(
        acquire, a -> note("use " + a), (a, outcome) -> note("release " + a + " " + outcome));
  }

  /** Then a timeout passes while its task waits, and not before, as on a slow machine. */
  private void inVirtualTime() {
    scheduler = schedulers.one(VirtualTicker.onTick());
  }

  /** Waits in its acquire. */
  private CallbackThread<?> acquiring(Task<?> acquire) {
    CallbackThread<?> thread = scheduler.spawn(using(acquire));
    Schedulers.settle(scheduler);
    assertThat(thread.state()).isEqualTo(CallbackThread.State.WAITING);
    return thread;
  }

  private void cancel(CallbackThread<?> thread) {
    thread.cancel();
    assertThat(Deadline.outcome(thread)).isInstanceOf(Outcome.Cancelled.class);
    assertThat(trace).isEmpty();
  }

  /** Closing waits for what is live, the late release included. */
  private void assertReleased(String... expected) {
    Deadline.await(scheduler.shutdown(Deadline.LIMIT));
    assertThat(trace).containsExactly(expected);
  }

  @Test
  void publisher_late_isReleased() {
    cancel(acquiring(Task.await(publisher)));

    publisher.next("c");
    publisher.complete();

    assertReleased("release c Cancelled[]");
    assertThat(publisher.cancels).hasValue(1);
  }

  @Test
  void publisher_lateWithoutCompletion_isReleased() {
    cancel(acquiring(Task.await(publisher)));

    publisher.next("c");

    assertReleased("release c Cancelled[]");
  }

  @Test
  void publisher_thatHadGivenItsValueAndNotCompleted_isReleased() {
    CallbackThread<?> thread = acquiring(Task.await(publisher));
    publisher.next("c");

    thread.cancel();

    assertThat(Deadline.outcome(thread)).isInstanceOf(Outcome.Cancelled.class);
    assertReleased("release c Cancelled[]");
    assertThat(publisher.cancels).hasValue(1);
  }

  @Test
  void publisher_thatGivesTwoLate_releasesOne() {
    cancel(acquiring(Task.await(publisher)));

    publisher.next("c");
    publisher.next("d");
    publisher.complete();

    assertReleased("release c Cancelled[]");
  }

  @Test
  void publisher_thatFailsLate_releasesNothing() {
    cancel(acquiring(Task.await(publisher)));

    publisher.error(new IOException("late"));

    assertReleased();
  }

  @Test
  void awaitFirst_late_isReleased() {
    cancel(acquiring(Task.awaitFirst(publisher)));

    publisher.next("c");

    assertReleased("release c Cancelled[]");
  }

  @Test
  void awaitOptional_late_isReleased() {
    cancel(acquiring(Task.awaitOptional(publisher).map(Optional::orElseThrow)));

    publisher.next("c");
    publisher.complete();

    assertReleased("release c Cancelled[]");
  }

  @Test
  void stage_late_isReleased() {
    cancel(acquiring(Task.await((CompletionStage<String>) stage)));

    stage.complete("c");

    assertReleased("release c Cancelled[]");
  }

  @Test
  void stage_thatFailsLate_releasesNothing() {
    cancel(acquiring(Task.await((CompletionStage<String>) stage)));

    stage.completeExceptionally(new IOException("late"));

    assertReleased();
  }

  @Test
  void async_late_isReleased_andTheSinkIsTold() {
    cancel(acquiring(Task.<String>async(sink::set)));

    assertThat(sink.get().success("c")).isTrue();
    assertThat(sink.get().success("d")).isFalse();

    assertReleased("release c Cancelled[]");
  }

  @Test
  void join_late_isReleased() {
    CallbackThread<String> other = scheduler.spawn(Task.await(publisher));
    cancel(acquiring(other.join()));

    publisher.next("c");
    publisher.complete();

    assertReleased("release c Cancelled[]");
  }

  @Test
  void blocking_late_isReleased() {
    Gate gate = schedulers.gate();
    CallbackThread<?> thread = acquiring(Task.blocking(gate.before("c")));
    gate.awaitArrival();
    cancel(thread);

    gate.open();

    assertReleased("release c Cancelled[]");
  }

  @Test
  void blocking_thatFailsLate_releasesNothing() {
    Gate gate = schedulers.gate();
    CallbackThread<?> thread =
        acquiring(
            Task.blocking(
                () -> {
                  gate.pass();
                  throw new IOException("late");
                }));
    gate.awaitArrival();
    cancel(thread);

    gate.open();

    assertReleased();
  }

  @Test
  void blocking_givenUpWhileQueued_isNotCalled() {
    Gate gate = schedulers.gate();
    CallbackThread<?> running = scheduler.spawn(Task.blockingRun(gate::pass));
    gate.awaitArrival();
    CallbackThread<?> thread =
        acquiring(
            Task.blocking(
                () -> {
                  trace.add("called");
                  return "c";
                }));
    cancel(thread);

    gate.open();
    Deadline.value(running);

    assertReleased();
  }

  @Test
  void blocking_keepsTheSchedulerFromClosing_untilItHasReturned() {
    Gate gate = schedulers.gate();
    CallbackThread<?> thread = acquiring(Task.blocking(gate.before("c")));
    gate.awaitArrival();

    scheduler.closeNow();
    assertThat(Deadline.outcome(thread)).isInstanceOf(Outcome.Cancelled.class);
    assertThat(scheduler.onClosed().toCompletableFuture()).isNotDone();
    gate.open();

    assertReleased("release c Cancelled[]");
  }

  @Test
  void afterATimeout_isReleased() {
    inVirtualTime();
    CallbackThread<?> thread =
        scheduler.spawn(using(Task.await((CompletionStage<String>) stage)).timeout(ofMillis(1)));
    assertThat(Deadline.error(thread)).isInstanceOf(TaskTimeoutException.class);

    stage.complete("c");

    assertReleased("release c Cancelled[]");
  }

  @Test
  void afterATimeoutWithinTheAcquire_isReleased_besideItsSubstitute() {
    inVirtualTime();
    Task<String> acquire =
        Task.await((CompletionStage<String>) stage)
            .timeout(ofMillis(1))
            .onErrorResume(TaskTimeoutException.class, e -> Task.value("substitute"));
    CallbackThread<?> thread = scheduler.spawn(using(acquire));
    Deadline.value(thread);

    stage.complete("c");

    assertReleased(
        "use substitute", "release substitute Completed[value=null]", "release c Cancelled[]");
  }

  @Test
  void goesThroughTheRemainingSteps() {
    Gate gate = schedulers.gate();
    CallbackThread<?> thread =
        acquiring(
            Task.blocking(gate.before("c"))
                .map(c -> c + "1")
                .flatMap(c -> Task.sleep(ofMillis(1)).then(Task.value(c + "2")))
                .named("connect")
                .mapBlocking(c -> c + "3")
                .timeout(Deadline.LIMIT)
                .doOnSuccess(c -> trace.add("got " + c))
                .onErrorResume(e -> Task.value("not this"))
                .onErrorMap(e -> e)
                .then(Task.value("c1234")));
    gate.awaitArrival();
    cancel(thread);

    gate.open();

    assertReleased("got c123", "release c1234 Cancelled[]");
  }

  @Test
  void goesThroughTheRemainingSteps_evenIfThePoolIsFull() {
    LoopScheduler two =
        schedulers.build("payments", b -> b.loops(1).elastic(e -> e.maxThreads(1).maxQueued(1)));
    CallbackThread<?> thread =
        two.spawn(using(Task.<String>async(sink::set).mapBlocking(c -> c + "1")));
    Schedulers.settle(two);
    cancel(thread);
    Gate gate = schedulers.gate();
    two.spawn(Task.blockingRun(gate::pass));
    gate.awaitArrival();
    two.spawn(Task.blockingRun(() -> {}));
    Schedulers.settle(two);

    sink.get().success("c");
    Schedulers.settle(two);
    gate.open();

    Deadline.await(two.shutdown(Deadline.LIMIT));
    assertThat(trace).containsExactly("release c1 Cancelled[]");
  }

  @Test
  void aRemainingStepThatFails_isReported() {
    cancel(
        acquiring(
            Task.<String>async(sink::set)
                .map(
                    c -> {
                      throw new IOException("late");
                    })));

    sink.get().success("c");

    schedulers.log().takeError("failed and nobody asked for its outcome");
    assertReleased();
  }

  @Test
  void aRemainingFinalizerOfTheAcquire_runsOnce() {
    cancelWithTrace(
        acquiring(
            Task.<String>async(sink::set).doFinally(o -> trace.add("finally " + o)).map(c -> c)),
        "finally Cancelled[]");

    sink.get().success("c");

    assertReleased("finally Cancelled[]", "release c Cancelled[]");
  }

  @Test
  void anAcquireWithinAnAcquire_isReleasedByItsOwn() {
    Task<String> inner =
        Task.using(
            Task.<String>async(sink::set),
            a -> Task.value("session of " + a),
            (a, o) -> note("release inner " + a));
    cancel(acquiring(inner));

    sink.get().success("c");

    assertReleased("release inner c");
  }

  @Test
  void aUseWithinAnAcquire_isReleasedNow_andItsResultLate() {
    Task<String> inner =
        Task.using(
            Task.value("c"),
            c -> Task.<String>async(sink::set),
            (c, o) -> note("release inner " + c));
    cancelWithTrace(acquiring(inner), "release inner c");

    sink.get().success("session");

    assertReleased("release inner c", "release session Cancelled[]");
  }

  @Test
  void withinAnAcquireThatCannotBeCancelled_aTimeoutOfItsOwn_releasesLate() {
    inVirtualTime();
    Task<Void> task =
        using(Task.await((CompletionStage<String>) stage).timeout(ofMillis(1))).uncancellable();
    assertThat(Deadline.error(scheduler.spawn(task))).isInstanceOf(TaskTimeoutException.class);

    stage.complete("c");

    assertReleased("release c Cancelled[]");
  }

  @Test
  void withinARelease_aTimeoutOfItsOwn_releasesLate() {
    inVirtualTime();
    Task<Void> task =
        Task.using(
            Task.value("outer"),
            a -> Task.done(),
            (a, o) ->
                using(Task.await((CompletionStage<String>) stage).timeout(ofMillis(1)))
                    .onErrorResume(TaskTimeoutException.class, e -> note("gave up")));
    Deadline.value(scheduler.spawn(task));

    stage.complete("c");

    assertReleased("gave up", "release c Cancelled[]");
  }

  @Test
  void anUncancellableAcquire_withATimeoutOfItsOwn_releasesLate() {
    inVirtualTime();
    Task<String> acquire =
        Task.await((CompletionStage<String>) stage).timeout(ofMillis(1)).uncancellable();
    assertThat(Deadline.error(scheduler.spawn(using(acquire))))
        .isInstanceOf(TaskTimeoutException.class);

    stage.complete("c");

    assertReleased("release c Cancelled[]");
  }

  @Test
  void theReleaseIsNamedAsTheAcquire() {
    AtomicReference<String> name = new AtomicReference<>();
    CallbackThread<?> thread =
        scheduler.spawn(
            Task.using(
                    Task.<String>async(sink::set),
                    a -> Task.done(),
                    (a, o) ->
                        Task.run(() -> name.set(CallbackThread.current().orElseThrow().name())))
                .named("order"));
    Schedulers.settle(scheduler);
    cancel(thread);

    sink.get().success("c");
    Deadline.await(scheduler.shutdown(Deadline.LIMIT));

    assertThat(name).hasValue("order");
  }

  @Test
  void theReleaseSeesTheContextOfItsUsing_notOfTheAcquire() {
    ContextKey<String> key = ContextKey.of("user", String.class);
    Task<String> acquire =
        Task.<String>async(sink::set)
            .with(key, "inner")
            .flatMap(c -> Task.context(key).map(user -> c + " of " + user))
            .named("acquire");
    CallbackThread<?> thread =
        scheduler.spawn(
            Task.using(
                    acquire,
                    c -> Task.done(),
                    (c, o) ->
                        Task.context(key).flatMap(user -> note("release " + c + " as " + user)))
                .with(key, "outer"));
    Schedulers.settle(scheduler);
    cancel(thread);

    sink.get().success("c");

    assertReleased("release c of outer as outer");
  }

  @Test
  void aWaitOfTheLateAcquire_thatIsGivenUpToo_isReleasedLater() {
    inVirtualTime();
    Task<String> acquire =
        Task.<String>async(sink::set)
            .flatMap(
                c ->
                    Task.await((CompletionStage<String>) stage)
                        .timeout(ofMillis(1))
                        .onErrorResume(TaskTimeoutException.class, e -> Task.value(c)));
    CallbackThread<?> thread = acquiring(acquire);
    cancel(thread);
    CallbackThread<?> keptOpen = scheduler.spawn(Task.await(publisher));

    sink.get().success("c");
    Deadline.value(scheduler.spawn(Task.sleep(ofMillis(20))));
    stage.complete("d");
    Schedulers.settle(scheduler);
    keptOpen.cancel();

    assertReleased("release c Cancelled[]", "release d Cancelled[]");
  }

  @Test
  void aWaitWithinTheReleaseOfAnInnerUse_isNotTakenForTheThing() {
    inVirtualTime();
    Task<String> acquire =
        Task.using(
            Task.value("inner"),
            inner -> Task.value("c"),
            (inner, o) ->
                Task.await((CompletionStage<String>) stage)
                    .timeout(ofMillis(1))
                    .onErrorResume(TaskTimeoutException.class, e -> Task.value("gave up")));
    Deadline.value(scheduler.spawn(using(acquire)));

    stage.complete("not a thing");

    assertReleased("use c", "release c Completed[value=null]");
  }

  @Test
  void afterTheSchedulerHasClosed_isReported() {
    cancel(acquiring(Task.<String>async(sink::set)));
    LoopScheduler other = schedulers.build("other", b -> b.loops(1));
    scheduler.closeNow();
    Deadline.await(scheduler.onClosed());

    sink.get().success("c");

    schedulers.log().takeError("release after closing");
    assertThat(trace).isEmpty();
    other.close();
  }

  private void cancelWithTrace(CallbackThread<?> thread, String... expected) {
    thread.cancel();
    assertThat(Deadline.outcome(thread)).isInstanceOf(Outcome.Cancelled.class);
    assertThat(trace).containsExactly(expected);
  }
}
