/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofNanos;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Several threads start, cancel, complete and join callback threads that wait, hop, time out and
 * hold things: each of them ends, and each thing is released once.
 */
class ChaosTest {
  private static final int STARTERS = 4;
  private static final int THREADS_EACH = 2_500;

  @RegisterExtension final Schedulers schedulers = new Schedulers();

  private final LoopScheduler scheduler =
      schedulers.build("chaos", b -> b.loops(3).elastic(e -> e.maxThreads(4).maxQueued(100_000)));
  private final Queue<CallbackThread<?>> threads = new ConcurrentLinkedQueue<>();
  private final Queue<CompletableFuture<Outcome<?>>> outcomes = new ConcurrentLinkedQueue<>();
  private final Queue<AsyncSink<Integer>> sinks = new ConcurrentLinkedQueue<>();
  private final AtomicInteger held = new AtomicInteger();
  private final Queue<Part> parts = new ConcurrentLinkedQueue<>();

  /** A part with a finalizer. */
  private static final class Part {
    final AtomicInteger begun = new AtomicInteger();
    final AtomicInteger finalized = new AtomicInteger();
  }

  @BeforeEach
  void keepHouse() {
    schedulers.keepHouse();
    schedulers.log().ignoreUnobserved();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void everythingEnds_andNothingIsLeft(long seed) {
    List<Thread> starters = new ArrayList<>();
    for (int i = 0; i < STARTERS; i++) {
      var random = new Random(seed * STARTERS + i);
      starters.add(new Thread(() -> start(random)));
    }

    starters.forEach(Thread::start);
    starters.forEach(Deadline::join);
    for (AsyncSink<Integer> sink = sinks.poll(); sink != null; sink = sinks.poll()) {
      complete(sink);
    }
    threads.stream().skip(THREADS_EACH).forEach(CallbackThread::cancel);
    outcomes.forEach(Deadline::get);
    Deadline.await(scheduler.shutdown(Deadline.LIMIT));

    assertThat(outcomes).hasSize(STARTERS * THREADS_EACH);
    assertThat(held).hasValue(0);
    assertThat(parts)
        .isNotEmpty()
        .allSatisfy(part -> assertThat(part.finalized.get()).isBetween(part.begun.get(), 1));
    Stats stats = scheduler.stats();
    assertThat(stats.live()).isZero();
    assertThat(stats.completed() + stats.failed() + stats.cancelled())
        .isGreaterThanOrEqualTo(STARTERS * THREADS_EACH);
  }

  private void start(Random random) {
    for (int i = 0; i < THREADS_EACH; i++) {
      CallbackThread<?> thread = scheduler.<Object>spawn(task(random, 3));
      threads.add(thread);
      outcomes.add(outcomeOf(thread));
      if (random.nextInt(3) == 0) {
        CallbackThread<?> victim = threads.peek();
        if (victim != null && random.nextBoolean()) {
          threads.remove(victim);
          victim.cancel();
        } else {
          thread.cancel();
        }
      }
      AsyncSink<Integer> sink = random.nextBoolean() ? sinks.poll() : null;
      if (sink != null) {
        complete(sink);
      }
    }
  }

  private static CompletableFuture<Outcome<?>> outcomeOf(CallbackThread<?> thread) {
    return thread.toFuture().handle((value, error) -> thread.outcomeNow());
  }

  /** What is given in vain is released by the one who gave it. */
  private void complete(AsyncSink<Integer> sink) {
    held.incrementAndGet();
    if (!sink.success(1)) {
      held.decrementAndGet();
    }
  }

  private Task<?> task(Random random, int depth) {
    if (depth == 0) {
      return leaf(random);
    }
    Task<?> below = task(random, depth - 1);
    return switch (random.nextInt(8)) {
      case 0 -> below.then(task(random, depth - 1));
      case 1 -> finallyCounted(below);
      case 2 -> below.timeout(ofMillis(1 + random.nextInt(5)));
      case 3 -> timed(below).uncancellable();
      case 4 -> recovered(below).named("recovered");
      case 5 ->
          Task.using(
              acquire(random), thing -> below, (thing, outcome) -> release(random.nextBoolean()));
      case 6 ->
          Task.using(
              Task.<Integer>async(sinks::add).timeout(ofMillis(20)),
              thing -> below,
              (thing, outcome) -> release(random.nextBoolean()));
      default -> below;
    };
  }

  private Task<?> leaf(Random random) {
    return switch (random.nextInt(9)) {
      case 0 -> Task.sleep(ofNanos(random.nextInt(3_000_000)));
      case 1 -> Task.yieldNow();
      case 2 -> Task.blocking(() -> 1);
      case 3 -> Task.error(new IOException("x"));
      case 4 -> Task.never().timeout(ofMillis(1));
      case 5 -> Task.await((CompletionStage<Integer>) CompletableFuture.completedFuture(1));
      case 6 -> Task.await(Publishers.of("a"));
      case 7 -> joinSomebody();
      default -> Task.call(() -> 1);
    };
  }

  private Task<?> joinSomebody() {
    return Task.defer(
        () -> {
          CallbackThread<?> other = threads.peek();
          return other == null || CallbackThread.current().orElseThrow() == other
              ? Task.done()
              : other.join().then().timeout(ofMillis(3));
        });
  }

  private Task<Integer> acquire(Random random) {
    boolean blocking = random.nextBoolean();
    return blocking
        ? Task.blocking(held::incrementAndGet)
        : Task.call(held::incrementAndGet).map(n -> n + 1).flatMap(Task::value);
  }

  private Task<Void> release(boolean hops) {
    Task<Void> release = Task.run(held::decrementAndGet);
    return hops ? Task.yieldNow().then(Task.blocking(() -> 1)).then(release) : release;
  }

  private Task<?> finallyCounted(Task<?> below) {
    return Task.defer(
        () -> {
          var part = new Part();
          parts.add(part);
          return Task.run(part.begun::incrementAndGet)
              .then(Task.<Object>narrow(below))
              .doFinally(outcome -> part.finalized.incrementAndGet());
        });
  }

  /** So that what cannot be cancelled ends by itself. */
  private static Task<?> timed(Task<?> below) {
    return recovered(below.timeout(ofMillis(5)));
  }

  private static Task<?> recovered(Task<?> below) {
    return Task.<Object>narrow(below).onErrorResume(e -> Task.value(0));
  }
}
