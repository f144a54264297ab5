/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static java.time.Duration.ofMillis;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What null, nothing, too much and unasked failures mean. */
class MeaningsTest {
  @RegisterExtension final Schedulers schedulers = new Schedulers();

  private final LoopScheduler scheduler = schedulers.one();
  private final ManualPublisher<String> publisher = new ManualPublisher<>();
  private final IOException failure = new IOException("disk full");

  private Throwable error(Task<?> task) {
    return Deadline.error(scheduler.<Object>spawn(task));
  }

  @Test
  void null_ofACallbackThread_isItsValue() {
    CallbackThread<String> thread = scheduler.spawn(Task.value(null));

    assertThat(Deadline.outcome(thread)).isEqualTo(new Outcome.Completed<String>(null));
  }

  @Test
  void null_seenAsPublisher_isEmptyCompletion() {
    CallbackThread<String> thread = scheduler.spawn(Task.value(null));
    var hot = new TestSubscriber<String>();
    var cold = new TestSubscriber<String>();

    thread.subscribe(hot);
    scheduler.<String>publisher(Task.value(null)).subscribe(cold);

    assertThat(hot.end()).containsExactly("complete");
    assertThat(cold.end()).containsExactly("complete");
  }

  @Test
  void null_seenAsFuture_isNull() {
    CallbackThread<String> thread = scheduler.spawn(Task.value(null));

    assertThat(Deadline.get(thread.toFuture())).isNull();
  }

  @Test
  void awaitOfNothing_namesWhatToUse() {
    assertThat(error(Task.await(Publishers.of())))
        .isInstanceOf(NoSuchElementException.class)
        .hasMessageStartingWith("await got no value from dev.picot.Publishers (expected: one).")
        .hasMessageContaining("awaitOptional")
        .hasMessageContaining("awaitDone");
  }

  @Test
  void await_isFinishedOnCompletion_notOnTheValue() {
    CallbackThread<String> thread = scheduler.spawn(Task.await(publisher));
    publisher.next("a");
    Schedulers.settle(scheduler);
    assertThat(thread.state()).isEqualTo(CallbackThread.State.WAITING);

    publisher.complete();

    assertThat(Deadline.value(thread)).isEqualTo("a");
  }

  @Test
  void await_neverCancelsAfterTheFirstValue() {
    CallbackThread<String> thread = scheduler.spawn(Task.await(publisher));

    publisher.next("a");
    publisher.complete();
    Deadline.value(thread);

    assertThat(publisher.cancels).hasValue(0);
    assertThat(publisher.requests).containsExactly(Long.MAX_VALUE);
  }

  @Test
  void aSecondValue_failsAndCancels_andNamesWhatToUse() {
    CallbackThread<String> thread = scheduler.spawn(Task.await(publisher));

    publisher.next("a");
    publisher.next("b");

    assertThat(Deadline.error(thread))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("await got a second value from dev.picot.ManualPublisher")
        .hasMessageContaining("awaitFirst")
        .hasMessageContaining("forEach");
    assertThat(publisher.cancels).hasValue(1);
  }

  @Test
  void aTaskAsValue_asksForFlatMap() {
    Task<Task<Integer>> mistake = Task.value(1).map(n -> Task.value(n + 1));

    assertThat(error(mistake.named("order")))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "callback thread 'order' completed with a Task, which nobody will run;"
                + " did you mean flatMap?");
  }

  @Test
  void aTaskAsValue_withinTheTask_isAValue() {
    Task<Integer> task = Task.value(1).map(n -> Task.value(n + 1)).flatMap(inner -> inner);

    assertThat(Deadline.value(scheduler.spawn(task))).isEqualTo(2);
  }

  @Test
  void aFailureThatNobodyAskedFor_isReportedOnce() {
    scheduler.<Void>spawn(Task.error(failure)).state();

    assertThat(
            schedulers
                .log()
                .takeError("of scheduler 'checkout' failed and nobody asked for its outcome")
                .error())
        .isSameAs(failure);
    scheduler.close();
    assertThat(schedulers.log().errors()).isEmpty();
  }

  @Test
  void aFailureThatNobodyAskedFor_isReportedByName_onTheAuxThread() {
    CallbackThread<?> unused = scheduler.spawn("order", Task.error(failure));

    LogCapture.Entry entry = schedulers.log().takeError("Callback thread 'order'");

    assertThat(entry.thread()).isEqualTo("picot-log");
  }

  @Test
  void aFailureThatSomebodyAskedFor_isNotReported() throws Exception {
    LoopScheduler keepsHouse = schedulers.build("other", b -> b.loops(1));
    CallbackThread<Void> subscribed = open();
    CallbackThread<Void> joined = open();
    CallbackThread<Void> asFuture = open();
    CallbackThread<Void> blocked = scheduler.spawn(Task.error(failure));
    CallbackThread<Void> looked = scheduler.spawn(Task.error(failure));
    assertThatThrownBy(() -> blocked.block(Deadline.LIMIT)).isInstanceOf(CompletionException.class);
    Schedulers.settle(scheduler);
    assertThat(looked.outcome()).isPresent();
    subscribed.subscribe(new TestSubscriber<>());
    assertThat(asFuture.toFuture()).isNotNull();
    CallbackThread<Void> joining = scheduler.spawn(joined.join().onErrorResume(e -> Task.done()));
    CallbackThread<Void> witness =
        scheduler.spawn(Task.sleep(ofMillis(20)).then(Task.error(failure)));

    Deadline.value(joining);
    Deadline.await(scheduler.shutdown(Deadline.LIMIT));

    schedulers.log().takeError("Callback thread '" + witness.name() + "'");
    keepsHouse.close();
    assertThat(schedulers.log().errors()).isEmpty();
  }

  /** Fails soon, but not at once. */
  private CallbackThread<Void> open() {
    return scheduler.spawn(Task.sleep(ofMillis(10)).then(Task.error(failure)));
  }

  @Test
  void aFailureThatSomebodyAsksForSoonAfterwards_isNotReported() {
    Task<Optional<Outcome<Void>>> asking =
        Task.call(() -> scheduler.<Void>spawn(Task.error(failure)))
            .flatMap(
                child -> Task.yieldNow().then(Task.yieldNow()).then(Task.call(child::outcome)));

    assertThat(Deadline.value(scheduler.spawn(asking)))
        .isEqualTo(Optional.of(new Outcome.Failed<>(failure)));

    scheduler.close();
    assertThat(schedulers.log().errors()).isEmpty();
  }

  @Test
  void aCancellationThatNobodyAskedFor_isNotReported() {
    CallbackThread<?> thread = scheduler.spawn(Task.never());
    thread.cancel();

    scheduler.close();

    assertThat(schedulers.log().errors()).isEmpty();
  }

  @Test
  void theOutcome_isThereBeforeAnybodyIsTold() {
    var told = new CountDownLatch(1);
    CallbackThread<String> thread = scheduler.spawn(Task.sleep(ofMillis(5)).then(Task.value("a")));
    Optional<?>[] seen = new Optional<?>[1];
    CompletableFuture<Void> dependent =
        thread
            .toFuture()
            .thenRun(
                () -> {
                  seen[0] = thread.outcome();
                  told.countDown();
                });

    Deadline.await(told);
    Deadline.get(dependent);

    assertThat(seen[0]).isEqualTo(Optional.of(new Outcome.Completed<>("a")));
  }
}
