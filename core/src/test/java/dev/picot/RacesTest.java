/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static java.time.Duration.ofDays;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofNanos;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.picot.TestConnections.Connection;
import dev.picot.loop.Loop;
import dev.picot.loop.LoopFigures;
import dev.picot.stream.Mailbox;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/**
 * Several threads start things on a scheduler with little room, and cancel them at any moment; in
 * two rounds of three it is closed meanwhile. Afterwards every permit, slot of the elastic pool,
 * connection, list and timer is free again, and each callback thread has ended once. {@code
 * -Draces=1000000} runs more of them.
 */
class RacesTest {
  private static final int RACES = Integer.getInteger("races", 50_000);
  private static final int ROUNDS = 20;
  private static final int STARTERS = 4;
  private static final int EACH = Math.max(1, RACES / ROUNDS / STARTERS);

  /** So that all rounds but the tests' own are different, and each is the same every time. */
  private static final AtomicInteger SEEDS = new AtomicInteger();

  private static final LongAdder REFUSED = new LongAdder();
  private static final LongAdder COMPLETED = new LongAdder();
  private static final LongAdder FAILED = new LongAdder();
  private static final LongAdder CANCELLED = new LongAdder();
  private static final LongAdder CLOSED = new LongAdder();

  @RegisterExtension final Schedulers schedulers = new Schedulers();

  private final int seed = SEEDS.getAndIncrement();
  private final Random random = new Random(seed);
  private final int most = 1 << (4 + random.nextInt(6));
  private final int elasticThreads = 1 + random.nextInt(3);
  private final int elasticQueue = random.nextInt(64);
  private final Duration maxWait =
      List.of(Duration.ZERO, ofMillis(2), Deadline.LIMIT).get(random.nextInt(3));
  private final LoopScheduler scheduler =
      schedulers.build(
          "races",
          b ->
              b.loops(1 + random.nextInt(3))
                  .maxCallbackThreads(most)
                  .maxAdmissionWait(maxWait)
                  .elastic(e -> e.maxThreads(elasticThreads).maxQueued(elasticQueue)));

  private final AtomicInteger accepted = new AtomicInteger();
  private final AtomicInteger ended = new AtomicInteger();
  private final AtomicReference<@Nullable Throwable> wrong = new AtomicReference<>();
  private final Queue<CallbackThread<?>> victims = new ConcurrentLinkedQueue<>();
  private final Queue<AsyncSink<Integer>> sinks = new ConcurrentLinkedQueue<>();
  private final TestConnections connections = new TestConnections();
  private final AtomicInteger given = new AtomicInteger();
  private final AtomicInteger taken = new AtomicInteger();
  private final Mailbox<Integer> mailbox =
      Mailbox.<Integer>bounded(2).onUndelivered(element -> taken.incrementAndGet());

  @BeforeEach
  void keepHouse() {
    schedulers.keepHouse();
    schedulers.log().ignoreUnobserved();
  }

  @AfterAll
  static void everythingHasHappened() {
    System.out.printf(
        "%d races: %d refused, %d completed, %d failed, %d cancelled; %d rounds closed meanwhile%n",
        ROUNDS * STARTERS * EACH,
        REFUSED.sum(),
        COMPLETED.sum(),
        FAILED.sum(),
        CANCELLED.sum(),
        CLOSED.sum());
    assertThat(List.of(REFUSED, COMPLETED, FAILED, CANCELLED, CLOSED))
        .allSatisfy(count -> assertThat(count.sum()).isPositive());
  }

  @RepeatedTest(ROUNDS)
  void leaveNothingBehind() {
    List<Thread> starters = new ArrayList<>();
    for (int i = 0; i < STARTERS; i++) {
      var own = new Random(seed * STARTERS + i);
      Thread starter = new Thread(() -> start(own));
      starter.setUncaughtExceptionHandler((thread, error) -> wrong.set(error));
      starters.add(starter);
    }

    starters.forEach(Thread::start);
    starters.forEach(RacesTest::join);

    if (isClosedMeanwhile()) {
      CLOSED.increment();
    } else {
      awaitQuiet();
      assertThatAllPermitsAreThere();
      scheduler.closeNow();
    }
    Deadline.await(scheduler.onClosed());
    mailbox.closeNow();
    assertThatNothingIsLeft();
  }

  private boolean isClosedMeanwhile() {
    return seed % 3 != 0;
  }

  /** The scheduler is closed, if at all, in the last tenth. */
  private void start(Random own) {
    int closeAt = isClosedMeanwhile() ? EACH - 1 - own.nextInt(EACH / 10 + 1) : Integer.MAX_VALUE;
    for (int i = 0; i < EACH; i++) {
      if (i == closeAt) {
        if (seed % 3 == 1) {
          scheduler.closeNow();
        } else {
          scheduler.shutdown(ofMillis(own.nextInt(3)));
        }
      }
      try {
        startOne(own);
      } catch (RejectedExecutionException refused) {
        REFUSED.increment();
        LockSupport.parkNanos(1_000); // lets those end that are in its way
      }
      interfere(own);
    }
  }

  private void startOne(Random own) {
    switch (own.nextInt(8)) {
      case 0 -> subscribe(scheduler.publisher(task(own, 1)), own);
      case 1 -> subscribe(scheduler.stream(emitter -> count(emitter, own.nextInt(4))), own);
      case 2 -> scheduler.executor().execute(() -> {});
      default -> spawn(own);
    }
  }

  private void spawn(Random own) {
    CallbackThread<?> thread = scheduler.<Object>spawn(task(own, 2));
    accepted.incrementAndGet();
    thread.observe(
        new Observer() {
          @Override
          void ended() {
            note(thread);
          }
        });
    switch (own.nextInt(8)) {
      case 0 -> thread.cancel();
      case 1, 2 -> victims.add(thread);
      default -> {}
    }
  }

  private void note(CallbackThread<?> thread) {
    Outcome<?> outcome = thread.outcomeNow();
    if (outcome instanceof Outcome.Completed) {
      COMPLETED.increment();
    } else if (outcome instanceof Outcome.Failed<?> failure) {
      FAILED.increment();
      if (failure.error() instanceof Error) {
        wrong.set(failure.error());
      }
    } else {
      CANCELLED.increment();
    }
    ended.incrementAndGet();
  }

  /** Something of what others have started. */
  private void interfere(Random own) {
    CallbackThread<?> victim = own.nextInt(4) == 0 ? victims.poll() : null;
    if (victim != null) {
      victim.cancel();
    }
    AsyncSink<Integer> sink = own.nextInt(4) == 0 ? sinks.poll() : null;
    if (sink != null) {
      sink.success(1);
    }
    if (own.nextInt(64) == 0 && mailbox.offer(1)) {
      given.incrementAndGet();
    }
  }

  private static <T> void subscribe(Publisher<T> publisher, Random own) {
    int cancelAt = own.nextInt(4);
    long demand = own.nextInt(3);
    publisher.subscribe(
        new Subscriber<T>() {
          private Subscription subscription;

          // Without demand it would wait for ever.
          @Override
          public void onSubscribe(Subscription given) {
            subscription = given;
            if (demand > 0) {
              given.request(demand);
            }
            if (cancelAt == 0 || demand == 0) {
              given.cancel();
            }
          }

          @Override
          public void onNext(T value) {
            if (cancelAt == 1) {
              subscription.cancel();
            } else {
              subscription.request(1);
            }
          }

          @Override
          public void onError(Throwable error) {}

          @Override
          public void onComplete() {}
        });
  }

  private static Task<Void> count(Emitter<? super Integer> emitter, int left) {
    return left == 0
        ? Task.done()
        : emitter.emit(left).flatMap(emitted -> count(emitter, left - 1));
  }

  private Task<?> task(Random own, int depth) {
    if (depth == 0) {
      return leaf(own);
    }
    Task<?> below = task(own, depth - 1);
    return switch (own.nextInt(7)) {
      case 0 -> below.then(leaf(own));
      case 1 -> below.timeout(ofNanos(1 + own.nextInt(2_000_000)));
      case 2 -> connections.using(Task.call(connections::open), thing -> any(below), () -> {});
      case 3 -> connections.using(Task.blocking(connections::open), thing -> any(below), () -> {});
      case 4 -> connections.using(acquire(own), thing -> any(below), () -> {});
      case 5 -> Task.all(List.of(any(below), any(leaf(own))));
      default -> below;
    };
  }

  /** One that may come late. */
  private Task<Connection> acquire(Random own) {
    return Task.sleep(ofNanos(own.nextInt(500_000)))
        .then(Task.blocking(connections::open))
        .timeout(ofMillis(1));
  }

  private Task<?> leaf(Random own) {
    return switch (own.nextInt(12)) {
      case 0 -> Task.sleep(ofNanos(own.nextInt(2_000_000)));
      case 1 -> Task.sleep(ofDays(1)).timeout(ofMillis(1));
      case 2 -> Task.never().timeout(ofMillis(1));
      case 3 -> Task.blocking(() -> 1);
      case 4 -> Task.error(new IOException("on purpose"));
      case 5 -> Task.yieldNow();
      case 6 -> Task.async(sinks::add).timeout(ofMillis(2));
      case 7 -> send().timeout(ofMillis(1));
      case 8 -> receive();
      default -> Task.call(() -> 1);
    };
  }

  private Task<Void> send() {
    return Task.defer(
        () -> {
          given.incrementAndGet();
          return mailbox.send(1);
        });
  }

  private Task<?> receive() {
    return mailbox
        .receive(ofMillis(1))
        .map(received -> received.map(element -> taken.incrementAndGet()))
        .uncancellable();
  }

  private static Task<Object> any(Task<?> task) {
    return Task.narrow(task);
  }

  private void awaitQuiet() {
    Takeovers.until(
        scheduler,
        "everything has ended",
        () -> {
          Stats stats = scheduler.stats();
          return scheduler.isDrained()
              && stats.elastic().active() == 0
              && stats.elastic().queued() == 0
              && ended.get() == accepted.get();
        });
    Takeovers.until(
        scheduler,
        "its loops are empty",
        () -> scheduler.group().all().stream().allMatch(loop -> loop.tasks().isEmpty()));
  }

  /** As many as there are can be taken, and no more. */
  private void assertThatAllPermitsAreThere() {
    for (int i = 0; i < most; i++) {
      scheduler.spawn(Task.never()).observers().observed = true;
    }
    assertThat(scheduler.stats().live()).isEqualTo(most);
    assertThat(scheduler.stats().waiting()).isZero();
    if (maxWait.isZero()) {
      assertThatThrownBy(() -> scheduler.spawn(Task.done()))
          .isInstanceOf(AdmissionRefusedException.class);
    }
  }

  private void assertThatNothingIsLeft() {
    assertThat(wrong.get()).isNull();
    assertThat(ended).as("ends of callback threads").hasValue(accepted.get());
    assertThat(scheduler.isDrained()).as("permits and admissions").isTrue();
    Stats stats = scheduler.stats();
    assertThat(stats.live()).as("live").isZero();
    assertThat(stats.waiting()).as("waiting for admission").isZero();
    assertThat(stats.detached()).as("detached").isZero();
    assertThat(stats.elastic().active()).as("blocking calls").isZero();
    assertThat(stats.elastic().queued()).as("queued calls").isZero();
    assertThat(connections.idle() + connections.closed())
        .as("connections that are back")
        .isEqualTo(connections.opened());
    for (Loop loop : scheduler.group().all()) {
      LoopFigures figures = loop.figures();
      assertThat(List.of(figures.ready(), figures.waiting(), figures.timers()))
          .as("ready, waiting and timers of %s", loop)
          .containsOnly(0);
    }
    assertThat(taken.get()).as("elements received or undelivered").isLessThanOrEqualTo(given.get());
    assertThat(mailbox.toString()).contains("0 of 2");
  }

  private static void join(Thread starter) {
    try {
      starter.join(Takeovers.LONG.toMillis() * 6);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    assertThat(starter.isAlive()).as("a starter that goes on").isFalse();
  }
}
