/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import dev.picot.internal.Text;
import dev.picot.loop.Loop;
import dev.picot.loop.Stall;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * Looks into a scheduler, also while its loops are stuck; suspends, resumes and traces one callback
 * thread or all.
 *
 * <h2>Threading</h2>
 *
 * Every method may be called by any thread. Those that list callback threads are for threads that
 * may wait: a loop that is very busy answers in portions between its turns, and nothing stops it.
 *
 * @see LoopScheduler#inspect()
 * @see CallbackThreads
 * @since 0.1
 */
public final class Inspection {
  private final LoopScheduler scheduler;

  Inspection(LoopScheduler scheduler) {
    this.scheduler = scheduler;
  }

  /**
   * Lists the live callback threads.
   *
   * @return one entry for each, by id
   * @throws IllegalStateException if a busy loop does not answer within 5 seconds, or at once if
   *     the calling thread is a loop
   */
  public List<CallbackThreadInfo> callbackThreads() {
    List<CallbackThreadInfo> all = new ArrayList<>();
    forEachLive((thread, loop) -> all.add(thread.info(loop)));
    all.sort(Comparator.comparingLong(CallbackThreadInfo::id));
    return all;
  }

  /**
   * Looks at one callback thread. Never waits.
   *
   * @param thread of this scheduler
   * @return what it is doing, as far as it does not change meanwhile
   * @throws IllegalArgumentException if it is of another scheduler
   */
  public CallbackThreadInfo callbackThread(CallbackThread<?> thread) {
    return checked(thread).info(thread.boundLoop());
  }

  /**
   * Finds a live callback thread, for example one that a dump shows.
   *
   * @param id see {@link CallbackThread#id()}
   * @return the callback thread; empty if none that is live has this id
   * @throws IllegalStateException as {@link #callbackThreads()}
   */
  public Optional<CallbackThread<?>> find(long id) {
    List<CallbackThread<?>> found = new ArrayList<>();
    forEachLive(
        (thread, loop) -> {
          if (thread.id() == id) {
            found.add(thread);
          }
        });
    return found.stream().findFirst();
  }

  /**
   * Suspends a callback thread: it starts no further step until it is {@linkplain
   * #resume(CallbackThread) resumed}. A step that is running is finished first, and so is an
   * acquire or a finalizer. What it waits for may come meanwhile, and is kept.
   *
   * <p>Its timeouts go on: when one passes, the part that it limits is ended and its finalizers
   * run, but nothing after that. {@link CallbackThread#cancel()} resumes it for good, so that it
   * ends. Its children go on.
   *
   * @param thread of this scheduler
   * @return false if it was suspended, was asked to stop, or has ended, and nothing changed
   * @throws IllegalArgumentException if it is of another scheduler
   */
  public boolean suspend(CallbackThread<?> thread) {
    return checked(thread).suspend();
  }

  /**
   * Lets a suspended callback thread go on where it stood.
   *
   * @param thread of this scheduler
   * @return false if it was not suspended, and nothing changed
   * @throws IllegalArgumentException if it is of another scheduler
   */
  public boolean resume(CallbackThread<?> thread) {
    boolean resumed = checked(thread).requestToGoOn();
    if (resumed) {
      thread.tell(TraceEvent.Kind.RESUMED, "");
    }
    return resumed;
  }

  /**
   * Suspends the whole scheduler: each loop ends the turn that it is in, with the slices that were
   * ready when that began, and starts no other until it is {@linkplain #resume() resumed}. What
   * becomes ready piles up: callback threads and executor tasks, also those that were cancelled or
   * have timed out. New callback threads are refused. Closing the scheduler resumes it.
   *
   * @return false if it was suspended, or is closed or being closed, and nothing changed
   */
  public boolean suspend() {
    return scheduler.suspend();
  }

  /**
   * Lets a suspended scheduler go on. Callback threads that were suspended one by one stay so.
   *
   * @return false if it was not suspended, and nothing changed
   */
  public boolean resume() {
    return scheduler.resume();
  }

  /** {@return whether the whole scheduler is suspended} */
  public boolean isSuspended() {
    return scheduler.group().isSuspended();
  }

  /**
   * Traces a callback thread, until it ends.
   *
   * @param thread of this scheduler
   * @param consumer is told of each event, on a thread of its own
   * @return the trace, to be closed
   * @throws IllegalArgumentException if it is of another scheduler
   */
  public Trace trace(CallbackThread<?> thread, Consumer<? super TraceEvent> consumer) {
    Objects.requireNonNull(consumer, "consumer");
    return scheduler.trace(checked(thread), consumer);
  }

  /**
   * Traces all callback threads, those that live and those to come.
   *
   * @param consumer is told of each event, on a thread of its own
   * @return the trace, to be closed
   */
  public Trace trace(Consumer<? super TraceEvent> consumer) {
    return scheduler.trace(null, Objects.requireNonNull(consumer, "consumer"));
  }

  /**
   * {@return the live callback threads and the figures of the scheduler, as text}
   *
   * @throws IllegalStateException as {@link #callbackThreads()}
   */
  public String dump() {
    return Dump.text(
        scheduler.name(), isSuspended(), scheduler.stats(), detachedTasks(), callbackThreads());
  }

  /**
   * {@return the same as {@link #dump()}, as a JSON object}
   *
   * @throws IllegalStateException as {@link #callbackThreads()}
   */
  public String dumpJson() {
    return Dump.json(
        scheduler.name(), isSuspended(), scheduler.stats(), detachedTasks(), callbackThreads());
  }

  /** What is stuck and no callback thread: tasks of the executor, and Workers of Reactor. */
  private List<Stall> detachedTasks() {
    return scheduler.group().stalls().stream()
        .filter(stall -> !(stall.task() instanceof CallbackThread<?>))
        .toList();
  }

  private void forEachLive(BiConsumer<CallbackThread<?>, Loop> visitor) {
    scheduler.forEachTask(
        (loop, task) -> {
          if (task instanceof CallbackThread<?> thread
              && !CallbackThreadState.wasEnded(thread.wordVolatile())) {
            visitor.accept(thread, loop);
          }
        });
  }

  private CallbackThread<?> checked(CallbackThread<?> thread) {
    Objects.requireNonNull(thread, "thread");
    if (thread.scheduler() != scheduler) {
      throw new IllegalArgumentException(
          Text.format(
              "callback thread '%s' is of scheduler '%s' (expected: '%s')",
              thread.name(), thread.scheduler().name(), scheduler.name()));
    }
    return thread;
  }
}
