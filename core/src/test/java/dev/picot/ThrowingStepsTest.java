/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever a user's function throws, wherever, is the outcome, and the loop goes on. */
class ThrowingStepsTest {
  @RegisterExtension final Schedulers schedulers = new Schedulers();

  private final LoopScheduler scheduler = schedulers.one();

  /** Not an exception, not an error. */
  private static final class Odd extends Throwable {
    private static final long serialVersionUID = 1L;
  }

  private record Place(String name, Function<Callable<?>, Task<?>> task) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static Stream<Throwable> throwables() {
    return Stream.of(
        new IllegalStateException("unchecked"),
        new IOException("checked"),
        new InterruptedException("interrupted"),
        new StackOverflowError("thrown"),
        new NoClassDefFoundError("linkage"),
        new OutOfMemoryError("thrown by the user"),
        new AssertionError("assertion"),
        new Odd());
  }

  private static List<Place> places() {
    return List.of(
        new Place("call", f -> Task.call(f)),
        new Place("run", f -> Task.run(f::call)),
        new Place("defer", f -> Task.defer(() -> Task.value(f.call()))),
        new Place("blocking", f -> Task.blocking(f)),
        new Place("blockingRun", f -> Task.blockingRun(f::call)),
        new Place("await", f -> Task.await((org.reactivestreams.Publisher<Object>) s -> call(f))),
        new Place("async", f -> Task.async(sink -> f.call())),
        new Place("map", f -> Task.value(1).map(n -> f.call())),
        new Place("flatMap", f -> Task.value(1).flatMap(n -> Task.value(f.call()))),
        new Place("mapBlocking", f -> Task.value(1).mapBlocking(n -> f.call())),
        new Place("doOnSuccess", f -> Task.value(1).doOnSuccess(n -> f.call())),
        new Place(
            "onErrorResume",
            f -> Task.error(new IOException()).onErrorResume(e -> Task.value(f.call()))),
        new Place(
            "onErrorMap",
            f -> Task.error(new IOException()).onErrorMap(e -> new Error(f.call().toString()))),
        new Place("doFinally", f -> Task.value(1).doFinally(o -> f.call())),
        new Place(
            "acquire", f -> Task.using(Task.call(f), a -> Task.done(), (a, o) -> Task.done())),
        new Place(
            "use",
            f -> Task.using(Task.value(1), a -> Task.value(f.call()), (a, o) -> Task.done())),
        new Place(
            "release",
            f -> Task.using(Task.value(1), a -> Task.done(), (a, o) -> Task.value(f.call()))));
  }

  private static Stream<Arguments> everywhere() {
    return places().stream()
        .flatMap(place -> throwables().map(thrown -> Arguments.of(place, thrown)));
  }

  @ParameterizedTest
  @MethodSource("everywhere")
  void isTheOutcome(Place place, Throwable thrown) {
    Task<?> task = place.task().apply(() -> sneak(thrown));

    assertThat(Deadline.error(scheduler.<Object>spawn(task))).isSameAs(thrown);
    assertThat(Deadline.value(scheduler.spawn(Task.call(LoopScheduler::current))))
        .contains(scheduler);
  }

  @Test
  void aRealStackOverflowIsTheOutcome() {
    assertThat(Deadline.error(scheduler.spawn(Task.call(() -> dive(0)))))
        .isInstanceOf(StackOverflowError.class);
    assertThat(Deadline.value(scheduler.spawn(Task.value("next")))).isEqualTo("next");
  }

  @Test
  void anInterruptLeftByAStep_reachesNobodyElse() {
    Deadline.value(scheduler.spawn(Task.run(() -> Thread.currentThread().interrupt())));

    assertThat(
            Deadline.value(
                scheduler.spawn(Task.call(() -> Thread.currentThread().isInterrupted()))))
        .isFalse();
  }

  @Test
  void anInterruptLeftByABlockingCall_reachesNobodyElse() {
    Deadline.value(scheduler.spawn(Task.blockingRun(() -> Thread.currentThread().interrupt())));

    assertThat(
            Deadline.value(
                scheduler.spawn(Task.blocking(() -> Thread.currentThread().isInterrupted()))))
        .isFalse();
  }

  private static int dive(int depth) {
    return depth < 0 ? 0 : dive(depth + 1) + 1;
  }

  private static Object call(Callable<?> function) {
    try {
      return function.call();
    } catch (Exception e) {
      return sneak(e);
    }
  }

  private static Object sneak(Throwable thrown) {
    return ThrowingStepsTest.<RuntimeException>sneakAs(thrown);
  }

  @SuppressWarnings("unchecked") // the compiler believes it
  private static <E extends Throwable> Object sneakAs(Throwable thrown) throws E {
    throw (E) thrown;
  }
}
