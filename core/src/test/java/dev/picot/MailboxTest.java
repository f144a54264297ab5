/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.picot.stream.Mailbox;
import dev.picot.stream.MailboxClosedException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A mailbox: what producers give and a receiver takes. */
class MailboxTest {
  private static final int MANY = 100_000;

  @RegisterExtension final Schedulers schedulers = new Schedulers();

  private final VirtualTicker ticker = VirtualTicker.onTick();
  private final LoopScheduler scheduler = schedulers.one(ticker);
  private final List<String> undelivered = new CopyOnWriteArrayList<>();
  private final Mailbox<String> one = noting(Mailbox.bounded(1));
  private final Mailbox<String> two = noting(Mailbox.bounded(2));

  private Mailbox<String> noting(Mailbox<String> mailbox) {
    return mailbox.onUndelivered(undelivered::add);
  }

  private String received(Mailbox<String> mailbox) {
    return Deadline.value(scheduler.spawn(mailbox.receive()));
  }

  private CallbackThread<Void> sending(Mailbox<String> mailbox, String element) {
    CallbackThread<Void> thread = scheduler.spawn(mailbox.send(element));
    settle();
    return thread;
  }

  private void settle() {
    for (int i = 0; i < 3; i++) {
      Schedulers.settle(scheduler);
    }
  }

  private static void give(Mailbox<String> mailbox, String... elements) {
    for (String element : elements) {
      assertThat(mailbox.offer(element)).as(element).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, Integer.MIN_VALUE})
  void aCapacityBelowOne_isRefused(int capacity) {
    assertThatThrownBy(() -> Mailbox.bounded(capacity))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("capacity: " + capacity);
    assertThatThrownBy(() -> Mailbox.dropOldest(capacity))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("capacity: " + capacity);
  }

  @Test
  void offer_putsInAsMuchAsFits_andTellsWhetherItDid() {
    give(two, "a", "b");

    assertThat(two.offer("c")).isFalse();
    assertThat(two).hasToString("Mailbox[2 of 2]");
    assertThat(received(two)).isEqualTo("a");
    give(two, "d");
    assertThat(received(two)).isEqualTo("b");
    assertThat(received(two)).isEqualTo("d");
    assertThat(undelivered).isEmpty();
  }

  @Test
  void null_isRefusedByName() {
    assertThatThrownBy(() -> one.offer(null))
        .isInstanceOf(NullPointerException.class)
        .hasMessage("element");
    assertThatThrownBy(() -> one.send(null))
        .isInstanceOf(NullPointerException.class)
        .hasMessage("element");
    assertThatThrownBy(() -> one.forEach(null)).hasMessage("body");
    assertThatThrownBy(() -> one.receive(null)).hasMessage("limit");
    assertThatThrownBy(() -> one.asPublisher(null)).hasMessage("scheduler");
    assertThatThrownBy(() -> Mailbox.bounded(1).onUndelivered(null)).hasMessage("effect");
  }

  @Test
  void receive_waitsForAnElement() {
    CallbackThread<String> receiving = scheduler.spawn(one.receive());
    settle();
    assertThat(receiving.state()).isEqualTo(CallbackThread.State.WAITING);

    give(one, "a");

    assertThat(Deadline.value(receiving)).isEqualTo("a");
    assertThat(one).hasToString("Mailbox[0 of 1]");
  }

  @Test
  void send_waitsForRoom_andIsServedInOrder_beforeAnyOffer() {
    give(one, "a");
    CallbackThread<Void> b = sending(one, "b");
    CallbackThread<Void> c = sending(one, "c");
    assertThat(b.state()).isEqualTo(CallbackThread.State.WAITING);

    assertThat(received(one)).isEqualTo("a");

    Deadline.value(b);
    assertThat(one.offer("x")).isFalse();
    assertThat(c.state()).isEqualTo(CallbackThread.State.WAITING);
    assertThat(received(one)).isEqualTo("b");
    assertThat(received(one)).isEqualTo("c");
    Deadline.value(c);
    give(one, "d");
  }

  @Test
  void aCancelledSend_isUndelivered_andLetsTheNextOneIn() {
    give(one, "a");
    CallbackThread<Void> b = sending(one, "b");
    CallbackThread<Void> c = sending(one, "c");

    assertThat(b.cancel()).isTrue();
    assertThat(Deadline.outcome(b)).isEqualTo(new Outcome.Cancelled<>());

    assertThat(undelivered).containsExactly("b");
    assertThat(received(one)).isEqualTo("a");
    Deadline.value(c);
    assertThat(received(one)).isEqualTo("c");
    assertThat(undelivered).containsExactly("b");
  }

  @Test
  void aSendThatTimesOut_isUndelivered() {
    give(one, "a");

    CallbackThread<Void> late = scheduler.spawn(one.send("b").timeout(Duration.ofSeconds(1)));

    assertThat(Deadline.error(late)).isInstanceOf(TaskTimeoutException.class);
    assertThat(undelivered).containsExactly("b");
  }

  @Test
  void sendsThatWereCancelled_doNotPileUp() {
    give(one, "a");
    CallbackThread<Void> last = sending(one, "waits all the time");

    for (int i = 0; i < 2_000; i++) {
      CallbackThread<Void> thread = scheduler.spawn(one.send("x"));
      Schedulers.settle(scheduler);
      assertThat(thread.cancel()).isTrue();
      Deadline.outcome(thread);
    }

    assertThat(undelivered).hasSize(2_000);
    assertThat(received(one)).isEqualTo("a");
    Deadline.value(last);
    assertThat(received(one)).isEqualTo("waits all the time");
  }

  @Test
  void receiveWithALimit_givesTheElementOrEmpty() {
    CallbackThread<Optional<String>> quiet = scheduler.spawn(one.receive(Duration.ofSeconds(20)));
    assertThat(Deadline.value(quiet)).isEmpty();

    give(one, "a");
    CallbackThread<Optional<String>> there = scheduler.spawn(one.receive(Duration.ofSeconds(20)));
    assertThat(Deadline.value(there)).contains("a");
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1})
  void aLimitThatIsNotAboveZero_isRefused(long seconds) {
    assertThatThrownBy(() -> one.receive(Duration.ofSeconds(seconds)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void theTimeoutAroundAReceiveWithALimit_isNotTakenForIts() {
    CallbackThread<Optional<String>> outer =
        scheduler.spawn(one.receive(Duration.ofSeconds(20)).timeout(Duration.ofSeconds(1)));

    assertThat(Deadline.error(outer)).isInstanceOf(TaskTimeoutException.class);
    give(one, "a");
    assertThat(received(one)).isEqualTo("a");
  }

  @Test
  void aReceiveThatIsCancelledWhileItWaits_takesNothing() {
    CallbackThread<String> receiving = scheduler.spawn(one.receive());
    settle();

    assertThat(receiving.cancel()).isTrue();
    Deadline.outcome(receiving);
    give(one, "a");

    assertThat(received(one)).isEqualTo("a");
  }

  /** Between being woken and running, everything can happen to the receiver. */
  @Test
  void aReceiveThatIsCancelledAfterItWasWoken_takesNothing() {
    List<String> got = new ArrayList<>();
    CallbackThread<String> receiving = scheduler.spawn(one.receive().doOnSuccess(got::add));
    settle();

    CallbackThread<Void> both =
        scheduler.spawn(
            Task.run(
                () -> {
                  give(one, "a"); // wakes it; it cannot run before this step has ended
                  assertThat(receiving.cancel()).isTrue();
                }));
    Deadline.value(both);

    assertThat(Deadline.outcome(receiving)).isEqualTo(new Outcome.Cancelled<>());
    assertThat(got).isEmpty();
    assertThat(received(one)).isEqualTo("a");
  }

  @Test
  void aReceiveThatIsCancelledByItsOwnStepBefore_takesNothing() {
    give(one, "a");
    CallbackThread<String> receiving =
        scheduler.spawn(
            Task.run(() -> CallbackThread.current().orElseThrow().cancel())
                .then(one.receive().uncancellable())
                .uncancellable()
                .flatMap(element -> Task.value(element)));

    assertThat(Deadline.outcome(receiving)).isEqualTo(new Outcome.Cancelled<>());
    assertThat(received(one)).isEqualTo("a");
  }

  @Test
  void aReceiveThatTimesOutAfterItWasWoken_takesNothing() {
    CallbackThread<Optional<String>> receiving =
        scheduler.spawn(one.receive(Duration.ofSeconds(5)));
    settle();
    ticker.hold();

    CallbackThread<Void> both =
        scheduler.spawn(
            Task.run(
                () -> {
                  give(one, "a");
                  ticker.advance(Duration.ofSeconds(9));
                }));
    Deadline.value(both);
    ticker.release();

    String got = Deadline.value(receiving).orElseGet(() -> received(one));
    assertThat(got).isEqualTo("a");
    assertThat(undelivered).isEmpty();
  }

  @Test
  void anElementGoesThroughScopesAndBudgets_toTheStepBehind() {
    give(one, "a");

    Task<String> wrapped = one.receive();
    for (int i = 0; i < 1_000; i++) {
      wrapped = wrapped.timeout(Duration.ofHours(1)).named("n" + i).onErrorMap(e -> e);
    }

    String got = Deadline.value(scheduler.spawn(wrapped.map(element -> element + "!")));
    assertThat(got).isEqualTo("a!");
    assertThat(one).hasToString("Mailbox[0 of 1]");
  }

  @Test
  void aReceiveCancelledWhileItsElementGoesThroughManyScopes_takesNothing() {
    give(one, "a");
    Task<String> wrapped =
        Task.run(
                () -> {
                  CallbackThread<?> self = CallbackThread.current().orElseThrow();
                  var unused = scheduler.spawn(Task.call(self::cancel)); // runs after this slice
                })
            .then(one.receive());
    for (int i = 0; i < 1_000; i++) { // more steps than one slice has
      wrapped = wrapped.named("n" + i);
    }
    List<String> got = new ArrayList<>();

    CallbackThread<String> receiving = scheduler.spawn(wrapped.doOnSuccess(got::add));

    assertThat(Deadline.outcome(receiving)).isEqualTo(new Outcome.Cancelled<>());
    assertThat(got).isEmpty();
    assertThat(received(one)).isEqualTo("a");
  }

  @Test
  void anElementThatIsTheOutcome_isReceived() {
    give(two, "a", "b");

    assertThat(Deadline.value(scheduler.spawn(two.receive()))).isEqualTo("a");
    give(two, "c");
    assertThat(Deadline.value(scheduler.spawn(two.receive().then(two.receive())))).isEqualTo("c");
  }

  @Test
  void aReceiveWithinAnAcquire_isReleasedIfItWasTaken_andElseNotTaken() {
    List<String> released = new ArrayList<>();
    CallbackThread<String> receiving =
        scheduler.spawn(
            Task.using(
                one.receive(),
                element -> Task.<String>never(),
                (element, outcome) -> Task.run(() -> released.add(element))));
    settle();
    assertThat(receiving.cancel()).isTrue();
    Deadline.outcome(receiving);

    give(one, "a");
    settle();

    assertThat(released).isEmpty();
    CallbackThread<String> using =
        scheduler.spawn(
            Task.using(
                one.receive(),
                element -> Task.<String>never(),
                (element, outcome) -> Task.run(() -> released.add(element))));
    settle();
    assertThat(using.cancel()).isTrue();
    Deadline.outcome(using);
    assertThat(released).containsExactly("a");
  }

  @Test
  void aSecondReceiver_fails_andTheFirstGoesOn() {
    CallbackThread<String> first = scheduler.spawn(one.receive());
    settle();

    CallbackThread<String> second = scheduler.spawn(one.receive());

    assertThat(Deadline.error(second))
        .isInstanceOf(IllegalStateException.class)
        .isNotInstanceOf(MailboxClosedException.class)
        .hasMessageContaining("one at a time");
    give(one, "a");
    assertThat(Deadline.value(first)).isEqualTo("a");
    give(one, "b");
    assertThat(received(one)).isEqualTo("b");
  }

  @Test
  void dropOldest_dropsTheOldest() {
    Mailbox<String> last = noting(Mailbox.dropOldest(2));
    give(last, "a", "b", "c");
    Deadline.value(sending(last, "d"));

    assertThat(undelivered).containsExactly("a", "b");
    assertThat(last).hasToString("Mailbox[2 of 2]");
    assertThat(received(last)).isEqualTo("c");
    assertThat(received(last)).isEqualTo("d");
  }

  @Test
  void latest_keepsTheLatest_alsoForAReceiverThatWasWokenForAnother() {
    Mailbox<String> latest = noting(Mailbox.latest());
    CallbackThread<String> receiving = scheduler.spawn(latest.receive());
    settle();

    CallbackThread<Void> giving = scheduler.spawn(Task.run(() -> give(latest, "a", "b")));

    Deadline.value(giving);
    assertThat(Deadline.value(receiving)).isEqualTo("b");
    assertThat(undelivered).containsExactly("a");
  }

  @Test
  void close_refusesWhatComes_turnsAwayWhoWaits_andGivesWhatIsInside() {
    give(one, "a");
    CallbackThread<Void> waiting = sending(one, "b");

    one.close();
    one.close();

    assertThat(Deadline.error(waiting))
        .isInstanceOf(MailboxClosedException.class)
        .hasMessageContaining("send");
    assertThat(one.offer("c")).isFalse();
    assertThat(Deadline.error(scheduler.spawn(one.send("d"))))
        .isInstanceOf(MailboxClosedException.class);
    assertThat(undelivered).containsExactly("b", "d");
    assertThat(one).hasToString("Mailbox[1 of 1, closed]");
    assertThat(received(one)).isEqualTo("a");
    assertThat(Deadline.error(scheduler.spawn(one.receive())))
        .isInstanceOf(MailboxClosedException.class)
        .hasMessageContaining("receive")
        .hasNoCause();
    assertThat(Deadline.error(scheduler.spawn(one.receive(Duration.ofSeconds(1)))))
        .isInstanceOf(MailboxClosedException.class);
  }

  @Test
  void close_failsTheReceiverThatWaits() {
    CallbackThread<String> receiving = scheduler.spawn(one.receive());
    settle();

    one.close();

    assertThat(Deadline.error(receiving)).isInstanceOf(MailboxClosedException.class);
  }

  @Test
  void closeNow_reportsWhatIsInside() {
    give(two, "a", "b");
    two.close();
    assertThat(undelivered).isEmpty();

    two.closeNow();
    two.closeNow();

    assertThat(undelivered).containsExactly("a", "b");
    assertThat(Deadline.error(scheduler.spawn(two.receive())))
        .isInstanceOf(MailboxClosedException.class);
  }

  @Test
  void closeNow_afterTheReceiverWasWoken_failsIt() {
    CallbackThread<String> receiving = scheduler.spawn(one.receive().map(got -> got + "!"));
    CallbackThread<Void> looping = scheduler.spawn(two.forEach(element -> Task.done()));
    settle();

    CallbackThread<Void> both =
        scheduler.spawn(
            Task.run(
                () -> {
                  give(one, "a");
                  one.closeNow();
                  give(two, "b");
                  two.closeNow();
                }));

    Deadline.value(both);
    assertThat(Deadline.error(receiving)).isInstanceOf(MailboxClosedException.class);
    Deadline.value(looping);
    assertThat(undelivered).containsExactly("a", "b");
  }

  @Test
  void forEach_takesOneAfterTheOther_andCompletesWhenClosed() {
    List<String> got = new ArrayList<>();
    CallbackThread<Void> looping =
        scheduler.spawn(
            two.forEach(
                element -> Task.sleep(Duration.ofSeconds(1)).map(slept -> got.add(element))));
    give(two, "a", "b");
    two.close();

    Deadline.value(looping);

    assertThat(got).containsExactly("a", "b");
  }

  @Test
  void forEach_failsAsItsBody_andLeavesTheMailboxOpen() {
    IOException failure = new IOException("disk full");
    give(two, "a", "b");

    assertThat(Deadline.error(scheduler.spawn(two.forEach(element -> Task.error(failure)))))
        .isSameAs(failure);
    assertThat(Deadline.error(scheduler.spawn(two.forEach(element -> null))))
        .isInstanceOf(NullPointerException.class)
        .hasMessageContaining("Task.done()");
    give(two, "c");
    assertThat(received(two)).isEqualTo("c");
  }

  @Test
  void forEach_isStackSafe() {
    Mailbox<String> large = Mailbox.bounded(MANY);
    for (int i = 0; i < MANY; i++) {
      give(large, "x");
    }
    large.close();
    AtomicInteger got = new AtomicInteger();

    Deadline.value(scheduler.spawn(large.forEach(element -> Task.call(got::incrementAndGet))));

    assertThat(got).hasValue(MANY);
  }

  @Test
  void whatOnUndeliveredThrows_isLogged_andHarmsNobody() {
    Mailbox<String> latest =
        Mailbox.<String>latest()
            .onUndelivered(
                element -> {
                  throw new IOException("no place for " + element);
                });
    give(latest, "a", "b");

    assertThat(schedulers.log().takeError("onUndelivered").error()).hasMessage("no place for a");
    assertThat(received(latest)).isEqualTo("b");
  }

  @Test
  void onUndelivered_isSaidOnce() {
    assertThatThrownBy(() -> one.onUndelivered(element -> {}))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aTaskOfAMailbox_isReusable() {
    Task<Void> send = two.send("a");
    Task<String> receive = two.receive();

    CallbackThread<String> both =
        scheduler.spawn(send.then(send).then(receive).flatMap(a -> receive.map(b -> a + b)));

    assertThat(Deadline.value(both)).isEqualTo("aa");
  }
}
