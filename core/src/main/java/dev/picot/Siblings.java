/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import dev.picot.internal.Text;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/** Waits for children that were started together, until their outcomes decide. */
final class Siblings extends Awaiter {
  /*
   * What is waited for is the decision, and that is the result of the Awaiter: of several children
   * that decide at the same time the first CAS wins. A child that ends does nothing but count, note
   * its value or error, and perhaps decide; that wakes the parent, and a slice of the parent cancels
   * the others and waits for their end. So nothing here depends on how many they are.
   */

  /** What decides. */
  enum Until {
    /** The first error; else all values. */
    ALL,
    /** The first that ends. */
    FIRST,
    /** The first value; else the first error, when all have ended. */
    FIRST_SUCCESS
  }

  private static final VarHandle ENDED;
  private static final VarHandle ERROR;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      ENDED = lookup.findVarHandle(Siblings.class, "ended", int.class);
      ERROR = lookup.findVarHandle(Siblings.class, "error", Throwable.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** How many are started in one step. */
  private static final int PORTION = 64;

  private final Until until;
  private final LoopScheduler scheduler;
  private final List<Task<?>> tasks;

  /** Those that were started. Slices of the parent. */
  private final List<CallbackThread<?>> started = new ArrayList<>();

  /** For ALL. Each written by its child, before {@link #ended}. */
  private final @Nullable Object[] values;

  /** How many have ended. Children. */
  private volatile int ended;

  /** The first error, for FIRST_SUCCESS. Children, CAS. */
  private volatile @Nullable Throwable error;

  Siblings(CallbackThreadCore parent, Until until, LoopScheduler scheduler, List<Task<?>> tasks) {
    super(parent);
    this.until = until;
    this.scheduler = scheduler;
    this.tasks = tasks;
    this.values = new Object[until == Until.ALL ? tasks.size() : 0];
  }

  /** Reads the user's tasks; in a slice. More than may ever live are refused. */
  static List<Task<?>> read(Iterable<?> tasks, LoopScheduler scheduler) {
    List<Task<?>> read = new ArrayList<>();
    Iterator<?> iterator = tasks.iterator();
    while (iterator.hasNext()) {
      Object next = iterator.next();
      if (next == null) {
        throw new NullPointerException(
            Text.format(
                "task %d of an Iterable is null (expected: a task, such as Task.done())",
                read.size()));
      }
      read.add((Task<?>) next);
      scheduler.refuseMoreThan(read.size());
    }
    return read;
  }

  @Override
  void start() {
    if (tasks.isEmpty()) {
      if (until == Until.ALL) {
        complete(List.of());
      } else {
        fail(new NoSuchElementException("the first of no tasks (expected: at least one task)"));
      }
    }
  }

  /** Starts some; in a slice of the parent. Returns whether there are more to start. */
  boolean startSome(CallbackThreadCore parent, @Nullable Scope scope) {
    int most = Math.min(tasks.size(), started.size() + PORTION);
    for (int i = started.size(); i < most && !isDone(); i++) {
      started.add(Child.start(parent, scope, scheduler, tasks.get(i), this, i));
    }
    return started.size() < tasks.size() && !isDone();
  }

  /** In a slice of the parent. */
  List<CallbackThread<?>> started() {
    return started;
  }

  /** Whether all that were started have ended. In a slice of the parent. */
  boolean haveEnded() {
    return ended == started.size();
  }

  /** A child has ended. Any thread. */
  void ended(CallbackThreadCore child, int index) {
    Outcome<?> outcome = child.outcomeNow();
    if (outcome instanceof Outcome.Completed<?> completed) {
      succeeded(completed.value(), index);
    } else {
      failed(JoinAwait.error(outcome));
    }
    if ((int) ENDED.getAndAdd(this, 1) == tasks.size() - 1) {
      allEnded();
    }
  }

  private void succeeded(@Nullable Object value, int index) {
    if (until == Until.ALL) {
      values[index] = value;
    } else {
      complete(value);
    }
  }

  private void failed(Throwable e) {
    if (until == Until.FIRST_SUCCESS) {
      ERROR.compareAndSet(this, null, e);
    } else {
      fail(e);
    }
  }

  private void allEnded() {
    Throwable first = error;
    if (until == Until.ALL) {
      complete(Collections.unmodifiableList(Arrays.asList(values)));
    } else if (first != null) {
      fail(first);
    }
  }

  /** Adds the errors that did not decide to the one that did. When all have ended. */
  void suppressOthers(Throwable decided) {
    for (CallbackThread<?> child : started) {
      if (child.outcomeNow() instanceof Outcome.Failed<?> failed && failed.error() != decided) {
        decided.addSuppressed(failed.error());
      }
    }
  }

  /**
   * Drops the values that the parent does not go on with. When all have ended, in a slice of the
   * parent.
   *
   * @param taken what it goes on with, or null
   */
  void dropOthers(@Nullable Object taken, @Nullable Object subscriberContext) {
    if (subscriberContext == null || (until == Until.ALL && taken != null)) {
      return;
    }
    for (CallbackThread<?> child : started) {
      if (child.outcomeNow() instanceof Outcome.Completed<?> other && other.value() != taken) {
        Dropped.value(waiter(), subscriberContext, other.value());
      }
    }
  }

  @Override
  String describeWait() {
    return tasks.size() == 1
        ? "a child on scheduler '" + scheduler.name() + "'"
        : Text.format("%d children, of which %d have ended", tasks.size(), ended);
  }
}
