/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static java.time.Duration.ZERO;
import static java.time.Duration.ofDays;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.internal.Nanos;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Trying again: when, how often, after which errors, and what is left of the earlier ones. */
class TaskRetryTest {
  @RegisterExtension final Schedulers schedulers = new Schedulers();

  private final VirtualTicker ticker = VirtualTicker.onTick();
  private final LoopScheduler scheduler = schedulers.one(ticker);
  private final Duration began = ticker.now();
  private final List<Long> attempts = new ArrayList<>();
  private final List<String> events = new ArrayList<>();

  private Object value(Task<?> task) {
    return Deadline.value(scheduler.<Object>spawn(task));
  }

  private Throwable error(Task<?> task) {
    return Deadline.error(scheduler.<Object>spawn(task));
  }

  /** Fails with "attempt n", and gives "value" from attempt {@code successful} on. */
  private Task<String> failingUntil(int successful) {
    return Task.call(
        () -> {
          attempts.add(ticker.now().minus(began).toMillis());
          if (attempts.size() < successful) {
            throw new IOException("attempt " + attempts.size());
          }
          return "value";
        });
  }

  private Task<String> failing() {
    return failingUntil(Integer.MAX_VALUE);
  }

  @Test
  void success_isNotRetried() {
    assertThat(value(failingUntil(1).retry(Backoff.fixed(ofMillis(10))))).isEqualTo("value");
    assertThat(attempts).containsExactly(0L);
  }

  @Test
  void fixed_pausesTheSameEachTime() {
    assertThat(value(failingUntil(4).retry(Backoff.fixed(ofMillis(10))))).isEqualTo("value");
    assertThat(attempts).containsExactly(0L, 10L, 20L, 30L);
  }

  @Test
  void fixed_withoutPause_letsOthersRun() {
    Task<?> other = Task.run(() -> events.add("other after " + attempts.size()));
    CallbackThread<?> thread =
        scheduler.spawn(
            Task.call(() -> scheduler.<Object>spawn(other))
                .then(failingUntil(1_000).retry(Backoff.fixed(ZERO))));

    assertThat(Deadline.value(thread)).isEqualTo("value");
    assertThat(events).hasSize(1).doesNotContain("other after 1000");
  }

  @Test
  void exponential_doublesUpToTheLongest() {
    value(failingUntil(6).retry(Backoff.exponential(ofMillis(10), ofMillis(50)).jitter(0)));

    assertThat(attempts).containsExactly(0L, 10L, 30L, 70L, 120L, 170L);
  }

  @Test
  void exponential_hasFullJitter() {
    double[] random = {0, 0.25, 0.75, 0.9999};
    var next = new AtomicInteger();

    value(
        failingUntil(5)
            .retry(
                Backoff.exponential(ofMillis(100), ofSeconds(1))
                    .random(() -> random[next.getAndIncrement()])));

    assertThat(attempts).containsExactly(0L, 100L, 250L, 350L, 351L);
  }

  @Test
  void jitter_shortensByAtMostItsPart() {
    var numbers = new Random(1);
    Backoff backoff = Backoff.fixed(ofSeconds(1)).jitter(0.5).random(numbers::nextDouble);

    List<Duration> pauses = IntStream.rangeClosed(1, 1_000).mapToObj(backoff::pause).toList();

    assertThat(pauses).allMatch(p -> p.compareTo(ofMillis(500)) >= 0);
    assertThat(pauses).allMatch(p -> p.compareTo(ofSeconds(1)) <= 0);
    assertThat(pauses).anyMatch(p -> p.compareTo(ofMillis(510)) < 0);
    assertThat(pauses).anyMatch(p -> p.compareTo(ofMillis(990)) > 0);
  }

  @Test
  void jitter_byDefault_isRandom() {
    Backoff backoff = Backoff.exponential(ofDays(1), ofDays(1));

    assertThat(IntStream.rangeClosed(1, 10).mapToObj(backoff::pause).distinct().count())
        .isEqualTo(10);
  }

  @Test
  void pauses_doNotOverflow() {
    Backoff longest = Backoff.exponential(ofMillis(1), ofSeconds(Long.MAX_VALUE)).jitter(0);
    Duration forever = Duration.ofNanos(Nanos.FOREVER);

    assertThat(longest.pause(43)).isEqualTo(ofMillis(1L << 42));
    assertThat(longest.pause(44)).isEqualTo(forever);
    assertThat(longest.pause(64)).isEqualTo(forever);
    assertThat(longest.pause(Long.MAX_VALUE)).isEqualTo(forever);
    assertThat(longest.jitter(1).random(() -> Math.nextDown(1.0)).pause(99)).isPositive();
    assertThat(Backoff.fixed(ZERO).pause(Long.MAX_VALUE)).isEqualTo(ZERO);
    assertThat(Backoff.fixed(ofSeconds(Long.MAX_VALUE)).pause(1)).isEqualTo(forever);
  }

  @Test
  void maxAttempts_failsWithTheLastError_andSuppressesTheEarlierOnes() {
    Throwable error = error(failing().retry(Backoff.fixed(ofMillis(10)).maxAttempts(3)));

    assertThat(error).isInstanceOf(IOException.class).hasMessage("attempt 3");
    assertThat(error.getSuppressed())
        .extracting(Throwable::getMessage)
        .containsExactly("attempt 1", "attempt 2");
    assertThat(attempts).containsExactly(0L, 10L, 20L);
  }

  @Test
  void maxAttempts_ofOne_doesNotRetry() {
    assertThat(error(failing().retry(Backoff.fixed(ofMillis(10)).maxAttempts(1))))
        .hasMessage("attempt 1")
        .hasNoSuppressedExceptions();
  }

  @Test
  void manyAttempts_keepTheLatestErrorsOnly() {
    Throwable error = error(failing().retry(Backoff.fixed(ofMillis(1)).maxAttempts(1_000)));

    assertThat(error).hasMessage("attempt 1000");
    assertThat(error.getSuppressed())
        .extracting(Throwable::getMessage)
        .containsExactly(
            "attempt 992",
            "attempt 993",
            "attempt 994",
            "attempt 995",
            "attempt 996",
            "attempt 997",
            "attempt 998",
            "attempt 999");
  }

  @Test
  void oneErrorForAllAttempts_isNotAddedToItself() {
    var only = new IOException("always the same");

    assertThat(error(Task.error(only).retry(Backoff.fixed(ZERO).maxAttempts(3))))
        .isSameAs(only)
        .hasNoSuppressedExceptions();
  }

  @Test
  void errorsThatAreSharedByManyRuns_doNotGrow() {
    var one = new IOException("one");
    var other = new IOException("other");
    var n = new AtomicInteger();
    Task<Object> alternating =
        Task.defer(() -> Task.error(n.getAndIncrement() % 2 == 0 ? one : other));

    for (int i = 0; i < 20; i++) {
      error(alternating.retry(Backoff.fixed(ZERO).maxAttempts(4)));
    }

    assertThat(other.getSuppressed()).containsExactly(one);
    assertThat(one).hasNoSuppressedExceptions();
  }

  @Test
  void on_retriesErrorsOfTheTypeOnly() {
    Backoff backoff = Backoff.fixed(ofMillis(10)).on(IOException.class);

    assertThat(value(failingUntil(3).retry(backoff))).isEqualTo("value");
    assertThat(error(Task.error(new IllegalStateException("other")).retry(backoff)))
        .hasMessage("other");
  }

  @Test
  void anErrorThatIsNotRetried_hasTheEarlierOnesSuppressed() {
    var n = new AtomicInteger();
    Task<Object> task =
        Task.defer(
            () ->
                Task.error(
                    n.getAndIncrement() == 0
                        ? new IOException("first")
                        : new IllegalStateException("second")));

    Throwable error = error(task.retry(Backoff.fixed(ZERO).on(IOException.class)));

    assertThat(error).hasMessage("second");
    assertThat(error.getSuppressed()).extracting(Throwable::getMessage).containsExactly("first");
  }

  @Test
  void byDefault_exceptionsAreRetried_andErrorsAreNot() {
    var runs = new AtomicInteger();
    Task<Object> task =
        Task.call(
            () -> {
              if (runs.incrementAndGet() == 1) {
                throw new UncheckedIOException(new IOException());
              }
              throw new StackOverflowError();
            });

    assertThat(error(task.retry(Backoff.fixed(ZERO)))).isInstanceOf(StackOverflowError.class);
    assertThat(runs).hasValue(2);
  }

  @Test
  void aCancellationException_isNotRetried() {
    var runs = new AtomicInteger();
    CallbackThread<Object> cancelled = scheduler.spawn(Task.never());
    cancelled.cancel();

    assertThat(
            error(
                Task.run(runs::incrementAndGet)
                    .then(cancelled.join())
                    .retry(Backoff.fixed(ZERO).on(Throwable.class))))
        .isInstanceOf(CancellationException.class);
    assertThat(runs).hasValue(1);
  }

  @Test
  void cancel_duringAnAttempt_endsIt() {
    CallbackThread<Object> thread =
        scheduler.spawn(
            Task.run(() -> attempts.add(0L)).then(Task.never()).retry(Backoff.fixed(ZERO)));
    Schedulers.settle(scheduler);

    thread.cancel();

    assertThat(Deadline.outcome(thread)).isInstanceOf(Outcome.Cancelled.class);
    assertThat(attempts).hasSize(1);
  }

  @Test
  void cancel_duringAPause_endsIt() {
    ticker.hold();
    CallbackThread<String> thread = scheduler.spawn(failing().retry(Backoff.fixed(ofSeconds(1))));
    Schedulers.settle(scheduler);

    thread.cancel();

    assertThat(Deadline.outcome(thread)).isInstanceOf(Outcome.Cancelled.class);
    assertThat(attempts).hasSize(1);
    ticker.release();
  }

  @Test
  void aTimeoutAround_endsAPause() {
    assertThat(
            error(
                failing()
                    .retry(Backoff.fixed(ofMillis(40)))
                    .timeout(ofMillis(100))
                    .doFinally(o -> events.add("at " + ticker.now().minus(began).toMillis()))))
        .isInstanceOf(TaskTimeoutException.class);
    assertThat(attempts).containsExactly(0L, 40L, 80L);
    assertThat(events).containsExactly("at 100");
  }

  @Test
  void aTimeoutWithin_isRetried() {
    assertThat(
            error(
                Task.never()
                    .doFinally(o -> attempts.add(ticker.now().minus(began).toMillis()))
                    .timeout(ofMillis(5))
                    .retry(Backoff.fixed(ofMillis(10)).maxAttempts(2))))
        .isInstanceOf(TaskTimeoutException.class);
    assertThat(attempts).containsExactly(5L, 20L);
  }

  @Test
  void using_releasesBeforeEachPause() {
    Task<Object> task =
        Task.using(
            Task.run(() -> events.add("acquire")),
            acquired -> Task.error(new IOException()),
            (acquired, outcome) ->
                Task.run(() -> events.add("release at " + ticker.now().minus(began).toMillis())));

    error(task.retry(Backoff.fixed(ofMillis(10)).maxAttempts(2)));

    assertThat(events).containsExactly("acquire", "release at 0", "acquire", "release at 10");
  }

  @Test
  void resetAfter_beginsAnewAfterAHealthyTime() {
    Task<String> lasting =
        failing()
            .onErrorResume(
                e -> Task.sleep(ofMillis(attempts.size() == 3 ? 500 : 1)).then(Task.error(e)));

    Throwable error =
        error(
            lasting.retry(
                Backoff.exponential(ofMillis(10), ofSeconds(10))
                    .jitter(0)
                    .maxAttempts(4)
                    .resetAfter(ofMillis(500))));

    assertThat(attempts).containsExactly(0L, 11L, 32L, 542L, 563L, 604L);
    assertThat(error).hasMessage("attempt 6");
    assertThat(error.getSuppressed())
        .extracting(Throwable::getMessage)
        .containsExactly("attempt 3", "attempt 4", "attempt 5");
  }

  @Test
  void aTaskWithRetry_isReusable() {
    Task<String> task = failing().retry(Backoff.fixed(ZERO).maxAttempts(2));

    assertThat(error(task)).hasMessage("attempt 2");
    assertThat(error(task)).hasMessage("attempt 4");
  }

  @Test
  void aRetryInAProtectedPart_goesOnAfterACancellation() {
    CallbackThread<String> thread =
        scheduler.spawn(failingUntil(3).retry(Backoff.fixed(ofMillis(10))).uncancellable());
    thread.cancel();

    Deadline.outcome(thread);

    assertThat(attempts.size()).isIn(0, 3);
  }
}
