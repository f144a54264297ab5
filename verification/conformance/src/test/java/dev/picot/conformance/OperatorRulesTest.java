/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.conformance;

import static dev.picot.conformance.Trait.END;
import static dev.picot.conformance.Trait.OWN_THREADS;
import static dev.picot.conformance.Trait.SERIAL_WORKERS;
import static dev.picot.conformance.Trait.TIME;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.DisplayName;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

@DisplayName("Operators")
class OperatorRulesTest {
  private static final Duration SOON = Duration.ofMillis(5);

  @Rule(value = "publishOn keeps the order.", needs = SERIAL_WORKERS)
  void publishOnKeepsTheOrder(Trial trial) throws Exception {
    trial.answers(
        true,
        () ->
            Flux.range(0, 100_000)
                .publishOn(trial.scheduler())
                .scan(-1, (last, item) -> item == last + 1 ? item : Integer.MIN_VALUE)
                .last()
                .map(last -> last == 99_999)
                .block(Patience.LIMIT));
  }

  @Rule(value = "subscribeOn subscribes on a thread of the scheduler.", needs = OWN_THREADS)
  void subscribeOnSubscribesElsewhere(Trial trial) throws Exception {
    Thread caller = Thread.currentThread();

    trial.answers(
        true,
        () ->
            Mono.fromCallable(Thread::currentThread)
                .subscribeOn(trial.scheduler())
                .map(thread -> thread != caller)
                .block(Patience.LIMIT));
  }

  @Rule("flatMap with subscribeOn loses nothing and doubles nothing.")
  void flatMapLosesNothing(Trial trial) throws Exception {
    trial.answers(
        500_500,
        () ->
            Flux.range(1, 1_000)
                .flatMap(number -> Mono.just(number).subscribeOn(trial.scheduler()), 32)
                .reduce(0, Integer::sum)
                .block(Patience.LIMIT));
  }

  @Rule("groupBy with publishOn keeps the order of each group.")
  void groupByKeepsTheOrderOfEachGroup(Trial trial) throws Exception {
    List<Integer> evens = new ArrayList<>();
    for (int i = 0; i < 1_000; i += 2) {
      evens.add(i);
    }

    trial.answers(
        evens,
        () ->
            Flux.range(0, 1_000)
                .groupBy(number -> number % 2)
                .flatMap(group -> group.publishOn(trial.scheduler()).collectList())
                .filter(numbers -> numbers.contains(0))
                .single()
                .block(Patience.LIMIT));
  }

  @Rule(value = "parallel and runOn lose nothing.", needs = OWN_THREADS)
  void parallelLosesNothing(Trial trial) throws Exception {
    trial.answers(
        1_000L,
        () ->
            Flux.range(0, 1_000)
                .parallel(2)
                .runOn(trial.scheduler())
                .sequential()
                .count()
                .block(Patience.LIMIT));
  }

  @Rule(value = "delayElements, interval, timeout and buffers in time work.", needs = TIME)
  void timedOperatorsWork(Trial trial) throws Exception {
    Scheduler scheduler = trial.scheduler();

    trial.answers(
        List.of("delayed 3", "interval 4", "timed out", "buffered 10"),
        () -> {
          List<String> answers = new ArrayList<>();
          answers.add(
              Flux.range(1, 3)
                  .delayElements(SOON, scheduler)
                  .last()
                  .map(last -> "delayed " + last)
                  .block(Patience.LIMIT));
          answers.add(
              Flux.interval(SOON, scheduler)
                  .onBackpressureBuffer()
                  .take(5)
                  .last()
                  .map(last -> "interval " + last)
                  .block(Patience.LIMIT));
          answers.add(
              Mono.<String>never()
                  .timeout(SOON, scheduler)
                  .onErrorReturn(TimeoutException.class, "timed out")
                  .block(Patience.LIMIT));
          answers.add(
              Flux.range(1, 10)
                  .concatWith(Flux.never())
                  .bufferTimeout(100, Duration.ofMillis(20), scheduler)
                  .scan(0, (sum, buffer) -> sum + buffer.size())
                  .filter(sum -> sum == 10)
                  .next()
                  .map(sum -> "buffered " + sum)
                  .block(Patience.LIMIT));
          return answers;
        });
  }

  @Rule(
      value = "Cancelling an interval ends it.",
      needs = {OWN_THREADS, TIME})
  void cancellingAnIntervalEndsIt(Trial trial) throws Exception {
    AtomicInteger ticks = new AtomicInteger();

    trial.answers(
        "ended",
        () -> {
          Flux.interval(Duration.ofMillis(1), trial.scheduler())
              .doOnNext(tick -> ticks.incrementAndGet())
              .take(3)
              .blockLast(Patience.LIMIT);
          return Patience.comesTrue(() -> ticks.get() > 3, Duration.ofMillis(20))
              ? "goes on"
              : "ended";
        });
  }

  @Rule(
      value = "An operator turns the refusal of a disposed scheduler into an error of the stream.",
      needs = {OWN_THREADS, TIME, END})
  void refusalIsAnErrorOfTheStream(Trial trial) throws Exception {
    Scheduler scheduler = trial.scheduler();
    List<Function<Mono<Integer>, Mono<?>>> operators =
        List.of(
            source -> source.publishOn(scheduler),
            source -> source.subscribeOn(scheduler),
            source -> source.delayElement(SOON, scheduler),
            source -> Mono.delay(SOON, scheduler),
            source -> Flux.interval(SOON, scheduler).next());

    trial.answers(
        List.of("refused", "refused", "refused", "refused", "refused"),
        () -> {
          scheduler.dispose();
          List<String> answers = new ArrayList<>();
          for (var operator : operators) {
            answers.add(
                operator
                    .apply(Mono.just(1))
                    .map(value -> "accepted")
                    .onErrorReturn(RejectedExecutionException.class, "refused")
                    .block(Patience.LIMIT));
          }
          return answers;
        });
  }

  @Rule(
      value = "Schedulers.single(scheduler) keeps to one Worker, and its order.",
      needs = SERIAL_WORKERS)
  void singleKeepsToOneWorker(Trial trial) throws Exception {
    List<Integer> order = new ArrayList<>();
    List<Integer> expected = List.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
    CountDownLatch ran = new CountDownLatch(10);
    Scheduler single = Schedulers.single(trial.scheduler());
    trial.afterwards(single::dispose);

    trial.answers(
        expected,
        () -> {
          for (int i = 0; i < 10; i++) {
            int number = i;
            single.schedule(
                () -> {
                  order.add(number);
                  ran.countDown();
                });
          }
          Patience.await(ran);
          return order;
        });
  }
}
