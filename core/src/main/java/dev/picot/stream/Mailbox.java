/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.stream;

import dev.picot.CheckReturnValue;
import dev.picot.Effect;
import dev.picot.LoopScheduler;
import dev.picot.Step;
import dev.picot.Task;
import dev.picot.TaskTimeoutException;
import dev.picot.internal.Check;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;

/**
 * A bounded queue from any number of producers to one receiver at a time.
 *
 * <p>Producers give it elements by {@link #offer}, which any thread may call and which never
 * blocks, by {@link #send}, which makes a callback thread wait for room, or through {@link
 * #asSubscriber}. A callback thread takes them by {@link #receive()} or {@link #forEach}, or a
 * subscriber of {@link #asPublisher} does. For values that one callback thread makes on demand use
 * {@link LoopScheduler#stream} without a mailbox.
 *
 * <h2>Threading</h2>
 *
 * Every method may be called by any thread, and no method waits. The elements of one producer are
 * received in the order in which it gave them; those who wait in {@code send} are served in the
 * order in which they came, and no {@code offer} overtakes them. What a producer did before it gave
 * an element happens-before what the receiver does with it. A producer or receiver that gets stuck
 * in its own code holds up nobody else.
 *
 * <h2>Cancellation</h2>
 *
 * A {@code receive} that was cancelled or timed out has taken no element: it takes one only in the
 * step that the element is given to. A {@code send} that was cancelled is decided once: either its
 * element is inside, or it is undelivered.
 *
 * <h2>Lifecycle</h2>
 *
 * Open until {@link #close} or {@link #closeNow}, or until a publisher that it is subscribed to has
 * ended. Then it takes no element any more; what is inside is still received.
 *
 * <h2>Errors</h2>
 *
 * {@link MailboxClosedException} for whoever sends to a closed mailbox or receives from one that
 * has no element left; {@link IllegalStateException} for a second receiver.
 *
 * <pre>
 * Mailbox&lt;String&gt; lines = Mailbox.bounded(64);
 * scheduler.spawn(lines.forEach(line -&gt; Task.run(() -&gt; print(line))));
 * lines.offer("hello");
 * </pre>
 *
 * @param <T> the type of the elements
 * @since 0.1
 */
// Over 250 lines with its Javadoc: all operations on the one shared state.
public final class Mailbox<T> {
  /*
   * Everything shared is one immutable MailboxState, which every operation replaces by one
   * compare-and-set: its linearization point. The compare-and-set has the effects of a volatile read
   * and write, so what happened before an element was put in happens-before its being taken out. A
   * thread that stops for ever at any point holds nothing: the state is valid before and after each
   * step, and the next step of an unfinished operation, `settle`, is done by whoever comes by.
   *
   * User code (the effect of undelivered elements, calls of publishers) runs last, after the state
   * was changed and everybody was woken.
   */
  private static final System.Logger LOG = System.getLogger("dev.picot");

  private static final int SWEEP_FROM = 16;

  private static final VarHandle STATE;

  static {
    try {
      STATE = MethodHandles.lookup().findVarHandle(Mailbox.class, "state", MailboxState.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final int capacity;
  private final boolean dropsOldest;
  private final AtomicReference<@Nullable Effect<? super T>> undelivered = new AtomicReference<>();

  private volatile MailboxState<T> state = MailboxState.empty();

  /** From how many that wait those who have gone are removed. Any thread, without order. */
  private volatile int sweepAt = SWEEP_FROM;

  private Mailbox(int capacity, boolean dropsOldest) {
    this.capacity = Check.inRange("capacity", capacity, 1, Integer.MAX_VALUE);
    this.dropsOldest = dropsOldest;
  }

  /**
   * Makes a mailbox that refuses what does not fit.
   *
   * @param capacity how many elements fit, above zero
   * @param <T> the type of the elements
   * @return an open, empty mailbox
   */
  public static <T> Mailbox<T> bounded(int capacity) {
    return new Mailbox<>(capacity, false);
  }

  /**
   * Makes a mailbox that makes room by dropping its oldest element, which is then undelivered.
   *
   * @param capacity how many elements fit, above zero
   * @param <T> the type of the elements
   * @return an open, empty mailbox
   */
  public static <T> Mailbox<T> dropOldest(int capacity) {
    return new Mailbox<>(capacity, true);
  }

  /**
   * Makes a mailbox that keeps the latest element only: {@code dropOldest(1)}.
   *
   * @param <T> the type of the elements
   * @return an open, empty mailbox
   */
  public static <T> Mailbox<T> latest() {
    return dropOldest(1);
  }

  /**
   * Says what to do with each element that nobody will receive, such as releasing a buffer: one
   * that was dropped by a newer one, that was inside at {@link #closeNow}, whose {@link #send} was
   * cancelled after it had begun, or was turned away by a closed mailbox, or that a publisher gave
   * after the mailbox was closed. Each is reported once. One that {@link #offer} refuses is not:
   * the caller still has it.
   *
   * <p>The effect runs on the thread that made the element undelivered and must not block. What it
   * throws is logged.
   *
   * @param effect what to do
   * @return this mailbox
   * @throws IllegalStateException if it was said before
   */
  @SuppressWarnings("CheckReturnValue") // the mailbox itself
  public Mailbox<T> onUndelivered(Effect<? super T> effect) {
    if (!undelivered.compareAndSet(null, Objects.requireNonNull(effect, "effect"))) {
      throw new IllegalStateException("onUndelivered was called before (expected: once)");
    }
    return this;
  }

  /**
   * Gives an element without waiting.
   *
   * @param element the element
   * @return false if the mailbox is closed, or is bounded and full, or others wait for room: then
   *     the element is not inside
   */
  public boolean offer(T element) {
    return put(Objects.requireNonNull(element, "element"), false);
  }

  /**
   * Gives an element and waits for room, behind those who wait already. A mailbox that drops its
   * oldest element has always room.
   *
   * @param element the element
   * @return a task that completes with null when the element is inside, and fails with {@link
   *     MailboxClosedException} if the mailbox is closed before
   */
  @CheckReturnValue
  public Task<Void> send(T element) {
    Objects.requireNonNull(element, "element");
    return Task.async(
        sink -> {
          if (put(element, false)) {
            Send.succeed(sink);
          } else {
            new Send<>(this, element, sink).start();
          }
        });
  }

  /**
   * Takes the oldest element, or waits for one.
   *
   * @return a task that completes with the element. It fails with {@link MailboxClosedException} if
   *     the mailbox is closed and empty, and with {@link IllegalStateException} at once if somebody
   *     else is receiving
   */
  @SuppressWarnings("unchecked") // of this shape
  @CheckReturnValue
  public Task<T> receive() {
    return (Task<T>) (Task<?>) receive(Receive.Shape.ELEMENT);
  }

  /**
   * Takes the oldest element, or waits for one for a limited time.
   *
   * @param limit how long, above zero
   * @return a task that completes with the element, or empty if the time has passed; else as {@link
   *     #receive()}
   */
  @SuppressWarnings("unchecked") // of this shape
  @CheckReturnValue
  public Task<Optional<T>> receive(Duration limit) {
    Task<Optional<T>> received = (Task<Optional<T>>) (Task<?>) receive(Receive.Shape.OPTIONAL);
    return received
        .timeout(limit)
        .onErrorResume(TaskTimeoutException.class, late -> Task.value(Optional.empty()));
  }

  /**
   * Takes one element after the other, each when the task for the one before it has ended.
   *
   * @param body makes the task for an element
   * @return a task that completes with null when the mailbox is closed and empty. It fails as a
   *     task of the body does, which leaves the mailbox open; with {@link MailboxClosedException}
   *     if an error closed the mailbox; and with {@link IllegalStateException} if somebody else is
   *     receiving
   */
  @SuppressWarnings("unchecked") // of this shape
  @CheckReturnValue
  public Task<Void> forEach(Step<? super T, ? extends Task<?>> body) {
    Objects.requireNonNull(body, "body");
    return receive(Receive.Shape.ELEMENT_OR_END)
        .flatMap(
            received -> {
              if (received == Receive.END) {
                return Task.done();
              }
              Task<?> made = body.apply((T) received);
              if (made == null) {
                throw new NullPointerException(
                    "the step of forEach returned null (expected: a task, such as Task.done())");
              }
              return made.flatMap(ended -> forEach(body));
            });
  }

  private Task<Object> receive(Receive.Shape shape) {
    return Task.async(sink -> new Receive<>(this, shape, sink).start());
  }

  /**
   * Shows the mailbox as a publisher. Each subscriber is the receiver as long as it is subscribed,
   * so there can be one at a time; a second one, or one beside a {@code receive}, gets {@link
   * IllegalStateException} as {@code onError}. It completes when the mailbox is closed and empty,
   * and fails with the error that closed it, if there was one. A cancelled subscription leaves in
   * the mailbox what it has not signalled.
   *
   * @param scheduler runs a callback thread for each subscriber, which signals it
   * @return the publisher
   */
  public Publisher<T> asPublisher(LoopScheduler scheduler) {
    Objects.requireNonNull(scheduler, "scheduler");
    return scheduler.stream(
        emitter ->
            Task.using(
                Task.call(() -> claimed(new Drain<>(this))),
                drain -> drain.into(emitter),
                (drain, outcome) -> Task.run(drain::release)));
  }

  private Drain<T> claimed(Drain<T> drain) {
    claim(drain);
    return drain;
  }

  /**
   * Makes a subscriber that puts the values of one publisher into the mailbox. It requests one
   * value at a time, and only when a room is kept for it, waiting behind those who {@link #send}; a
   * mailbox that drops its oldest element requests without limit.
   *
   * <p>The end of the publisher closes the mailbox, an error of it with that error. To put several
   * publishers into one mailbox merge them before, or {@link #send} their values. If the mailbox is
   * closed otherwise, the publisher is cancelled.
   *
   * @return a new subscriber, for one subscription
   */
  public Subscriber<T> asSubscriber() {
    return new SubscriberView<>(this);
  }

  /**
   * Closes the mailbox: it takes no element any more, and who waits in {@link #send} fails. What is
   * inside is still received. Nothing happens if it is closed already.
   */
  public void close() {
    closeBecauseOf(null);
  }

  /**
   * Closes the mailbox and empties it: what is inside is undelivered. Also empties one that is
   * closed already.
   */
  public void closeNow() {
    closeBecauseOf(null);
    for (MailboxState<T> seen = state; ; seen = state) {
      if (seen.elements().isEmpty()) {
        return;
      }
      MailboxState<T> next = seen.withElements(Fifo.empty());
      if (cas(seen, next)) {
        wakeReceiver();
        seen.elements().forEach(this::undelivered);
      }
    }
  }

  @Override
  public String toString() {
    MailboxState<T> now = state;
    return "Mailbox["
        + now.elements().size()
        + " of "
        + capacity
        + (now.isClosed() ? ", closed]" : "]");
  }

  // For its receivers and producers

  MailboxState<T> state() {
    return state;
  }

  boolean dropsOldest() {
    return dropsOldest;
  }

  /** Puts an element inside; with a credit, into the room reserved for it. */
  boolean put(T element, boolean reserved) {
    for (; ; ) {
      MailboxState<T> seen = state;
      MailboxState<T> next;
      T dropped = null;
      if (seen.isClosed()) {
        return false;
      } else if (reserved) {
        next = seen.withReserved(seen.reserved() - 1).plus(element);
      } else if (hasRoom(seen) && seen.waiting().isEmpty()) {
        next = seen.plus(element);
      } else if (dropsOldest) {
        dropped = seen.elements().first();
        next = seen.withElements(seen.elements().rest().plus(element));
      } else {
        return false;
      }
      if (cas(seen, next)) {
        wakeReceiver();
        if (dropped != null) {
          undelivered(dropped);
        }
        return true;
      }
    }
  }

  private boolean cas(MailboxState<T> seen, MailboxState<T> next) {
    return STATE.compareAndSet(this, seen, next);
  }

  private boolean hasRoom(MailboxState<T> now) {
    return capacity - now.elements().size() > now.reserved();
  }

  /** Waits for room. */
  void enqueue(Waiting<T> producer) {
    for (; ; ) {
      MailboxState<T> seen = state;
      Fifo<Waiting<T>> waiting = seen.waiting();
      if (waiting.size() >= sweepAt) {
        waiting = waiting.without(Waiting::isGone);
        sweepAt = Math.max(SWEEP_FROM, 2 * waiting.size());
      }
      if (cas(seen, seen.withWaiting(waiting.plus(producer)))) {
        settle();
        return;
      }
    }
  }

  /**
   * Decides about those who wait, as far as there is room; about all once the mailbox is closed.
   */
  private void settle() {
    List<Waiting<T>> decided = new ArrayList<>(1);
    for (; ; ) {
      MailboxState<T> seen = state;
      if (seen.waiting().isEmpty() || !(seen.isClosed() || hasRoom(seen))) {
        break;
      }
      Waiting<T> first = seen.waiting().first();
      MailboxState<T> without = seen.withWaiting(seen.waiting().rest());
      boolean byMe = seen.isClosed() ? first.leave() : first.admit();
      if (first.isAdmitted()) {
        if (cas(seen, first.into(without))) {
          first.decided();
          decided.add(first);
        }
      } else { // gone, which is final
        if (byMe) {
          first.decided();
          decided.add(first);
        }
        boolean unused = cas(seen, without);
      }
    }
    wakeReceiver();
    decided.forEach(Waiting::afterwards);
  }

  private void wakeReceiver() {
    MailboxState<T> now = state;
    Receiver<T> receiver = now.receiver();
    if (receiver != null && now.concernsReceiver()) {
      receiver.wake(now);
    }
  }

  /** Makes somebody the receiver. */
  void claim(Receiver<T> receiver) {
    for (; ; ) {
      MailboxState<T> seen = state;
      if (seen.receiver() != null) {
        throw new IllegalStateException(
            "a mailbox has a receiver already (expected: one at a time). Let it end first, or use a mailbox for each receiver.");
      }
      if (cas(seen, seen.withReceiver(receiver))) {
        settle();
        return;
      }
    }
  }

  /** Gives the claim up. Returns false if it had none. */
  boolean give(Receiver<T> receiver) {
    for (; ; ) {
      MailboxState<T> seen = state;
      if (seen.receiver() != receiver) {
        return false;
      }
      if (cas(seen, seen.withReceiver(null))) {
        return true;
      }
    }
  }

  /** Takes the oldest element; null if the mailbox was emptied since the receiver was woken. */
  @Nullable T take(Receiver<T> receiver, boolean goesOn) {
    for (; ; ) {
      MailboxState<T> seen = state;
      if (seen.receiver() != receiver || seen.elements().isEmpty()) {
        return null;
      }
      T element = seen.elements().first();
      MailboxState<T> taken = seen.withElements(seen.elements().rest());
      if (cas(seen, goesOn ? taken : taken.withReceiver(null))) {
        settle();
        return element;
      }
    }
  }

  /** Lets a view take part; false if the mailbox is closed. */
  boolean add(SubscriberView<T> view) {
    for (; ; ) {
      MailboxState<T> seen = state;
      if (seen.isClosed()) {
        return false;
      }
      if (cas(seen, seen.withViews(seen.views().plus(view)))) {
        return true;
      }
    }
  }

  /** Returns false if it was closed before. */
  boolean closeBecauseOf(@Nullable Throwable cause) {
    for (; ; ) {
      MailboxState<T> seen = state;
      if (seen.isClosed()) {
        return false;
      }
      if (cas(seen, seen.closed(cause))) {
        settle();
        seen.views().forEach(SubscriberView::cancel);
        return true;
      }
    }
  }

  MailboxClosedException closedException(String attempt) {
    return new MailboxClosedException(attempt, state.cause());
  }

  void undelivered(T element) {
    Effect<? super T> effect = undelivered.get();
    if (effect == null) {
      return;
    }
    try {
      effect.accept(element);
    } catch (Throwable e) {
      report("onUndelivered of a mailbox failed", e);
    }
  }

  static void report(String what, Throwable error) {
    LOG.log(System.Logger.Level.ERROR, what, error);
  }
}
