/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import dev.picot.internal.Check;
import dev.picot.internal.Text;
import java.time.Duration;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;

/**
 * The immutable, reusable, lazy description of what a callback thread does.
 *
 * <p>Use a task where a sequence of steps waits, hops to blocking code and comes back, and should
 * do so as one logical thread with its own name, deadline and finalizers. Do not use it in place of
 * Reactor's operators: for anything richer than what is here go to {@code Mono} or {@code Flux} and
 * come back with {@link #await(Publisher)}. Nothing happens until the task is given to {@link
 * LoopScheduler#spawn(Task)} or {@link LoopScheduler#publisher(Task)}, and it happens anew each
 * time.
 *
 * <h2>Threading</h2>
 *
 * Every function runs as a <em>step</em> on the loop of the callback thread and must not block; the
 * exceptions are the functions of methods whose name contains {@code blocking}, which run on the
 * elastic pool. Steps of one callback thread never overlap, and what one step wrote the next one
 * sees. The one exception: after a failed stall, finalizers may run while the stuck step is still
 * running, without happens-before.
 *
 * <h2>Cancellation</h2>
 *
 * A cancelled callback thread starts no further step, ends its wait, runs its finalizers ({@link
 * #using}, {@link #doFinally}), innermost first, and then ends as cancelled. A running step is not
 * interrupted.
 *
 * <h2>Children</h2>
 *
 * {@link #fork}, {@link #all}, {@link #zip}, {@link #first}, {@link #firstSuccess} and {@link
 * #runIn} start callback threads that belong to the one that starts them, their <em>parent</em>. A
 * child has a permit of its own and inherits the context. None outlives its parent: when the body
 * of the parent has ended, in whatever way, its living children are cancelled, and only when they
 * have ended, finalizers included, does the parent end. Exceptions: a parent whose step is stuck
 * fails at once (a failed stall), and one that its closing scheduler ends by force; their children
 * are cancelled then. A child is never made to wait for admission, because its parent waits for it:
 * above the limit it is refused, with {@link AdmissionRefusedException} in the parent. While their
 * scheduler closes, callback threads may still start children on it.
 *
 * <h2>Errors</h2>
 *
 * Whatever a step throws, {@link StackOverflowError} and {@link LinkageError} included, fails the
 * task; {@link #onErrorResume(Step)} takes over from there. An error that nobody takes is the
 * outcome of the callback thread.
 *
 * <pre>
 * Task.sleep(Duration.ofSeconds(1)).map(done -&gt; Instant.now()).map(now -&gt; greet(now))
 * </pre>
 *
 * @param <T> the type of the value; may be nullable, publishers show null as empty completion
 * @see LoopScheduler
 * @since 0.1
 */
// Over 250 lines: Javadoc; nearly every method makes one node and nothing else.
@CheckReturnValue
@SuppressWarnings({"unchecked", "rawtypes"}) // the interpreter is untyped; this class types it
public final class Task<T extends @Nullable Object> {
  private static final Task<?> DONE = new Task<>(Tag.VALUE, null, null);
  private static final Task<?> YIELD = new Task<>(Tag.YIELD, null, null);
  private static final Task<?> NEVER = new Task<>(Tag.NEVER, null, null);
  private static final Task<?> CLOCK = new Task<>(Tag.CLOCK, null, null);

  private static final Callable<Boolean> ALWAYS = () -> true;

  /** How many values {@link Tag#AWAIT} expects. */
  enum Expect {
    ONE,
    ONE_OR_NONE,
    FIRST,
    DONE
  }

  /** The second operand of {@link Tag#USING}. */
  record Use(Step use, Step2 release) {}

  /** The second operand of {@link Tag#ON_ERROR_RESUME}. */
  record Resume(Class<? extends Throwable> type, Step step) {}

  /** The second operand of {@link Tag#WITH}. */
  record Binding(ContextKey<?> key, Object value) {}

  /** The operand of {@link Tag#LOOP} and {@link Tag#WHILE}. */
  record Repeat(Callable<? extends Task<?>> body, Callable<Boolean> condition) {
    boolean isDue() throws Exception {
      Boolean due = condition.call();
      if (due == null) {
        throw new NullPointerException(
            Text.format(
                "a condition in %s returned null (expected: true or false)", Labels.of(condition)));
      }
      return due;
    }

    Task<?> next() throws Exception {
      return made(body.call(), body);
    }
  }

  /** The second operand of {@link Tag#FOR_EACH}. */
  record Each(Step step, int prefetch) {}

  /** What this node is, see {@link Tag}. */
  final int tag;

  /** First operand; the source, if the node has one. */
  final @Nullable Object a;

  /** Second operand; the function, if the node has a source and a function. */
  final @Nullable Object b;

  private Task(int tag, @Nullable Object a, @Nullable Object b) {
    this.tag = tag;
    this.a = a;
    this.b = b;
  }

  /**
   * Gives a value that is there already.
   *
   * @param value the value
   * @param <T> the type of the value
   * @return a task that completes with it
   */
  public static <T extends @Nullable Object> Task<T> value(T value) {
    return new Task<>(Tag.VALUE, value, null);
  }

  /** {@return a task that completes at once, with null} */
  public static Task<Void> done() {
    return (Task<Void>) DONE;
  }

  /**
   * Fails.
   *
   * @param error the reason
   * @param <T> the type of the value it will not give
   * @return a task that fails with it
   */
  public static <T extends @Nullable Object> Task<T> error(Throwable error) {
    return new Task<>(Tag.ERROR, Objects.requireNonNull(error, "error"), null);
  }

  /**
   * Computes a value in one step on the loop.
   *
   * @param step computes it
   * @param <T> the type of the value
   * @return a task that completes with what the step returns
   */
  public static <T extends @Nullable Object> Task<T> call(Callable<? extends T> step) {
    return new Task<>(Tag.CALL, Objects.requireNonNull(step, "step"), null);
  }

  /**
   * Runs one step on the loop.
   *
   * @param step what to run
   * @return a task that completes with null when the step has returned
   */
  public static Task<Void> run(Action step) {
    return new Task<>(Tag.RUN, Objects.requireNonNull(step, "step"), null);
  }

  /**
   * Decides in a step on the loop what to do.
   *
   * @param step makes the task to go on with
   * @param <T> the type of the value
   * @return a task that does what the step returned
   */
  public static <T extends @Nullable Object> Task<T> defer(
      Callable<? extends Task<? extends T>> step) {
    return new Task<>(Tag.DEFER, Objects.requireNonNull(step, "step"), null);
  }

  /**
   * Calls blocking code: hops to the elastic pool of the scheduler and comes home with the result.
   *
   * <p>Two blocking calls of one callback thread may run on two threads, so what is bound to a
   * thread (such as a JDBC transaction) must begin and end within one call. A cancelled or timed
   * out callback thread does not wait for the call: the call goes on, is counted until it returns,
   * is not interrupted, and its result is dropped.
   *
   * @param call the blocking code
   * @param <T> the type of the value
   * @return a task that completes with what the call returns, and fails with {@link
   *     ElasticPoolSaturatedException} if the pool and its queue are full
   */
  public static <T extends @Nullable Object> Task<T> blocking(Callable<? extends T> call) {
    return new Task<>(Tag.BLOCKING, Objects.requireNonNull(call, "call"), null);
  }

  /**
   * Calls blocking code that gives no value; see {@link #blocking(Callable)}.
   *
   * @param call the blocking code
   * @return a task that completes with null when the call has returned
   */
  public static Task<Void> blockingRun(Action call) {
    return new Task<>(Tag.BLOCKING_RUN, Objects.requireNonNull(call, "call"), null);
  }

  /**
   * Waits. Never shorter than asked; longer only by the tick of the timers (1 ms) and by what other
   * callback threads of the loop do at that moment.
   *
   * @param duration how long, not negative; zero is {@link #yieldNow()}
   * @return a task that completes with null when the time has passed
   */
  public static Task<Void> sleep(Duration duration) {
    return Check.notNegative("duration", duration).isZero()
        ? yieldNow()
        : new Task<>(Tag.SLEEP, duration, null);
  }

  /**
   * {@return a task that lets the other ready callback threads of the loop run, then completes with
   * null}
   */
  public static Task<Void> yieldNow() {
    return (Task<Void>) YIELD;
  }

  /**
   * Waits for ever: ends only by cancellation or a timeout.
   *
   * @param <T> the type of the value it will not give
   * @return a task that never completes
   */
  public static <T extends @Nullable Object> Task<T> never() {
    return (Task<T>) NEVER;
  }

  /**
   * Waits for the one value of a publisher and for its completion; the publisher is never cancelled
   * after the value (that would roll a transaction back).
   *
   * <p>The publisher is subscribed to, requested from and cancelled in steps of this callback
   * thread. It fails with {@link NoSuchElementException} if the publisher completes empty (see
   * {@link #awaitOptional} and {@link #awaitDone}) and with {@link IllegalStateException} if it
   * gives a second value (see {@link #awaitFirst}).
   *
   * @param publisher the publisher
   * @param <T> the type of the value
   * @return a task that completes with the value
   */
  public static <T> Task<T> await(Publisher<? extends T> publisher) {
    return awaiting(publisher, Expect.ONE);
  }

  /**
   * Waits for a completion stage. The stage is not cancelled when the callback thread stops
   * waiting.
   *
   * @param stage the stage
   * @param <T> the type of the value
   * @return a task that ends as the stage does; a {@code CompletionException} is unwrapped
   */
  public static <T extends @Nullable Object> Task<T> await(CompletionStage<? extends T> stage) {
    return new Task<>(Tag.AWAIT_STAGE, Objects.requireNonNull(stage, "stage"), null);
  }

  /**
   * Waits for a publisher of at most one value, and for its completion.
   *
   * @param publisher the publisher
   * @param <T> the type of the value
   * @return a task that completes with the value, or empty; it fails if there is a second value
   */
  public static <T> Task<Optional<T>> awaitOptional(Publisher<? extends T> publisher) {
    return awaiting(publisher, Expect.ONE_OR_NONE);
  }

  /**
   * Waits for the first value of a publisher and cancels the rest.
   *
   * @param publisher the publisher
   * @param <T> the type of the value
   * @return a task that completes with the first value, and fails with {@link
   *     NoSuchElementException} if there is none
   */
  public static <T> Task<T> awaitFirst(Publisher<? extends T> publisher) {
    return awaiting(publisher, Expect.FIRST);
  }

  /**
   * Waits for the completion of a publisher and drops its values.
   *
   * @param publisher the publisher
   * @return a task that completes with null when the publisher completes
   */
  public static Task<Void> awaitDone(Publisher<?> publisher) {
    return awaiting(publisher, Expect.DONE);
  }

  private static <T extends @Nullable Object> Task<T> awaiting(
      Publisher<?> publisher, Expect expect) {
    return new Task<>(Tag.AWAIT, Objects.requireNonNull(publisher, "publisher"), expect);
  }

  /**
   * Starts an operation with a callback and waits for its result.
   *
   * @param start starts the operation, in a step
   * @param <T> the type of the value
   * @return a task that ends as the sink is told
   */
  public static <T extends @Nullable Object> Task<T> async(AsyncStart<T> start) {
    return new Task<>(Tag.ASYNC, Objects.requireNonNull(start, "start"), null);
  }

  /**
   * Starts a child that runs beside this callback thread, and goes on at once.
   *
   * <p>Its outcome is for {@link CallbackThread#join()} and the other ways to ask for it: a failure
   * does not touch the parent, and is reported in the log if nobody asks. To have the first failure
   * decide, use {@link #all} or {@link #zip}. The child lives at most until the parent's body ends;
   * that may be after the part that forked it, such as the use of {@link #using}, so join it there
   * if it uses the same thing.
   *
   * @param task what the child does
   * @param <T> the type of its value
   * @return a task that completes with the running child, and fails with {@link
   *     AdmissionRefusedException} if there are as many callback threads as may be
   */
  public static <T extends @Nullable Object> Task<CallbackThread<T>> fork(Task<? extends T> task) {
    return new Task<>(Tag.FORK, Objects.requireNonNull(task, "task"), null);
  }

  /**
   * Runs tasks beside each other, each as a child, and waits for all values.
   *
   * <p>The first failure decides: the other children are cancelled, and when they have ended this
   * fails, with the errors of the others suppressed. A child that was cancelled by somebody else
   * counts as failed with {@code CancellationException}. If this is cancelled or times out, so are
   * the children, and it waits for their end; within the acquire of {@link #using} it is not
   * cancelled, because what a child has acquired would be lost.
   *
   * @param tasks read in one step, each time anew, before the first child starts; above the limit
   *     of the scheduler the children started so far are cancelled and this fails with {@link
   *     AdmissionRefusedException}
   * @param <T> the type of the values
   * @return a task that completes with the values in the order of the tasks; at once with an empty
   *     list if there are none. The list cannot be changed and may contain null
   */
  public static <T extends @Nullable Object> Task<List<T>> all(
      Iterable<? extends Task<? extends T>> tasks) {
    return siblings(tasks, Siblings.Until.ALL);
  }

  /**
   * Runs two tasks beside each other, as {@link #all} does, and goes on with one step from both
   * values.
   *
   * @param a one task
   * @param b the other task
   * @param step combines their values
   * @param <A> the type of the value of the one
   * @param <B> the type of the value of the other
   * @param <R> the type of the value
   * @return a task that completes with what the step returns
   */
  public static <A extends @Nullable Object, B extends @Nullable Object, R extends @Nullable Object>
      Task<R> zip(
          Task<? extends A> a, Task<? extends B> b, Step2<? super A, ? super B, ? extends R> step) {
    Task<?> one = Objects.requireNonNull(a, "a");
    Task<?> other = Objects.requireNonNull(b, "b");
    Objects.requireNonNull(step, "step");
    return all(List.of(one, other)).map(both -> step.apply((A) both.get(0), (B) both.get(1)));
  }

  /**
   * Runs tasks beside each other, each as a child, until the first of them ends: its value or error
   * decides, and the other children are cancelled. Otherwise as {@link #all}.
   *
   * @param tasks read as in {@link #all}
   * @param <T> the type of the value
   * @return a task that ends as the first child did, when all have ended; it fails with {@link
   *     NoSuchElementException} if there are no tasks
   */
  public static <T extends @Nullable Object> Task<T> first(
      Iterable<? extends Task<? extends T>> tasks) {
    return siblings(tasks, Siblings.Until.FIRST);
  }

  /**
   * Runs tasks beside each other, each as a child, until one of them gives a value; the other
   * children are cancelled. Otherwise as {@link #all}.
   *
   * @param tasks read as in {@link #all}
   * @param <T> the type of the value
   * @return a task that completes with the first value, when all have ended; if all fail it fails
   *     as the first that failed, with the errors of the others suppressed; with {@link
   *     NoSuchElementException} if there are no tasks
   */
  public static <T extends @Nullable Object> Task<T> firstSuccess(
      Iterable<? extends Task<? extends T>> tasks) {
    return siblings(tasks, Siblings.Until.FIRST_SUCCESS);
  }

  private static <T extends @Nullable Object> Task<T> siblings(
      Iterable<?> tasks, Siblings.Until until) {
    return new Task<>(Tag.SIBLINGS, Objects.requireNonNull(tasks, "tasks"), until);
  }

  /**
   * Repeats for ever: ends only by an error, by cancellation or by a timeout.
   *
   * <p>Like all loops it takes constant stack and memory for any number of iterations, and gives
   * its loop thread back after 256 steps or one millisecond, also if no iteration waits.
   *
   * <pre>
   * Task.loop(() -&gt; poll().flatMap(found -&gt; found ? Task.done() : Task.sleep(ofSeconds(1))))
   * </pre>
   *
   * @param body makes the task of an iteration, in a step, anew each time
   * @param <T> the type of the value it will not give
   * @return a task that never completes
   */
  public static <T extends @Nullable Object> Task<T> loop(Callable<? extends Task<?>> body) {
    return new Task<>(Tag.LOOP, new Repeat(Objects.requireNonNull(body, "body"), ALWAYS), null);
  }

  /**
   * Repeats as long as a condition holds, which is asked before each iteration.
   *
   * @param condition asked in a step
   * @param body makes the task of an iteration, in a step, anew each time
   * @return a task that completes with null when the condition does not hold
   */
  public static Task<Void> whileLoop(
      Callable<Boolean> condition, Callable<? extends Task<?>> body) {
    Objects.requireNonNull(condition, "condition");
    return new Task<>(Tag.WHILE, new Repeat(Objects.requireNonNull(body, "body"), condition), null);
  }

  /**
   * Repeats as long as a condition holds, which is asked after each iteration.
   *
   * @param body makes the task of an iteration, in a step, anew each time
   * @param condition asked in a step
   * @return a task that completes with null when the condition does not hold
   */
  public static Task<Void> doWhile(Callable<? extends Task<?>> body, Callable<Boolean> condition) {
    Objects.requireNonNull(body, "body");
    return new Task<>(
        Tag.LOOP, new Repeat(body, Objects.requireNonNull(condition, "condition")), null);
  }

  /**
   * Counts.
   *
   * @param from the first number
   * @param to the number after the last; none is counted if it is not above {@code from}
   * @param body makes the task of an iteration from its number, in a step
   * @return a task that completes with null after the last iteration
   */
  public static Task<Void> forLoop(
      int from, int to, Step<? super Integer, ? extends Task<?>> body) {
    Objects.requireNonNull(body, "body");
    return defer(
        () -> {
          int[] at = {from};
          return whileLoop(() -> at[0] < to, () -> made(body.apply(at[0]++), body));
        });
  }

  /**
   * Repeats with a state that each iteration hands to the next one, until one of them gives a
   * result. The other loops are short forms of this one.
   *
   * <pre>
   * Task.iterate(firstPage, page -&gt;
   *     read(page).map(last -&gt; last ? Next.done(page) : Next.again(page + 1)))
   * </pre>
   *
   * @param seed the state of the first iteration
   * @param body makes the task of an iteration from its state, in a step
   * @param <S> the type of the state
   * @param <R> the type of the result
   * @return a task that completes with the result
   */
  public static <S extends @Nullable Object, R extends @Nullable Object> Task<R> iterate(
      S seed, Step<? super S, ? extends Task<? extends Next<? extends S, ? extends R>>> body) {
    return new Task<>(Tag.ITERATE, seed, Objects.requireNonNull(body, "body"));
  }

  /**
   * Does something with each value of a publisher, one after the other, and requests one value at a
   * time; see {@link #forEach(Publisher, int, Step)}.
   *
   * @param publisher the publisher
   * @param body makes the task of a value, in a step
   * @param <T> the type of the values
   * @return a task that completes with null when the publisher has completed and each value is done
   */
  public static <T> Task<Void> forEach(
      Publisher<? extends T> publisher, Step<? super T, ? extends Task<?>> body) {
    return forEach(publisher, 1, body);
  }

  /**
   * Does something with each value of a publisher, one after the other, and requests values in
   * advance.
   *
   * <p>The publisher is subscribed to, requested from and cancelled in steps of this callback
   * thread. It is cancelled when the body fails, and on cancellation or a timeout. Values that had
   * come by then and were not begun with are dropped: at most {@code prefetch}.
   *
   * <p>Fails with the publisher's error after the values that came before it, with the body's error
   * at once, and with {@link IllegalStateException} if the publisher gives more values than were
   * requested.
   *
   * <pre>
   * Task.forEach(lines, line -&gt; Task.run(() -&gt; print(line)))
   * </pre>
   *
   * @param publisher the publisher
   * @param prefetch how many values are requested and not done at most, from 1
   * @param body makes the task of a value, in a step
   * @param <T> the type of the values
   * @return a task that completes with null when the publisher has completed and each value is done
   */
  public static <T> Task<Void> forEach(
      Publisher<? extends T> publisher, int prefetch, Step<? super T, ? extends Task<?>> body) {
    Objects.requireNonNull(publisher, "publisher");
    Check.inRange("prefetch", prefetch, 1, Integer.MAX_VALUE);
    return new Task<>(
        Tag.FOR_EACH, publisher, new Each(Objects.requireNonNull(body, "body"), prefetch));
  }

  /**
   * Reads a value of the callback thread's context.
   *
   * @param key the key
   * @param <V> the type of the value
   * @return a task that completes with the value set by the innermost {@link #with}, and fails with
   *     {@link NoSuchElementException} if there is none
   */
  public static <V> Task<V> context(ContextKey<V> key) {
    return new Task<>(Tag.CONTEXT, Objects.requireNonNull(key, "key"), null);
  }

  /**
   * Acquires something, uses it and releases it exactly once, whatever happens.
   *
   * <p>The release runs after the use has completed, failed or been cancelled, and cannot be
   * cancelled itself; its blocking calls are not refused by a full elastic pool. If the callback
   * thread is cancelled or times out while it acquires, it does not wait: what is acquired later is
   * released at once. If a step gets stuck and the callback thread fails for it (a failed stall),
   * the release may run while the stuck step still does: then do not give the thing back to a pool,
   * close it. The outcome tells: it is {@code Failed} with {@link LoopStalledException}.
   *
   * @param acquire gives the thing
   * @param use uses it
   * @param release gives it back; told how the use ended
   * @param <A> the type of the thing
   * @param <R> the type of the value
   * @return a task that ends as the use did, or fails as the acquire did; if only the release
   *     fails, as the release did
   */
  public static <A extends @Nullable Object, R extends @Nullable Object> Task<R> using(
      Task<? extends A> acquire,
      Step<? super A, ? extends Task<? extends R>> use,
      Step2<? super A, ? super Outcome<?>, ? extends Task<?>> release) {
    return new Task<>(
        Tag.USING,
        Objects.requireNonNull(acquire, "acquire"),
        new Use(Objects.requireNonNull(use, "use"), Objects.requireNonNull(release, "release")));
  }

  /**
   * Widens the type of the value.
   *
   * @param task the task
   * @param <T> the wider type
   * @return the same task
   */
  public static <T extends @Nullable Object> Task<T> narrow(Task<? extends T> task) {
    return (Task<T>) Objects.requireNonNull(task, "task");
  }

  /**
   * Goes on with one step from this task's value.
   *
   * @param step the step
   * @param <R> the type of its value
   * @return a task that completes with what the step returns
   */
  public <R extends @Nullable Object> Task<R> map(Step<? super T, ? extends R> step) {
    return new Task<>(Tag.MAP, this, Objects.requireNonNull(step, "step"));
  }

  /**
   * Goes on with the task that a step makes from this task's value.
   *
   * @param step makes the task
   * @param <R> the type of its value
   * @return a task that does both
   */
  public <R extends @Nullable Object> Task<R> flatMap(
      Step<? super T, ? extends Task<? extends R>> step) {
    return new Task<>(Tag.FLAT_MAP, this, Objects.requireNonNull(step, "step"));
  }

  /**
   * Goes on with blocking code on this task's value; see {@link #blocking(Callable)}.
   *
   * @param call the blocking code
   * @param <R> the type of its value
   * @return a task that completes with what the call returns
   */
  public <R extends @Nullable Object> Task<R> mapBlocking(Step<? super T, ? extends R> call) {
    return new Task<>(Tag.MAP_BLOCKING, this, Objects.requireNonNull(call, "call"));
  }

  /**
   * Goes on with another task and drops this task's value.
   *
   * @param next the other task
   * @param <R> the type of its value
   * @return a task that does both
   */
  public <R extends @Nullable Object> Task<R> then(Task<? extends R> next) {
    return new Task<>(Tag.THEN, this, Objects.requireNonNull(next, "next"));
  }

  /** {@return this task with its value dropped} */
  public Task<Void> then() {
    return then(done());
  }

  /**
   * Looks at the value.
   *
   * @param step looks at it; if it throws, the task fails
   * @return a task that completes with this task's value
   */
  public Task<T> doOnSuccess(Effect<? super T> step) {
    return new Task<>(Tag.DO_ON_SUCCESS, this, Objects.requireNonNull(step, "step"));
  }

  /**
   * Goes on after any error.
   *
   * @param step makes the task to go on with
   * @return a task that ends as this one, or as the step's task if this one fails
   */
  public Task<T> onErrorResume(Step<? super Throwable, ? extends Task<? extends T>> step) {
    return onErrorResume(Throwable.class, step);
  }

  /**
   * Goes on after an error of one type.
   *
   * @param type the type
   * @param step makes the task to go on with
   * @param <E> the type
   * @return a task that ends as this one, or as the step's task if this one fails with that type
   */
  public <E extends Throwable> Task<T> onErrorResume(
      Class<E> type, Step<? super E, ? extends Task<? extends T>> step) {
    return new Task<>(
        Tag.ON_ERROR_RESUME,
        this,
        new Resume(Objects.requireNonNull(type, "type"), Objects.requireNonNull(step, "step")));
  }

  /**
   * Replaces the error.
   *
   * @param step makes the new error
   * @return a task that fails with the new error where this one fails
   */
  public Task<T> onErrorMap(Step<? super Throwable, ? extends Throwable> step) {
    return new Task<>(Tag.ON_ERROR_MAP, this, Objects.requireNonNull(step, "step"));
  }

  /**
   * Runs a step when this task ends, however it ends, exactly once.
   *
   * @param step told how it ended; if it throws after success the task fails, otherwise what it
   *     throws is added to the error as suppressed
   * @return a task that ends as this one
   */
  public Task<T> doFinally(Effect<? super Outcome<T>> step) {
    return new Task<>(Tag.DO_FINALLY, this, Objects.requireNonNull(step, "step"));
  }

  /**
   * Gives this task a limited time. When it has passed, the task is cancelled (its finalizers run)
   * and fails with {@link TaskTimeoutException}, which only what comes after this operator can
   * resume from.
   *
   * @param limit the time, above zero
   * @return a task that ends as this one or fails
   */
  public Task<T> timeout(Duration limit) {
    return new Task<>(Tag.TIMEOUT, this, Check.positive("limit", limit));
  }

  /**
   * Does this task again when it fails, after a pause.
   *
   * <p>What an attempt has acquired with {@link #using} is released before the next one. A timeout
   * around this operator covers all attempts and pauses, and cancellation ends them; neither is
   * retried. When no attempt is left it fails with the last error, to which the eight before it are
   * added as suppressed.
   *
   * <pre>
   * connect.retry(Backoff.exponential(ofMillis(200), ofSeconds(30)).on(IOException.class))
   * </pre>
   *
   * @param backoff which errors, how often, and the pauses
   * @return a task that ends as the last attempt
   */
  public Task<T> retry(Backoff backoff) {
    Objects.requireNonNull(backoff, "backoff");
    return defer(() -> new Retry<>(this, backoff).attempt());
  }

  /**
   * Protects this task from cancellation and from timeouts around it: both wait until it has ended.
   *
   * @return a task that ends as this one
   */
  public Task<T> uncancellable() {
    return new Task<>(Tag.UNCANCELLABLE, this, null);
  }

  /**
   * Runs this task on another scheduler: as a child there, with a permit, loops and an elastic pool
   * of that scheduler. The outcome comes home, and what follows runs at home again.
   *
   * <p>If this is cancelled or times out, so is the child, and this waits for its end; within the
   * acquire of {@link #using} it is not cancelled, because what the child has acquired would be
   * lost.
   *
   * @param scheduler the other scheduler; if it is the present one, the task runs as a child there
   * @return a task that ends as this one, and fails with a {@link RefusedException} if the
   *     scheduler does not let it in, or with {@code CancellationException} if the child was
   *     cancelled there
   */
  public Task<T> runIn(LoopScheduler scheduler) {
    return new Task<>(Tag.RUN_IN, this, Objects.requireNonNull(scheduler, "scheduler"));
  }

  /**
   * Names this task. The outermost name is the name of the callback thread; inner ones are shown
   * behind it in dumps and incidents, as in {@code order > price}.
   *
   * @param name the name
   * @return a task that does the same
   */
  public Task<T> named(String name) {
    return new Task<>(Tag.NAMED, this, Check.notBlank("name", name));
  }

  /**
   * Sets a value of the context for the duration of this task.
   *
   * @param key the key
   * @param value the value
   * @param <V> the type of the value
   * @return a task that does the same
   */
  public <V> Task<T> with(ContextKey<V> key, V value) {
    Objects.requireNonNull(value, "value");
    return new Task<>(
        Tag.WITH, this, new Binding(Objects.requireNonNull(key, "key"), key.cast(value)));
  }

  /** A value, which may be null. */
  static Task<?> constant(@Nullable Object value) {
    return new Task<>(Tag.VALUE, value, null);
  }

  /** The rest of an unwinding, see {@link Interpreter}. */
  static Task<?> unwinding(@Nullable Object landing) {
    return new Task<>(Tag.UNWIND, landing, null);
  }

  /** A hop whose label is not the class of the call. */
  static Task<?> hop(Callable<?> call, Object label) {
    return new Task<>(Tag.BLOCKING, call, label);
  }

  /** Emitting is a node of its own, made by {@link Emitter#emit}. */
  static Task<Void> emitting(StreamSubscription to, Object value) {
    return new Task<>(Tag.EMIT, to, value);
  }

  /** The rest of starting children, see {@link Interpreter}. */
  static Task<?> starting(Siblings siblings) {
    return new Task<>(Tag.START_SIBLINGS, siblings, null);
  }

  /** The end of children, see {@link Interpreter}. */
  static Task<?> ending(Ending ending) {
    return new Task<>(Tag.END_CHILDREN, ending, null);
  }

  /** Joining is a node of its own, made by {@link CallbackThread#join()}. */
  static <T extends @Nullable Object> Task<T> joining(CallbackThread<T> thread) {
    return new Task<>(Tag.JOIN, thread, null);
  }

  /** The next signal of a publisher has come. */
  static Task<?> signal(ForEach signals) {
    return new Task<>(Tag.SIGNAL, signals, null);
  }

  /** The clock of the loop, in nanoseconds. */
  static Task<Long> clock() {
    return (Task<Long>) CLOCK;
  }

  /** What a function of the user has made must be there. */
  static Task<?> made(@Nullable Task<?> made, Object by) {
    if (made == null) {
      throw new NullPointerException(
          Text.format(
              "a step in %s returned null (expected: a task, such as Task.done())", Labels.of(by)));
    }
    return made;
  }
}
