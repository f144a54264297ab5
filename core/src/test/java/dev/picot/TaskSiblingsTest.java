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
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Children that are waited for together: all, zip, first, firstSuccess. */
class TaskSiblingsTest {
  @RegisterExtension final Schedulers schedulers = new Schedulers();

  private final VirtualTicker ticker = VirtualTicker.onTick();
  private final LoopScheduler scheduler = schedulers.one(ticker);
  private final List<String> trace = new CopyOnWriteArrayList<>();
  private final IOException failure = new IOException("disk full");

  private long millis() {
    return ticker.now().toMillis() - 5;
  }

  private Task<Void> note(String what) {
    return Task.run(() -> trace.add(what + " at " + millis()));
  }

  private static <T> Task<T> after(int millis, Task<T> task) {
    return Task.sleep(ofMillis(millis)).then(task);
  }

  /** Lives for ever; when it is cancelled, its end takes 10 ms. */
  private Task<String> slowToEnd(String name) {
    return Task.using(
        Task.done(),
        none -> Task.<String>never(),
        (none, outcome) -> Task.sleep(ofMillis(10)).then(note(name + " ended")));
  }

  private <T> CallbackThread<T> spawn(Task<T> task) {
    return scheduler.spawn(task);
  }

  private <T> T value(Task<T> task) {
    return Deadline.value(spawn(task));
  }

  private Throwable error(Task<?> task) {
    return Deadline.error(scheduler.<Object>spawn(task));
  }

  /** Each of the operators, of given tasks. */
  interface Together {
    Task<?> of(Iterable<? extends Task<? extends String>> tasks);
  }

  static Stream<Together> together() {
    return Stream.of(Task::all, Task::first, Task::firstSuccess);
  }

  @Test
  void all_givesTheValuesInTheOrderOfTheTasks_whenTheLastIsThere() {
    Task<List<String>> all =
        Task.all(List.of(after(30, Task.value("a")), Task.value("b"), after(10, Task.value("c"))));

    assertThat(value(all)).containsExactly("a", "b", "c");
    assertThat(millis()).isEqualTo(30);
  }

  @Test
  void all_ofNone_isAnEmptyListAtOnce() {
    assertThat(value(Task.all(List.<Task<String>>of()))).isEmpty();
  }

  @Test
  void all_mayGiveNull_inAListThatCannotBeChanged() {
    List<Void> values = value(Task.all(List.of(Task.done(), Task.done())));

    assertThat(values).containsExactly(null, null);
    assertThatThrownBy(() -> values.set(0, null)).isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void all_failsWithTheFirstFailure_whenTheOthersHaveEnded() {
    Task<List<String>> all =
        Task.all(List.of(slowToEnd("one"), after(5, Task.error(failure)), slowToEnd("two")));

    assertThat(error(all)).isSameAs(failure);
    assertThat(trace).containsExactlyInAnyOrder("one ended at 15", "two ended at 15");
  }

  @Test
  void all_suppressesTheOtherFailures() {
    var second = new IOException("second");
    Task<?> all = Task.all(List.of(Task.error(failure), Task.error(second)));

    assertThat(error(all)).isSameAs(failure).hasSuppressedException(second);
  }

  @Test
  void all_ofAChildThatIsCancelled_fails() {
    Task<Void> cancelled =
        Task.run(() -> CallbackThread.current().orElseThrow().cancel()).then(Task.never());

    assertThat(error(Task.all(List.of(cancelled, slowToEnd("one").then()))))
        .isInstanceOf(CancellationException.class);
    assertThat(trace).containsExactly("one ended at 10");
  }

  @Test
  void zip_combinesBothValues() {
    Task<String> zip =
        Task.zip(after(5, Task.value("a")), after(10, Task.value(7)), (a, b) -> a + b);

    assertThat(value(zip)).isEqualTo("a7");
    assertThat(millis()).isEqualTo(10);
  }

  @Test
  void zip_failsWithTheFirstFailure_whenTheOtherHasEnded() {
    Task<String> zip =
        Task.zip(slowToEnd("one"), after(5, Task.<String>error(failure)), String::concat);

    assertThat(error(zip)).isSameAs(failure);
    assertThat(trace).containsExactly("one ended at 15");
  }

  @Test
  void zip_failsAsTheStep() {
    Task<String> zip =
        Task.zip(
            Task.value("a"),
            Task.value("b"),
            (a, b) -> {
              throw failure;
            });

    assertThat(error(zip)).isSameAs(failure);
  }

  @Test
  void first_givesTheFirstValue_whenTheOthersHaveEnded() {
    Task<String> first = Task.first(List.of(slowToEnd("one"), after(5, Task.value("a"))));

    assertThat(value(first)).isEqualTo("a");
    assertThat(trace).containsExactly("one ended at 15");
  }

  @Test
  void first_failsIfTheFirstToEndFails() {
    Task<String> first =
        Task.first(List.of(after(10, Task.value("a")), after(5, Task.<String>error(failure))));

    assertThat(error(first.doFinally(outcome -> trace.add("ended at " + millis()))))
        .isSameAs(failure);
    assertThat(trace).containsExactly("ended at 5");
  }

  @Test
  void first_startsNoFurtherChild_onceOneHasEndedWhileTheyAreStarted() {
    LoopScheduler two = schedulers.build("two", b -> b.loops(2));
    List<Task<Long>> tasks = Collections.nCopies(500_000, Task.value(1L));

    assertThat(Deadline.value(two.spawn(Task.first(tasks)))).isEqualTo(1L);
    assertThat(two.stats().completed() + two.stats().cancelled()).isLessThan(500_000);
  }

  @Test
  void firstSuccess_passesOverFailures() {
    Task<String> first =
        Task.firstSuccess(
            List.of(after(5, Task.error(failure)), after(8, Task.value("a")), slowToEnd("one")));

    assertThat(value(first)).isEqualTo("a");
    assertThat(trace).containsExactly("one ended at 18");
  }

  @Test
  void firstSuccess_ifAllFail_failsAsTheFirstThatFailed() {
    var second = new IOException("second");
    var third = new IOException("third");
    Task<String> first =
        Task.firstSuccess(
            List.of(
                after(9, Task.<String>error(third)),
                after(5, Task.<String>error(failure)),
                after(7, Task.<String>error(second))));

    assertThat(error(first)).isSameAs(failure);
    assertThat(failure.getSuppressed()).containsExactly(third, second);
  }

  @Test
  void firstSuccess_mayGiveNull() {
    assertThat(value(Task.firstSuccess(List.of(Task.error(failure), Task.done())))).isNull();
  }

  @Test
  void first_ofNone_fails() {
    assertThat(error(Task.first(List.<Task<String>>of())))
        .isInstanceOf(NoSuchElementException.class)
        .hasMessageContaining("no tasks");
    assertThat(error(Task.firstSuccess(List.<Task<String>>of())))
        .isInstanceOf(NoSuchElementException.class);
  }

  @ParameterizedTest
  @MethodSource("together")
  void cancel_cancelsTheChildren_andWaitsForTheirEnd(Together operator) {
    ticker.hold();
    CallbackThread<?> parent =
        scheduler.<Object>spawn(operator.of(List.of(slowToEnd("one"), slowToEnd("two"))));
    CallbackThread<Boolean> other =
        scheduler.spawn(Task.sleep(ofMillis(5)).map(done -> parent.cancel()));
    Schedulers.settle(scheduler);
    ticker.release();

    assertThat(Deadline.outcome(parent)).isEqualTo(new Outcome.Cancelled<>());

    assertThat(Deadline.value(other)).isTrue();
    assertThat(trace).containsExactlyInAnyOrder("one ended at 15", "two ended at 15");
  }

  @ParameterizedTest
  @MethodSource("together")
  void timeout_cancelsTheChildren_andWaitsForTheirEnd(Together operator) {
    Task<?> task = operator.of(List.of(slowToEnd("one"), slowToEnd("two"))).timeout(ofMillis(5));

    assertThat(error(task)).isInstanceOf(TaskTimeoutException.class);

    assertThat(trace).containsExactlyInAnyOrder("one ended at 15", "two ended at 15");
  }

  @ParameterizedTest
  @MethodSource("together")
  void withinAnAcquire_waitsForTheChildren_soThatNothingAcquiredIsLost(Together operator) {
    Task<?> task =
        Task.using(
                operator.of(List.of(after(10, Task.value("connection")))),
                connection -> note("use"),
                (connection, outcome) -> note("release " + connection))
            .timeout(ofMillis(5));

    assertThat(error(task)).isInstanceOf(TaskTimeoutException.class);

    assertThat(trace)
        .singleElement()
        .asString()
        .startsWith("release ")
        .contains("connection")
        .endsWith("at 10");
  }

  @ParameterizedTest
  @MethodSource("together")
  void withinAnUncancellablePart_isFinishedFirst(Together operator) {
    Task<?> task =
        operator
            .of(List.of(after(10, Task.value("a"))))
            .then(note("done"))
            .uncancellable()
            .timeout(ofMillis(5));

    assertThat(error(task)).isInstanceOf(TaskTimeoutException.class);

    assertThat(trace).containsExactly("done at 10");
  }

  @ParameterizedTest
  @MethodSource("together")
  void aNullElement_failsBeforeAnyChildStarts(Together operator) {
    List<Task<String>> tasks = Arrays.asList(note("one").map(done -> "a"), null);

    assertThat(error(operator.of(tasks)))
        .isInstanceOf(NullPointerException.class)
        .hasMessageContaining("task 1");
    assertThat(trace).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("together")
  void anIterableThatThrows_failsBeforeAnyChildStarts(Together operator) {
    var broken = new IllegalStateException("broken");
    AtomicInteger asked = new AtomicInteger();
    Iterable<Task<String>> tasks =
        () ->
            Stream.generate(
                    () -> {
                      if (asked.incrementAndGet() > 3) {
                        throw broken;
                      }
                      return note("one").map(done -> "a");
                    })
                .iterator();

    assertThat(error(operator.of(tasks))).isSameAs(broken);
    assertThat(trace).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("together")
  void anEndlessIterable_isRefused(Together operator) {
    LoopScheduler small = schedulers.build("small", b -> b.loops(1).maxCallbackThreads(100));
    Iterable<Task<String>> endless = () -> Stream.generate(() -> Task.value("a")).iterator();

    assertThat(Deadline.error(small.<Object>spawn(operator.of(endless))))
        .isInstanceOf(AdmissionRefusedException.class);
    assertThat(small.stats().refused()).isEqualTo(1);
  }

  @Test
  void anIterable_isReadAnewEachTime() {
    AtomicInteger read = new AtomicInteger();
    Iterable<Task<Integer>> tasks =
        () -> {
          Iterator<Task<Integer>> one = List.of(Task.value(read.incrementAndGet())).iterator();
          return one;
        };
    Task<List<Integer>> all = Task.all(tasks);

    assertThat(value(all)).containsExactly(1);
    assertThat(value(all)).containsExactly(2);
  }

  @ParameterizedTest
  @MethodSource("together")
  void theOneThatIsRefused_cancelsThoseBefore(Together operator) {
    LoopScheduler small =
        schedulers.build("small", b -> b.loops(1).ticker(ticker).maxCallbackThreads(4));
    Task<?> task =
        operator.of(IntStream.range(0, 4).mapToObj(i -> slowToEnd("child " + i)).toList());

    assertThat(Deadline.error(small.<Object>spawn(task)))
        .isInstanceOf(AdmissionRefusedException.class);

    assertThat(small.stats().live()).isZero();
    assertThat(small.stats().cancelled()).isEqualTo(3);
  }

  @Test
  void thePermitsOfTheChildren_areBackWhenItGoesOn() {
    LoopScheduler small = schedulers.build("small", b -> b.loops(2).maxCallbackThreads(3));
    Task<List<String>> two = Task.all(List.of(Task.value("a"), Task.value("b")));
    Task<List<String>> many = two;
    for (int i = 0; i < 2_000; i++) {
      many = many.flatMap(values -> two);
    }

    assertThat(Deadline.value(small.spawn(many))).containsExactly("a", "b");
  }

  @Test
  void children_runOnAllLoops() {
    LoopScheduler wide = schedulers.build("wide", b -> b.loops(2));
    Task<String> where = Task.call(() -> Thread.currentThread().getName());

    List<String> threads =
        Deadline.value(wide.spawn(Task.all(Collections.nCopies(64, where)))); // placed by chance

    assertThat(threads).contains("wide-1", "wide-2");
  }

  @Test
  void cancel_whileChildrenAreStarted_cancelsThoseThatWere() {
    LoopScheduler one = schedulers.one();
    AtomicInteger begun = new AtomicInteger();
    Task<Void> child = Task.run(begun::incrementAndGet).then(Task.never());
    CallbackThread<?> parent = one.spawn(Task.all(Collections.nCopies(200_000, child)));

    parent.cancel();

    assertThat(Deadline.outcome(parent)).isEqualTo(new Outcome.Cancelled<>());
    assertThat(one.stats().live()).isZero();
    assertThat(one.stats().cancelled()).isLessThanOrEqualTo(200_001);
  }

  @Test
  void nested_failuresComeUpLevelByLevel() {
    Task<String> deep = after(5, Task.error(failure));
    for (int i = 0; i < 10; i++) {
      Task<String> inner = deep;
      deep = Task.zip(inner, slowToEnd("level " + i), String::concat);
    }

    assertThat(error(deep)).isSameAs(failure);

    assertThat(trace).hasSize(10).first().isEqualTo("level 0 ended at 15");
    assertThat(trace).last().isEqualTo("level 9 ended at 105");
  }

  @Test
  void aDumpSays_howManyAreWaitedFor() {
    CallbackThread<?> parent =
        spawn(Task.all(List.of(Task.value("a"), Task.<String>never(), Task.<String>never())));
    Schedulers.settle(scheduler);
    Schedulers.settle(scheduler);

    assertThat(scheduler.inspect().dump()).contains("waits for 3 children, of which 1 have ended");
    parent.cancel();
    Deadline.outcome(parent);
  }
}
