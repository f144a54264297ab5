/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static java.time.Duration.ofMillis;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Repeating: what is called when, how a loop ends, and what follows it. */
class TaskLoopTest {
  @RegisterExtension final Schedulers schedulers = new Schedulers();

  private final VirtualTicker ticker = VirtualTicker.onTick();
  private final LoopScheduler scheduler = schedulers.one(ticker);
  private final IOException failure = new IOException("disk full");
  private final List<Object> events = new ArrayList<>();

  private Object value(Task<?> task) {
    return Deadline.value(scheduler.<Object>spawn(task));
  }

  private Throwable error(Task<?> task) {
    return Deadline.error(scheduler.<Object>spawn(task));
  }

  private Task<Void> note(Object event) {
    return Task.run(() -> events.add(event));
  }

  @Test
  void loop_makesEachIterationAnew() {
    var n = new AtomicInteger();

    error(Task.loop(() -> n.incrementAndGet() > 3 ? Task.error(failure) : note(n.get())));

    assertThat(events).containsExactly(1, 2, 3);
  }

  @Test
  void loop_failsAsItsBody() {
    assertThat(error(Task.loop(() -> Task.error(failure)))).isSameAs(failure);
  }

  @Test
  void loop_failsAsTheFunctionThatMakesItsBody() {
    assertThat(
            error(
                Task.loop(
                    () -> {
                      throw failure;
                    })))
        .isSameAs(failure);
  }

  @Test
  void loop_ofNull_failsAndNamesTheFunction() {
    assertThat(error(Task.loop(() -> null)))
        .isInstanceOf(NullPointerException.class)
        .hasMessage(
            "a step in dev.picot.TaskLoopTest returned null (expected: a task, such as Task.done())");
  }

  @Test
  void loop_isEndedByATimeout_alsoIfItNeverWaits() {
    assertThat(
            error(
                Task.loop(() -> Task.run(() -> ticker.advance(ofMillis(1)))).timeout(ofMillis(20))))
        .isInstanceOf(TaskTimeoutException.class);
  }

  @Test
  void loop_isEndedByItsCancellation_alsoIfItNeverWaits() {
    CallbackThread<?> thread = scheduler.spawn(Task.loop(Task::done));
    Schedulers.passTurn(scheduler);

    thread.cancel();

    assertThat(Deadline.outcome(thread)).isInstanceOf(Outcome.Cancelled.class);
  }

  @Test
  void loop_waitsInItsBody() {
    CallbackThread<?> thread =
        scheduler.spawn(
            Task.loop(() -> note(ticker.now().toMillis() % 100).then(Task.sleep(ofMillis(10))))
                .timeout(ofMillis(35)));

    Deadline.error(thread);

    assertThat(events).containsExactly(5L, 15L, 25L, 35L);
  }

  @Test
  void whileLoop_asksBeforeEachIteration() {
    var n = new AtomicInteger();

    value(
        Task.whileLoop(
                () -> {
                  events.add("?");
                  return n.get() < 2;
                },
                () -> note(n.incrementAndGet()))
            .then(note("after")));

    assertThat(events).containsExactly("?", 1, "?", 2, "?", "after");
  }

  @Test
  void whileLoop_thatIsNeverDue_doesNothing() {
    assertThat(value(Task.whileLoop(() -> false, () -> note("body")))).isNull();
    assertThat(events).isEmpty();
  }

  @Test
  void whileLoop_dropsTheValuesOfItsIterations() {
    var n = new AtomicInteger();

    assertThat(value(Task.whileLoop(() -> n.getAndIncrement() < 3, () -> Task.value("value"))))
        .isNull();
  }

  @Test
  void whileLoop_failsAsItsCondition() {
    assertThat(
            error(
                Task.whileLoop(
                    () -> {
                      throw failure;
                    },
                    Task::done)))
        .isSameAs(failure);
  }

  @Test
  void whileLoop_withANullCondition_fails() {
    assertThat(error(Task.whileLoop(() -> null, Task::done)))
        .isInstanceOf(NullPointerException.class)
        .hasMessage(
            "a condition in dev.picot.TaskLoopTest returned null (expected: true or false)");
  }

  @Test
  void doWhile_asksAfterEachIteration() {
    var n = new AtomicInteger();

    value(
        Task.doWhile(
                () -> note(n.incrementAndGet()),
                () -> {
                  events.add("?");
                  return n.get() < 2;
                })
            .then(note("after")));

    assertThat(events).containsExactly(1, "?", 2, "?", "after");
  }

  @Test
  void doWhile_failsAsItsCondition() {
    assertThat(
            error(
                Task.doWhile(
                    () -> note("body"),
                    () -> {
                      throw failure;
                    })))
        .isSameAs(failure);
    assertThat(events).containsExactly("body");
  }

  @Test
  void forLoop_countsFromTheFirstToBeforeTheLast() {
    assertThat(value(Task.forLoop(-1, 3, this::note).then(note("after")))).isNull();

    assertThat(events).containsExactly(-1, 0, 1, 2, "after");
  }

  @Test
  void forLoop_fromTheEnd_doesNothing() {
    value(Task.forLoop(3, 3, this::note));
    value(Task.forLoop(3, -3, this::note));

    assertThat(events).isEmpty();
  }

  @Test
  void forLoop_upToTheGreatestNumber_ends() {
    value(Task.forLoop(Integer.MAX_VALUE - 2, Integer.MAX_VALUE, this::note));

    assertThat(events).containsExactly(Integer.MAX_VALUE - 2, Integer.MAX_VALUE - 1);
  }

  @Test
  void forLoop_isReusable_alsoAtOneTime() {
    Task<Void> task = Task.forLoop(0, 3, i -> Task.yieldNow().then(note(i)));
    CallbackThread<Void> one = scheduler.spawn(task);
    CallbackThread<Void> other = scheduler.spawn(task);

    Deadline.value(one);
    Deadline.value(other);

    assertThat(events).containsExactlyInAnyOrder(0, 0, 1, 1, 2, 2);
  }

  @Test
  void forLoop_ofNull_failsAndNamesTheFunction() {
    assertThat(error(Task.forLoop(0, 1, i -> null)))
        .hasMessageStartingWith("a step in dev.picot.TaskLoopTest returned null");
  }

  @Test
  void iterate_handsItsStateOnAndGivesItsResult() {
    Task<String> sum =
        Task.iterate(
            1, n -> note(n).map(done -> n < 100 ? Next.again(n * 10) : Next.done("after " + n)));

    assertThat(value(sum)).isEqualTo("after 100");
    assertThat(events).containsExactly(1, 10, 100);
  }

  @Test
  void iterate_mayCarryNull() {
    Task<Object> task =
        Task.<Object, Object>iterate(
            null,
            state -> {
              events.add("" + state);
              return Task.value(events.size() < 2 ? Next.again(null) : Next.done(null));
            });

    assertThat(value(task)).isNull();
    assertThat(events).containsExactly("null", "null");
  }

  @Test
  void iterate_acceptsStatesAndResultsOfNarrowerTypes() {
    Task<Number> task =
        Task.<CharSequence, Number>iterate(
            "a",
            state ->
                Task.value(
                    state.length() < 3 ? Next.again(state + "a") : Next.done(state.length())));

    assertThat(value(task)).isEqualTo(3);
  }

  @Test
  void iterate_failsAsItsBody_alsoLater() {
    assertThat(
            error(
                Task.iterate(0, n -> n < 3 ? Task.value(Next.again(n + 1)) : Task.error(failure))))
        .isSameAs(failure);
  }

  @Test
  void iterate_thatGivesNull_fails() {
    assertThat(error(Task.<Integer, Integer>iterate(0, n -> Task.value(null))))
        .isInstanceOf(NullPointerException.class)
        .hasMessage(
            "a step in dev.picot.TaskLoopTest gave null (expected: Next.again or Next.done)");
  }

  @Test
  void iterate_ofNull_fails() {
    assertThat(error(Task.<Integer, Integer>iterate(0, n -> null)))
        .hasMessageStartingWith("a step in dev.picot.TaskLoopTest returned null");
  }

  @Test
  void next_showsWhatItIs() {
    assertThat(Next.again(1)).hasToString("again(1)");
    assertThat(Next.done("a")).hasToString("done(a)");
  }

  @Test
  void eachIteration_runsItsFinalizers() {
    value(
        Task.forLoop(
            0,
            2,
            i ->
                Task.using(
                    note("acquire " + i),
                    acquired -> note("use " + i),
                    (acquired, outcome) -> note("release " + i))));

    assertThat(events)
        .containsExactly("acquire 0", "use 0", "release 0", "acquire 1", "use 1", "release 1");
  }

  @Test
  void aLoopInALoop_endsBeforeTheOuterGoesOn() {
    value(Task.forLoop(0, 2, i -> Task.forLoop(0, 2, j -> note(i + "." + j)).then(note(i))));

    assertThat(events).containsExactly("0.0", "0.1", 0, "1.0", "1.1", 1);
  }

  @Test
  void aLoopThatHasEnded_keepsNothingOfItsState() {
    var state = new AtomicReference<WeakReference<Object>>();
    Gate gate = schedulers.gate();
    CallbackThread<?> thread =
        scheduler.spawn(
            Task.<Object, String>iterate(
                    new Object(),
                    seed -> {
                      state.set(new WeakReference<>(seed));
                      return Task.value(Next.done("result"));
                    })
                // the seed belongs to the task, so the state to look at is one of a later iteration
                .then(
                    Task.<Object, String>iterate(
                        null,
                        seed -> {
                          if (seed == null) {
                            return Task.value(Next.again(new Object()));
                          }
                          state.set(new WeakReference<>(seed));
                          return Task.value(Next.done("result"));
                        }))
                .then(Task.run(gate::pass)));
    gate.awaitArrival();

    assertThat(isCollected(state.get())).isTrue();

    gate.open();
    Deadline.value(thread);
  }

  private static boolean isCollected(WeakReference<?> reference) {
    for (int i = 0; i < 50 && !reference.refersTo(null); i++) {
      System.gc();
    }
    return reference.refersTo(null);
  }
}
