/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The threads of one {@link ElasticPool}: finds one for calls that are queued, by waking an idle
 * one or by asking the starter for a new one.
 */
final class ElasticThreads {
  /*
   * One wake-up at a time
   *
   * Waking a thread costs the waker a system call, and a burst of short calls needs one or two
   * threads rather than all of them. So a submitter wakes nobody while a thread that was woken has
   * not looked at the queue yet (the flag "waking"). That thread clears the flag, takes a call and,
   * before it runs it, finds a thread for the calls that are still queued: the chain grows to as
   * many threads as there are calls if the calls do block, and the loop pays for its first link.
   *
   * No wake-up is lost: calls are not queued while a thread is idle or a place is free
   *
   * Every access named here is volatile or stronger, so all threads agree on one order.
   *
   * 1. A submitter appends its call, then looks for a thread. A thread that has run out of work
   *    shows that it can be found (IDLE), or that its place is free (ended), then looks at the
   *    queue. So the submitter finds the thread, or the thread finds the call.
   * 2. A submitter that finds the flag set relies on whoever clears it later: a woken thread, which
   *    then looks at the queue and finds a thread for what it leaves there, or a submitter that
   *    searched in vain, which then looks at the queue and at all threads once more. Whatever was
   *    appended before the flag was cleared is seen by these looks.
   * 3. Suppose calls are queued, a thread is IDLE or a place is free, and nothing moves. The flag
   *    is clear. By 1 each of these calls came after that thread became idle or that place free,
   *    so its submitter set the flag, relied on it, or asked for a thread. Take the last of these
   *    events to be answered: a flag was cleared or a thread started. By 2 and by invariant 4 of
   *    ElasticThread its answer included another look for a thread, which would have found that
   *    one: a contradiction.
   * 4. If neither a thread is idle nor a place is free, each of the maxThreads threads looks at the
   *    queue after the call was appended and before it rests.
   *
   * This needs a queue whose poll answers null only if it is empty, and whose append is a volatile
   * write. In an array queue a producer that is descheduled between claiming a cell and filling it
   * hides what others appended behind it, or makes its peers spin, and it fills the cell by a
   * release write, which the search for a thread may overtake. The linked queue has one atomic step
   * and no middle; measured with empty calls, it is as fast.
   *
   * The count of idle threads may be too high for a moment and is never too low (ElasticThread,
   * invariant 1): a search may be in vain, but a thread in IDLE is never overlooked. A thread that
   * has raised the count and is not IDLE yet needs no wake-up, by 1. The search begins at the
   * lowest index, so that surplus threads rest undisturbed and end.
   *
   * A place is taken when a thread is asked for. The request leads to a thread that looks at the
   * queue, or the place is given back and then the queue is looked at. A start that failed does not
   * ask again at once: others that have a place look at the queue; if there are none, the queued
   * calls are rejected.
   *
   * A quarter of this file is this argument, and it covers all of the rest.
   */

  private final ElasticPool pool;
  private final Executor starter;
  private final @Nullable ClassLoader contextLoader;

  /** A field, so that asking for a thread allocates nothing here. */
  private final Runnable start = this::start;

  /** The threads that live, each at its index. Set by the starter, cleared by the thread. */
  private final AtomicReferenceArray<@Nullable ElasticThread> threads;

  /** Places that are taken: threads that live or were asked for. Any thread. */
  private final AtomicInteger places = new AtomicInteger();

  /** Threads that may be woken, see {@link ElasticThread}, invariant 1. Any thread. */
  private final AtomicInteger idle = new AtomicInteger();

  /** Set while a thread is being sought or was woken and has not looked yet. Any thread, by CAS. */
  private final AtomicBoolean waking = new AtomicBoolean();

  /** Starts that failed. */
  private final LongAdder startFailures = new LongAdder();

  /** Null if no start has failed. Written by the starter. */
  private volatile @Nullable Throwable lastStartFailure;

  ElasticThreads(ElasticPool pool, Executor starter) {
    this.pool = pool;
    this.starter = starter;
    this.contextLoader = Thread.currentThread().getContextClassLoader();
    this.threads = new AtomicReferenceArray<>(pool.limits().maxThreads());
  }

  /** Calls are queued: sees to it that a thread looks at the queue. */
  void find() {
    while (idle.get() > 0) {
      if (waking.get() || !waking.compareAndSet(false, true) || wakeOne()) {
        return;
      }
      waking.set(false);
      if (!pool.hasQueued()) {
        return;
      }
      if (!anyIdle()) {
        break;
      }
    }
    if (takePlace()) {
      try {
        starter.execute(start);
      } catch (Throwable e) {
        startFailed(e);
      }
    }
  }

  /** Where no thread is ever started: one that stands for whoever makes the calls in its place. */
  ElasticThread standIn() {
    ElasticThread first = threads.get(0);
    return first == null ? create() : first;
  }

  /** Where no thread is ever started: the calling thread stands for one of its own. */
  void executeInPlace(ElasticTask task) {
    ElasticThread standsFor = create();
    try {
      standsFor.execute(task);
    } finally {
      forget(standsFor);
    }
  }

  /** A thread that was woken is about to look at the queue. */
  void awake() {
    waking.set(false);
  }

  /** Makes every idle thread look at the pool; those that become idle now do so anyway. */
  void wakeAll() {
    for (int i = 0; i < threads.length(); i++) {
      ElasticThread thread = threads.get(i);
      if (thread != null) {
        wake(thread);
      }
    }
  }

  void forEach(Consumer<ElasticThread> consumer) {
    for (int i = 0; i < threads.length(); i++) {
      ElasticThread thread = threads.get(i);
      if (thread != null) {
        consumer.accept(thread);
      }
    }
  }

  long startFailures() {
    return startFailures.sum();
  }

  @Nullable Throwable lastStartFailure() {
    return lastStartFailure;
  }

  void idleRaised() {
    idle.incrementAndGet();
  }

  void idleLowered() {
    idle.decrementAndGet();
  }

  /** The last act of a thread, also of one that died. */
  void ended(ElasticThread thread) {
    forget(thread);
    leavePlace();
  }

  private boolean wakeOne() {
    for (int i = 0; i < threads.length(); i++) {
      ElasticThread thread = threads.get(i);
      if (thread != null && wake(thread)) {
        return true;
      }
    }
    return false;
  }

  private boolean anyIdle() {
    for (int i = 0; i < threads.length(); i++) {
      ElasticThread thread = threads.get(i);
      if (thread != null && thread.isIdle()) {
        return true;
      }
    }
    return false;
  }

  private boolean wake(ElasticThread thread) {
    if (!thread.isIdle() || !ElasticThread.wasIdle(thread.wake())) {
      return false;
    }
    idleLowered();
    LockSupport.unpark(thread);
    return true;
  }

  private boolean takePlace() {
    int taken = places.get();
    while (taken < threads.length()) {
      int witness = places.compareAndExchange(taken, taken + 1);
      if (witness == taken) {
        return true;
      }
      taken = witness;
    }
    return false;
  }

  private void leavePlace() {
    places.decrementAndGet();
    if (pool.hasQueued()) {
      find();
    }
  }

  /** On the starter's thread, with a place. */
  private void start() {
    if (!pool.hasQueued()) {
      leavePlace();
      return;
    }
    ElasticThread thread = null;
    try {
      thread = create();
      thread.start();
    } catch (Throwable e) {
      if (thread != null) {
        forget(thread);
      }
      startFailed(e);
    }
  }

  /** Who has a place finds a free index, as an index is freed before its place. */
  private ElasticThread create() {
    for (int i = 0; ; i = (i + 1) % threads.length()) {
      if (threads.get(i) == null) {
        var thread = new ElasticThread(pool, this, i, contextLoader);
        if (threads.compareAndSet(i, null, thread)) {
          return thread;
        }
      }
    }
  }

  private void forget(ElasticThread thread) {
    int previous = thread.end();
    if (ElasticThread.wasIdle(previous)) {
      idleLowered();
    } else if (ElasticThread.wasWoken(previous)) {
      awake();
    }
    threads.set(thread.index(), null);
  }

  private void startFailed(Throwable cause) {
    lastStartFailure = cause;
    startFailures.increment();
    if (places.decrementAndGet() == 0) {
      pool.rejectQueued(() -> new ElasticStartFailedException(pool.limits().name(), cause));
    }
  }
}
