/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.stream.Mailbox;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Many elements, several producers, receivers that come and go: nothing is lost or doubled. */
class MailboxStormTest {
  private static final int OFFERING = 2;
  private static final int SENDING = 2;
  private static final int PRODUCERS = OFFERING + SENDING;
  private static final int EACH = 60_000;
  private static final int ELEMENTS = PRODUCERS * EACH + 1;
  private static final Duration SHORT = Duration.ofMillis(1);

  @RegisterExtension final Schedulers schedulers = new Schedulers();

  private final LoopScheduler scheduler = schedulers.build("storm", b -> b.loops(2));
  private final Mailbox<Integer> mailbox =
      Mailbox.<Integer>bounded(32).onUndelivered(this::undelivered);

  /** Whether the mailbox was given it: a send may be cancelled before it begins. */
  private final AtomicIntegerArray given = new AtomicIntegerArray(ELEMENTS);

  private final AtomicIntegerArray received = new AtomicIntegerArray(ELEMENTS);
  private final AtomicIntegerArray undelivered = new AtomicIntegerArray(ELEMENTS);

  /** The last element received of each producer. Written by the receivers, one after the other. */
  private final int[] last = new int[PRODUCERS];

  private final AtomicInteger outOfOrder = new AtomicInteger();

  private void undelivered(int element) {
    undelivered.incrementAndGet(element);
  }

  private boolean received(int element) {
    received.incrementAndGet(element);
    int producer = element / EACH;
    if (element < last[producer]) {
      outOfOrder.incrementAndGet();
    }
    last[producer] = element;
    return true;
  }

  @Test
  void eachElementIsReceivedOrUndeliveredOnce() {
    List<Thread> offering = new ArrayList<>();
    List<CallbackThread<Void>> sending = new ArrayList<>();
    for (int producer = 0; producer < OFFERING; producer++) {
      offering.add(offering(producer * EACH));
    }
    offering.forEach(Thread::start);
    Takeovers.until(scheduler, "it is full", () -> mailbox.toString().contains("32 of 32"));
    sendInVain(ELEMENTS - 1);
    for (int producer = OFFERING; producer < PRODUCERS; producer++) {
      sending.add(scheduler.spawn(sending(producer * EACH, (producer + 1) * EACH)));
    }
    var produced = new AtomicBoolean();
    Thread receiving = new Thread(() -> receiveUntil(produced));
    receiving.start();
    offering.forEach(MailboxStormTest::join);
    sending.forEach(MailboxStormTest::await);
    produced.set(true);
    join(receiving);
    mailbox.close();
    await(scheduler.spawn(mailbox.forEach(element -> Task.call(() -> received(element)))));

    for (int element = 0; element < ELEMENTS; element++) {
      assertThat(received.get(element) + undelivered.get(element))
          .as("element %d: received or undelivered", element)
          .isEqualTo(given.get(element));
    }
    assertThat(outOfOrder).hasValue(0);
  }

  /** To a full mailbox, so that one element at least is undelivered. */
  private void sendInVain(int element) {
    CallbackThread<Void> thread = scheduler.spawn(send(element));
    Takeovers.until(scheduler, "it waits", () -> thread.state() == CallbackThread.State.WAITING);
    assertThat(thread.cancel()).isTrue();
    await(thread);
    assertThat(undelivered.get(element)).isEqualTo(1);
  }

  private Thread offering(int from) {
    return new Thread(
        () -> {
          for (int element = from; element < from + EACH; ) {
            if (mailbox.offer(element)) {
              given.set(element++, 1);
            } else {
              Thread.onSpinWait();
            }
          }
        });
  }

  /** Some of them in a hurry, some cancelled at once. */
  private Task<Void> sending(int element, int end) {
    if (element == end) {
      return Task.done();
    }
    Task<Void> send =
        switch (element % 50) {
          case 7 -> send(element).timeout(SHORT).onErrorResume(late -> Task.done());
          case 13 -> cancelled(send(element));
          default -> send(element);
        };
    return send.flatMap(sent -> sending(element + 1, end));
  }

  /** As an acquire, so that between the two steps nothing is heeded. */
  private Task<Void> send(int element) {
    return Task.using(
        Task.run(() -> given.set(element, 1)).then(mailbox.send(element)),
        sent -> Task.done(),
        (sent, outcome) -> Task.done());
  }

  private Task<Void> cancelled(Task<Void> send) {
    return Task.defer(
        () -> {
          CallbackThread<Void> thread = scheduler.spawn(send);
          boolean unused = thread.cancel();
          return thread.join().onErrorResume(cancelled -> Task.done());
        });
  }

  private void receiveUntil(AtomicBoolean produced) {
    Random random = new Random(42);
    while (!produced.get()) {
      CallbackThread<Void> receiver = scheduler.spawn(receiving(1 + random.nextInt(500)));
      if (random.nextInt(3) > 0) {
        Takeovers.rest(random.nextInt(200_000));
        boolean unused = receiver.cancel();
      }
      await(receiver);
    }
  }

  private Task<Void> receiving(int times) {
    if (times == 0) {
      return Task.done();
    }
    return times % 3 == 0
        ? mailbox
            .receive(SHORT)
            .map(element -> element.map(this::received))
            .flatMap(got -> receiving(times - 1))
        : mailbox
            .receive()
            .timeout(SHORT)
            .map(this::received)
            .onErrorResume(TaskTimeoutException.class, late -> Task.value(false))
            .flatMap(got -> receiving(times - 1));
  }

  private static void await(CallbackThread<?> thread) {
    try {
      thread.toFuture().handle((value, error) -> true).get(60, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new AssertionError(thread + " still lives", e);
    }
    assertThat(Deadline.outcome(thread)).isNotInstanceOf(Outcome.Failed.class);
  }

  private static void join(Thread thread) {
    try {
      thread.join(60_000);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    assertThat(thread.isAlive()).isFalse();
  }
}
