/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import dev.picot.internal.Check;
import dev.picot.internal.Nanos;
import dev.picot.internal.Text;
import dev.picot.loop.Loop;
import dev.picot.loop.LoopDriver;
import dev.picot.loop.LoopThread;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;

/**
 * A fiber made of callbacks: one sequential computation on a loop, described by a {@link Task}.
 *
 * <p>It is a hot {@link Publisher}: it runs whether or not anybody looks, and replays its outcome
 * to any number of subscribers. A value that is null is shown as empty completion. For one callback
 * thread per subscriber see {@link LoopScheduler#publisher}.
 *
 * <h2>Threading</h2>
 *
 * At most one of its steps runs at any time, on its loop; sole exception: finalizers after a failed
 * stall. Every method may be called by any thread. Subscribers are signalled on the loop, each in a
 * slice of its own; after the scheduler has closed, on the thread that subscribes or requests.
 *
 * <h2>Cancellation</h2>
 *
 * {@link #cancel()} cancels the callback thread; cancelling a subscription to it does not.
 *
 * <h2>Errors</h2>
 *
 * A failure is the outcome of the callback thread. If nobody ever asked for the outcome it is
 * logged, once.
 *
 * @param <T> the type of the value
 * @see LoopScheduler#spawn(Task)
 * @since 0.1
 */
// Over 250 lines with its Javadoc: the public face; what it does is in CallbackThreadCore.
public final class CallbackThread<T extends @Nullable Object> extends CallbackThreadCore
    implements Publisher<T> {
  /** What a callback thread is doing. */
  public enum State {
    /** Ready or running. */
    ACTIVE,
    /** Waiting: for a time, a result, a publisher, another callback thread. */
    WAITING,
    /** Its step is stuck on a thread that does not own the loop any more. */
    DETACHED,
    /** Ended with a value. */
    COMPLETED,
    /** Ended with an error. */
    FAILED,
    /** Ended by cancellation. */
    CANCELLED
  }

  CallbackThread(Task<? extends T> task, Loop loop) {
    this(task, null, loop);
  }

  /** One that begins in a given scope. */
  CallbackThread(Task<? extends T> task, @Nullable Scope scope, Loop loop) {
    super(task, null, scope, loop);
  }

  /** An internal one that goes on with given frames, in a given scope. */
  CallbackThread(Object slot, @Nullable Frame stack, @Nullable Scope scope, Loop loop) {
    super(slot, stack, scope, loop);
  }

  /**
   * {@return the callback thread whose step the calling thread runs; empty elsewhere, and in a step
   * that is stuck after its callback thread was failed}
   */
  public static Optional<CallbackThread<?>> current() {
    return LoopThread.currentTask() instanceof CallbackThread<?> thread
            && !wasEnded(thread.wordVolatile())
        ? Optional.of(thread)
        : Optional.empty();
  }

  /** {@return a number that no other callback thread of this process has} */
  @Override
  public long id() {
    return observers().id();
  }

  /**
   * {@return the outermost name, see {@link Task#named}; without one the scheduler's name and the
   * id}
   */
  @Override
  public String name() {
    String name = outermostName();
    return name == null ? scheduler().name() + "#" + id() : name;
  }

  /**
   * {@return the names of the tasks that it is in, from the outermost to the innermost, as in
   * {@code order > price}; empty if there are none}
   */
  public Optional<String> path() {
    return Optional.ofNullable(namePath());
  }

  /** {@return what it is doing; may have changed already} */
  public State state() {
    return stateOf(wordVolatile());
  }

  static State stateOf(int word) {
    return switch (CallbackThreadState.state(word)) {
      case ACTIVE, RETURNED -> State.ACTIVE;
      case WAITING -> State.WAITING;
      case DETACHED -> State.DETACHED;
      case COMPLETED -> State.COMPLETED;
      case FAILED, FAILING -> State.FAILED;
      case CANCELLED -> State.CANCELLED;
      default -> throw new IllegalStateException(describe(word));
    };
  }

  /** {@return the scheduler that it belongs to} */
  @Override
  public LoopScheduler scheduler() {
    return (LoopScheduler) boundLoop().group().scheduler();
  }

  /**
   * Asks it to stop. It starts no further step, ends its wait, runs its finalizers and ends as
   * cancelled; a part that is {@linkplain Task#uncancellable uncancellable} is finished first. Does
   * not wait for any of that.
   *
   * @return false if it had ended or was asked before, and nothing changed
   * @throws StackOverflowError at the very end of a stack; then nothing has happened
   */
  public boolean cancel() {
    return requestToStop();
  }

  /**
   * Waits for it from another callback thread.
   *
   * @return a task that completes with its value, or fails with its error or with {@link
   *     CancellationException}; stopping to wait does not cancel it
   */
  public Task<T> join() {
    return Task.joining(this);
  }

  /** {@return how it ended; empty while it is live} */
  public Optional<Outcome<T>> outcome() {
    Outcome<T> outcome = outcomeNow();
    if (outcome != null) {
      observers().observed = true;
    }
    return Optional.ofNullable(outcome);
  }

  /**
   * Shows the outcome as a future. Its dependents run on the loop. Cancelling the future does not
   * cancel the callback thread.
   *
   * @return a new future that completes when the callback thread has ended; cancellation is shown
   *     as {@link CancellationException}
   */
  public CompletableFuture<T> toFuture() {
    CompletableFuture<T> future = new CompletableFuture<>();
    observe(new FutureObserver<>(this, future));
    return future;
  }

  /**
   * Waits for it from a thread that is not a loop: for {@code main} and tests. If its scheduler is
   * {@linkplain ManualLoops manual} the calling thread drives the loops meanwhile.
   *
   * @param limit how long at most
   * @return its value
   * @throws BlockedOnLoopException on a loop, at once
   * @throws TimeoutException if it is still live after that time; it goes on
   * @throws InterruptedException if the calling thread was interrupted
   * @throws CancellationException if it was cancelled
   * @throws CompletionException if it failed with a checked exception, which is the cause;
   *     unchecked ones are thrown as they are
   */
  public T block(Duration limit) throws TimeoutException, InterruptedException {
    Check.notNegative("limit", limit);
    LoopThread loopThread = LoopThread.current();
    if (loopThread != null) {
      throw new BlockedOnLoopException(
          "block() on callback thread '" + name() + "'",
          loopThread.loop().name(),
          current().map(c -> "callback thread '" + c.name() + "'").orElse("a task of the loop"),
          "Use join(), or subscribe.");
    }
    Latch latch = new Latch();
    observe(latch);
    if (!latch.await(limit, scheduler().driver())) {
      throw new TimeoutException(
          Text.format(
              "callback thread '%s' is still %s after %d ms", name(), state(), limit.toMillis()));
    }
    Outcome<T> outcome = Objects.requireNonNull(outcomeNow());
    if (outcome instanceof Outcome.Completed<T> completed) {
      return completed.value();
    }
    Throwable error = JoinAwait.error(outcome);
    if (error instanceof RuntimeException unchecked) {
      throw unchecked;
    }
    if (error instanceof Error serious) {
      throw serious;
    }
    throw new CompletionException(error);
  }

  @Override
  @SuppressWarnings("unchecked") // what ended it was made from a Task<T>
  @Nullable Outcome<T> outcomeNow() {
    return (Outcome<T>) super.outcomeNow();
  }

  @Override
  public void subscribe(Subscriber<? super T> subscriber) {
    Objects.requireNonNull(subscriber, "subscriber");
    OutcomeSubscription subscription = new OutcomeSubscription(subscriber, this);
    subscriber.onSubscribe(subscription);
    if (subscription.open()) {
      observe(subscription);
    }
  }

  @Override
  public String toString() {
    return "CallbackThread[" + name() + ", " + describe(wordVolatile()) + "]";
  }

  /** Lets a platform thread wait. */
  private static final class Latch extends Observer {
    private final CountDownLatch latch = new CountDownLatch(1);
    private final Thread waiter = Thread.currentThread();

    /** Whether the platform thread has gone. */
    private volatile boolean left;

    boolean await(Duration limit, @Nullable LoopDriver driver) throws InterruptedException {
      try {
        if (driver == null) {
          return latch.await(Nanos.of(limit), TimeUnit.NANOSECONDS);
        }
        boolean ended = driver.await(() -> latch.getCount() == 0, Nanos.of(limit));
        if (!ended && Thread.interrupted()) {
          throw new InterruptedException();
        }
        return ended;
      } finally {
        left = true;
      }
    }

    @Override
    void ended() {
      latch.countDown();
      LockSupport.unpark(waiter);
    }

    @Override
    boolean isStale() {
      return left;
    }
  }
}
