/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Any depth and any number of iterations. */
class StackSafetyTest {
  private static final int MANY = 1_000_000;

  @RegisterExtension final Schedulers schedulers = new Schedulers();

  private final LoopScheduler scheduler = schedulers.one();

  private Object value(Task<?> task) {
    return Deadline.value(scheduler.<Object>spawn(task));
  }

  @Test
  void aMillionMaps() {
    Task<Integer> task = Task.value(0);
    for (int i = 0; i < MANY; i++) {
      task = task.map(n -> n + 1);
    }

    assertThat(value(task)).isEqualTo(MANY);
  }

  @Test
  void aMillionFlatMaps_nestedToTheLeft() {
    Task<Integer> task = Task.value(0);
    for (int i = 0; i < MANY; i++) {
      task = task.flatMap(n -> Task.value(n + 1));
    }

    assertThat(value(task)).isEqualTo(MANY);
  }

  @Test
  void aMillionFlatMaps_nestedToTheRight() {
    assertThat(value(countTo(MANY, 0))).isEqualTo(MANY);
  }

  @Test
  void aMillionThens_nestedToTheRight() {
    var ran = new AtomicLong();
    Task<Void> step = Task.run(ran::incrementAndGet);
    Task<Void> task = step;
    for (int i = 1; i < MANY; i++) {
      task = step.then(task);
    }

    value(task);

    assertThat(ran).hasValue(MANY);
  }

  /** Ten million tasks at once would be the test's own memory; built as they run they are not. */
  @Test
  void tenMillionFlatMaps_builtWhileTheyRun() {
    assertThat(value(countTo(10 * MANY, 0))).isEqualTo(10 * MANY);
    assertThat(value(lastOf(10 * MANY))).isEqualTo(10 * MANY);
  }

  /** Nested to the left in blocks of a thousand, each of which goes on with the next one. */
  private static Task<Integer> lastOf(int end) {
    return Task.iterate(
        0,
        begin -> {
          Task<Integer> block = Task.value(begin);
          for (int i = 0; i < 1_000; i++) {
            block = block.flatMap(n -> Task.value(n + 1));
          }
          return block.map(n -> n < end ? Next.again(n) : Next.done(n));
        });
  }

  @Test
  void aMillionDefers() {
    assertThat(value(deferred(MANY))).isNull();
  }

  @Test
  void aHundredThousandFramesOfEachOtherKind() {
    var finalizers = new AtomicLong();
    Task<Integer> task = Task.error(new IllegalStateException("x"));
    for (int i = 0; i < 100_000; i++) {
      task =
          task.named("n")
              .doFinally(outcome -> finalizers.incrementAndGet())
              .uncancellable()
              .onErrorMap(e -> e)
              .doOnSuccess(n -> {})
              .onErrorResume(IllegalArgumentException.class, e -> Task.value(1));
    }

    assertThat(Deadline.error(scheduler.spawn(task))).hasMessage("x");
    assertThat(finalizers).hasValue(100_000);
  }

  @Test
  void aHundredThousandNestedUsings_cancelled() {
    var released = new AtomicLong();
    Task<Object> task = Task.never();
    for (int i = 0; i < 100_000; i++) {
      Task<Object> inner = task;
      task =
          Task.using(
              Task.value(i),
              acquired -> inner,
              (acquired, outcome) -> Task.run(released::incrementAndGet));
    }
    CallbackThread<?> thread = scheduler.spawn(task);
    settle(thread);

    thread.cancel();

    assertThat(Deadline.outcome(thread)).isInstanceOf(Outcome.Cancelled.class);
    assertThat(released).hasValue(100_000);
  }

  @Test
  void aLoopThatWaitsEachTime_leavesNothingBehind() {
    long before = usedBytesAfter(10_000);

    long after = usedBytesAfter(2 * MANY);

    assertThat(after - before).isLessThan(8L << 20);
  }

  @ParameterizedTest
  @MethodSource("loops")
  void manyIterations_takeNoMoreMemoryThanFew(Function<Long, Task<?>> loop) {
    long before = usedBytesAtTheEndOf(loop.apply(10_000L));

    long after = usedBytesAtTheEndOf(loop.apply(10L * MANY));

    assertThat(after - before).isLessThan(4L << 20);
  }

  static Stream<Arguments> loops() {
    return Stream.of(
        loop("loop", StackSafetyTest::endless),
        loop(
            "whileLoop",
            n -> {
              var left = new AtomicLong(n);
              return Task.whileLoop(() -> left.getAndDecrement() > 0, Task::done);
            }),
        loop(
            "doWhile",
            n -> {
              var left = new AtomicLong(n);
              return Task.doWhile(Task::done, () -> left.decrementAndGet() > 0);
            }),
        loop("forLoop", n -> Task.forLoop(0, (int) (long) n, i -> Task.done())),
        loop(
            "iterate",
            n ->
                Task.iterate(
                    0L, i -> Task.value(i < n ? Next.again(i + 1) : Next.<Long, Object>done(i)))),
        loop(
            "forEach",
            n -> Task.forEach(Publishers.counting((int) (long) n), 64, i -> Task.done())),
        loop(
            "retry",
            n -> {
              var error = new IllegalStateException("x");
              return Task.error(error)
                  .retry(Backoff.fixed(Duration.ZERO).maxAttempts((int) (n / 8)))
                  .onErrorResume(e -> Task.done());
            }));
  }

  private static Arguments loop(String name, Function<Long, Task<?>> loop) {
    return Arguments.of(Named.of(name, loop));
  }

  /** Ends by an error, as it may. */
  private static Task<?> endless(long iterations) {
    var left = new AtomicLong(iterations);
    return Task.loop(
            () ->
                left.getAndDecrement() > 0
                    ? Task.done()
                    : Task.error(new IllegalStateException("end")))
        .onErrorResume(e -> Task.done());
  }

  /** Bytes in use when a loop has ended, as its callback thread stands at the next step. */
  private long usedBytesAtTheEndOf(Task<?> loop) {
    Gate gate = schedulers.gate();
    CallbackThread<?> thread = scheduler.spawn(loop.then(Task.run(gate::pass)));
    gate.awaitArrival();
    System.gc();
    long used = Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    gate.open();
    Deadline.value(thread);
    return used;
  }

  /** Bytes in use while a loop stands at its last iteration. */
  private long usedBytesAfter(int iterations) {
    Gate gate = schedulers.gate();
    CallbackThread<?> thread = scheduler.spawn(iterate(iterations, gate));
    gate.awaitArrival();
    System.gc();
    long used = Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    gate.open();
    Deadline.value(thread);
    return used;
  }

  private static Task<Void> iterate(int left, Gate gate) {
    return left == 0
        ? Task.run(gate::pass)
        : Task.yieldNow()
            .then(Task.value(left).map(n -> n - 1).onErrorResume(e -> Task.value(0)))
            .flatMap(next -> iterate(next, gate));
  }

  /** Waits until it has come to its innermost wait, which takes it many slices. */
  private void settle(CallbackThread<?> thread) {
    for (int i = 0; i < 100_000 && thread.state() != CallbackThread.State.WAITING; i++) {
      Schedulers.settle(scheduler);
    }
    assertThat(thread.state()).isEqualTo(CallbackThread.State.WAITING);
  }

  private static Task<Integer> countTo(int end, int at) {
    return at == end ? Task.value(at) : Task.value(at).flatMap(n -> countTo(end, n + 1));
  }

  private static Task<Void> deferred(int left) {
    return left == 0 ? Task.done() : Task.defer(() -> deferred(left - 1));
  }
}
