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
import java.util.concurrent.CancellationException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One child: what it does beside its parent, and how its life ends with the parent's. */
class TaskForkTest {
  @RegisterExtension final Schedulers schedulers = new Schedulers();

  private final VirtualTicker ticker = VirtualTicker.onTick();
  private final LoopScheduler scheduler = schedulers.one(ticker);
  private final List<String> trace = new CopyOnWriteArrayList<>();
  private final IOException failure = new IOException("disk full");

  private Task<Void> note(String what) {
    return Task.run(() -> trace.add(what + " at " + millis()));
  }

  private long millis() {
    return ticker.now().toMillis() - 5;
  }

  /** Lives for ever; when it is cancelled, its end takes 10 ms. */
  private Task<Void> slowToEnd(String name) {
    return Task.using(
        Task.done(),
        none -> Task.<Void>never(),
        (none, outcome) ->
            note(name + " ends " + outcome)
                .then(Task.sleep(ofMillis(10)))
                .then(note(name + " ended")));
  }

  private <T> CallbackThread<T> spawn(Task<T> task) {
    return scheduler.spawn(task.doFinally(outcome -> trace.add("body ended at " + millis())));
  }

  @Test
  void runsBesideItsParent() {
    Task<Void> parent =
        Task.fork(Task.sleep(ofMillis(20)).then(note("child")))
            .flatMap(child -> Task.sleep(ofMillis(10)).then(note("parent")).then(child.join()));

    Deadline.value(scheduler.spawn(parent));

    assertThat(trace).containsExactly("parent at 10", "child at 20");
  }

  @Test
  void join_givesItsValue() {
    Task<String> parent = Task.fork(Task.value("a")).flatMap(CallbackThread::join);

    assertThat(Deadline.value(scheduler.spawn(parent))).isEqualTo("a");
  }

  @Test
  void join_failsAsItDid() {
    Task<String> parent = Task.fork(Task.<String>error(failure)).flatMap(CallbackThread::join);

    assertThat(Deadline.error(scheduler.spawn(parent))).isSameAs(failure);
  }

  @Test
  void cancel_ofTheChild_failsTheJoinOnly() {
    Task<String> parent =
        Task.fork(Task.<String>never())
            .flatMap(
                child ->
                    Task.run(child::cancel)
                        .then(child.join())
                        .onErrorResume(
                            CancellationException.class, e -> Task.value("was cancelled")));

    assertThat(Deadline.value(scheduler.spawn(parent))).isEqualTo("was cancelled");
  }

  @Test
  void aFailureThatNobodyAsksFor_isReported_andTheParentGoesOn() {
    schedulers.keepHouse();
    Task<String> parent =
        Task.fork(Task.error(failure).named("child"))
            .then(Task.sleep(ofMillis(1)))
            .then(Task.value("a"));

    assertThat(Deadline.value(scheduler.spawn(parent))).isEqualTo("a");

    Deadline.await(scheduler.shutdown(Deadline.LIMIT));
    schedulers.log().takeError("Callback thread 'child'");
  }

  @Test
  void aBodyThatCompletes_cancelsItsChildren_andEndsAfterThem() {
    CallbackThread<String> parent =
        spawn(
            Task.fork(slowToEnd("one"))
                .then(Task.fork(slowToEnd("two")))
                .then(Task.sleep(ofMillis(5)))
                .then(Task.value("a")));

    assertThat(Deadline.value(parent)).isEqualTo("a");

    assertThat(millis()).isEqualTo(15);
    assertThat(trace)
        .containsExactlyInAnyOrder(
            "body ended at 5",
            "one ends Cancelled[] at 5",
            "two ends Cancelled[] at 5",
            "one ended at 15",
            "two ended at 15");
  }

  @Test
  void aBodyThatFails_cancelsItsChildren_andEndsAfterThem() {
    CallbackThread<String> parent =
        spawn(
            Task.fork(slowToEnd("one"))
                .then(Task.sleep(ofMillis(5)))
                .then(Task.<String>error(failure)));

    assertThat(Deadline.error(parent)).isSameAs(failure);

    assertThat(trace)
        .containsExactly("body ended at 5", "one ends Cancelled[] at 5", "one ended at 15");
  }

  @Test
  void aBodyThatIsCancelled_cancelsItsChildren_andEndsAfterThem() {
    ticker.hold();
    AtomicReference<CallbackThread<?>> self = new AtomicReference<>();
    CallbackThread<Void> parent =
        spawn(
            Task.fork(slowToEnd("one"))
                .then(Task.fork(Task.sleep(ofMillis(5)).map(d -> self.get().cancel())))
                .then(Task.<Void>never()));
    self.set(parent);
    Schedulers.settle(scheduler);
    ticker.release();

    assertThat(Deadline.outcome(parent)).isEqualTo(new Outcome.Cancelled<>());

    assertThat(trace)
        .containsExactly("body ended at 5", "one ends Cancelled[] at 5", "one ended at 15");
  }

  @Test
  void cancel_whileTheParentWaitsForItsChildren_doesNotShortenTheirEnd() {
    ticker.hold();
    CallbackThread<String> parent =
        spawn(Task.fork(slowToEnd("one")).then(Task.sleep(ofMillis(5))).then(Task.value("a")));
    CallbackThread<Boolean> other =
        scheduler.spawn(Task.sleep(ofMillis(8)).map(done -> parent.cancel()));
    Schedulers.settle(scheduler);
    ticker.release();

    assertThat(Deadline.outcome(parent)).isEqualTo(new Outcome.Cancelled<>());

    assertThat(Deadline.value(other)).isTrue();
    assertThat(trace).last().isEqualTo("one ended at 15");
  }

  @Test
  void timeoutOfThePartThatForked_leavesTheChildToTheBody() {
    Task<Void> parent =
        Task.fork(Task.sleep(ofMillis(20)).then(note("child")))
            .then(Task.<Void>never())
            .timeout(ofMillis(10))
            .onErrorResume(e -> note("timed out"))
            .then(Task.sleep(ofMillis(30)));

    Deadline.value(scheduler.spawn(parent));

    assertThat(trace).containsExactly("timed out at 10", "child at 20");
  }

  @Test
  void inherits_theContext_butNoName() {
    ContextKey<String> user = ContextKey.of("user", String.class);
    Task<String> child =
        Task.context(user)
            .map(name -> name + " in " + CallbackThread.current().orElseThrow().name());
    CallbackThread<String> parent =
        scheduler.spawn(
            Task.fork(child).flatMap(CallbackThread::join).with(user, "ada").named("parent"));

    assertThat(Deadline.value(parent)).startsWith("ada in checkout#");
  }

  @Test
  void aName_isTheChildsOwn() {
    Task<String> parent =
        Task.fork(Task.never().named("price")).map(CallbackThread::name).named("order");

    assertThat(Deadline.value(scheduler.spawn(parent))).isEqualTo("price");
  }

  @Test
  void withinAnUncancellablePart_theChildCanStillBeCancelled() {
    Task<String> parent =
        Task.fork(Task.<Void>never())
            .flatMap(child -> Task.run(child::cancel).then(child.join()))
            .onErrorResume(e -> Task.done())
            .uncancellable()
            .then(Task.value("a"));

    assertThat(Deadline.value(scheduler.spawn(parent))).isEqualTo("a");
  }

  @Test
  void withinAnAcquire_theChildIsCancelledAtTheEndOfTheBody_notAtTheRelease() {
    Task<Void> parent =
        Task.using(
                Task.fork(slowToEnd("one")),
                child -> note("use"),
                (child, outcome) -> note("release of " + child.state()))
            .then(Task.sleep(ofMillis(1)));

    Deadline.value(spawn(parent));

    assertThat(trace)
        .containsExactly(
            "use at 0",
            "release of ACTIVE at 0",
            "body ended at 1",
            "one ends Cancelled[] at 1",
            "one ended at 11");
  }

  @Test
  void withinARelease_theChildIsNotRefusedAboveTheLimit() {
    LoopScheduler small = schedulers.build("small", b -> b.loops(1).maxCallbackThreads(1));
    Task<String> release = Task.fork(Task.value("freed")).flatMap(CallbackThread::join);
    Task<Void> parent =
        Task.using(
            Task.done(), none -> Task.done(), (none, outcome) -> release.doOnSuccess(trace::add));

    Deadline.value(small.spawn(parent));

    assertThat(trace).containsExactly("freed");
  }

  @Test
  void aboveTheLimit_isRefusedAtOnce_andTheParentMayGoOn() {
    LoopScheduler small = schedulers.build("small", b -> b.loops(1).maxCallbackThreads(2));
    Task<String> parent =
        Task.fork(Task.never())
            .then(Task.fork(Task.never()))
            .map(child -> "not refused")
            .onErrorResume(
                AdmissionRefusedException.class,
                e -> Task.value(e.live() + " of " + e.maxCallbackThreads()));

    assertThat(Deadline.value(small.spawn(parent))).isEqualTo("2 of 2");
    assertThat(small.stats().refused()).isEqualTo(1);
  }

  @Test
  void joinOfAnAncestor_failsAtOnce() {
    Task<Object> grandchild =
        Task.defer(() -> parentOf(parentOf(CallbackThread.current().orElseThrow())).join());
    Task<Object> parent =
        Task.fork(Task.fork(grandchild).flatMap(CallbackThread::join))
            .flatMap(CallbackThread::join);

    assertThat(Deadline.error(scheduler.spawn(parent.named("ancestor"))))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("'ancestor'")
        .hasMessageContaining("wait for ever");
  }

  @SuppressWarnings("unchecked") // whatever it gives
  private static CallbackThread<Object> parentOf(CallbackThread<?> child) {
    CallbackThreadCore parent = child.parent();
    assertThat(parent).isNotNull();
    return (CallbackThread<Object>) parent;
  }

  @Test
  void aChildThatHasEnded_isNobodysChild() {
    Task<CallbackThread<String>> parent =
        Task.fork(Task.value("a")).flatMap(child -> child.join().map(value -> child));

    assertThat(Deadline.value(scheduler.spawn(parent)).parent()).isNull();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 31, 32, 33, 1_000})
  void childrenOfAnyNumber_endBeforeTheirParent(int children) {
    Task<Void> forks = Task.done();
    for (int i = 0; i < children; i++) {
      forks = forks.then(Task.fork(slowToEnd("child"))).then(Task.fork(Task.done())).then();
    }

    Deadline.value(spawn(forks.then(Task.sleep(ofMillis(1)))));

    assertThat(trace).filteredOn(line -> line.equals("child ended at 11")).hasSize(children);
    assertThat(scheduler.stats().live()).isZero();
  }

  @Test
  void theDump_showsTheParent() {
    CallbackThread<?> parent =
        scheduler.spawn(Task.fork(Task.never().named("child")).then(Task.<Void>never()));
    Schedulers.settle(scheduler);
    Schedulers.settle(scheduler);

    CallbackThreadInfo child =
        scheduler.inspect().callbackThreads().stream()
            .filter(info -> info.name().equals("child"))
            .findFirst()
            .orElseThrow();

    assertThat(child.parent()).isEqualTo(parent.id());
    assertThat(scheduler.inspect().dump())
        .containsPattern("'child' WAITING on checkout-1, age \\d+ ms, child of #" + parent.id());
    assertThat(scheduler.inspect().dumpJson())
        .contains("\"parent\":" + parent.id())
        .contains("\"parent\":0");
    parent.cancel();
    Deadline.outcome(parent);
  }

  @Test
  void aDumpOfAParentThatEnds_saysWhatItWaitsFor() {
    ticker.hold();
    CallbackThread<?> parent =
        scheduler.spawn(
            Task.fork(slowToEnd("one").named("one")).then(Task.yieldNow()).then(Task.yieldNow()));
    for (int i = 0; i < 10; i++) {
      Schedulers.settle(scheduler);
    }

    assertThat(scheduler.inspect().dump()).contains("waits for the end of child 'one'");
    ticker.release();
    Deadline.value(parent);
  }
}
