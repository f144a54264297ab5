/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A bounded pool of threads for blocking calls: one queue, interchangeable threads that come on
 * demand and go when they are not needed.
 *
 * <p>Its bound is exact: a call is accepted while fewer than {@code maxThreads + maxQueued} calls
 * are running and queued. A call counts from its acceptance until it has returned, also when nobody
 * waits for it any more.
 *
 * <h2>Threading</h2>
 *
 * Every method may be called by any thread. {@link #submit} is made for loops: it takes no lock,
 * never waits and starts no thread, but asks the starter for one. Calls are taken from the queue in
 * the order in which they came. Each runs on a daemon thread named {@code <name>-elastic-<n>}, with
 * the context class loader that the creator of the pool had.
 *
 * <h2>Lifecycle</h2>
 *
 * Open; then closed: no call is accepted, except by {@link #submitForced}, what is queued still
 * runs, and the threads end; then, or instead, closed at once: no call is accepted, and what is
 * queued is rejected. Running calls are never interrupted.
 *
 * <h2>Errors</h2>
 *
 * If a thread cannot be started the queued calls wait for the others, and the next {@link #submit}
 * or {@link #retryStarts()} tries again; if there are no others the calls are rejected with {@link
 * ElasticStartFailedException}. A call that throws does no harm to its thread, and a thread that
 * dies all the same is replaced.
 *
 * @since 0.1
 */
public final class ElasticPool {
  /*
   * The word
   *   bits 0 to 60   calls that were accepted and have neither returned nor been dropped
   *   CLOSED         submit refuses
   *   CLOSED_NOW     submitForced refuses as well; whoever looks at the queue rejects what is in it
   * Transitions
   *   submit()        CAS +1 of an open word below the bound: the one place that decides
   *   submitForced()  adds 1, and takes it back if it finds CLOSED_NOW
   *   leave()         subtracts 1, before the call's outcome is sent home
   *   close(), closeNow()  set bits, which are never cleared
   * Invariants
   *   1. A call that is queued or runs is counted.
   *   2. After closeNow() no call stays queued: it sets the bit, then empties the queue, while a
   *      submitter appends, then looks at the bit.
   *   3. A call comes to one end: whoever takes it from the queue decides on it alone.
   * How a queued call finds a thread: ElasticThreads.
   *
   * Half of this file is documentation: acceptance, the queue and closing share the one word.
   */

  private static final long CLOSED = 1L << 61;
  private static final long CLOSED_NOW = 1L << 62;
  private static final long COUNT_MASK = CLOSED - 1;

  private static final VarHandle WORD;

  static {
    try {
      WORD = MethodHandles.lookup().findVarHandle(ElasticPool.class, "word", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final ElasticLimits limits;
  private final ElasticThreads threads;

  /** The calls that wait. Any thread adds; elastic threads take, and whoever rejects the rest. */
  private final Queue<ElasticTask> queue = new ConcurrentLinkedQueue<>();

  /** Calls that were run to their end. */
  private final LongAdder completed = new LongAdder();

  /** Calls that met the bound. */
  private final LongAdder rejected = new LongAdder();

  /** See the table above. */
  private volatile long word;

  /**
   * Creates a pool without threads.
   *
   * @param limits its name and limits
   * @param starter runs what starts a thread; {@link #submit} calls it, so it has its own thread
   *     for that and neither blocks nor waits
   */
  public ElasticPool(ElasticLimits limits, Executor starter) {
    this.limits = Objects.requireNonNull(limits, "limits");
    this.threads = new ElasticThreads(this, Objects.requireNonNull(starter, "starter"));
  }

  /**
   * Accepts a call, to be run as soon as a thread is free.
   *
   * @param task the call
   * @throws ElasticPoolFullException if as many calls as there may be are running and queued
   * @throws ElasticPoolClosedException if the pool was closed
   */
  public void submit(ElasticTask task) {
    Objects.requireNonNull(task, "task");
    long before = word;
    while (true) {
      if (isClosed(before)) {
        throw closed();
      }
      if (before >= limits.maxCalls()) {
        rejected.increment();
        throw full(before);
      }
      long witness = (long) WORD.compareAndExchange(this, before, before + 1);
      if (witness == before) {
        enqueue(task);
        return;
      }
      before = witness;
    }
  }

  /**
   * Accepts a call beyond the bound and also after {@link #close()}: for finalizers, which free
   * what others wait for and whose number is bounded elsewhere. It counts like any other call.
   *
   * @param task the call
   * @throws ElasticPoolClosedException if the pool was closed at once
   */
  public void submitForced(ElasticTask task) {
    Objects.requireNonNull(task, "task");
    long before = (long) WORD.getAndAdd(this, 1L);
    if (isClosedNow(before)) {
      leave();
      throw closed();
    }
    enqueue(task);
  }

  /** {@return whether the current thread is one of this pool, so that it may block in place} */
  public boolean onElasticThread() {
    return Thread.currentThread() instanceof ElasticThread thread && thread.belongsTo(this);
  }

  /**
   * Asks for a thread if calls are queued and there may be one more: to be called now and then, so
   * that a start that failed is tried again even if no call is submitted.
   */
  public void retryStarts() {
    if (hasQueued()) {
      threads.find();
    }
  }

  /**
   * Makes the next queued call on the calling thread: for a pool whose starter starts nothing. One
   * thread at a time.
   *
   * @return false if none is queued
   */
  public boolean runNext() {
    ElasticTask task = poll();
    if (task == null) {
      return false;
    }
    threads.standIn().execute(task);
    return true;
  }

  /** Takes the next queued call, to be made on any thread; null if none is queued. */
  @Nullable Runnable takeNext() {
    ElasticTask task = poll();
    return task == null ? null : () -> threads.executeInPlace(task);
  }

  /** Refuses new calls; what is queued still runs, and then the threads end. */
  public void close() {
    WORD.getAndBitwiseOr(this, CLOSED);
    threads.wakeAll();
  }

  /** Refuses new calls and rejects the queued ones; threads end when their calls have returned. */
  public void closeNow() {
    WORD.getAndBitwiseOr(this, CLOSED | CLOSED_NOW);
    threads.wakeAll();
    rejectQueued(this::closed);
  }

  /** {@return the limits it was created with} */
  public ElasticLimits limits() {
    return limits;
  }

  /** {@return the calls that are being run} */
  public List<ElasticCall> running() {
    return new Survey().calls;
  }

  /** {@return its present figures} */
  public ElasticStats stats() {
    var survey = new Survey();
    ElasticCall longest = survey.longest;
    return new ElasticStats(
        survey.threads,
        survey.idle,
        survey.calls.size(),
        survey.queued(word),
        completed.sum(),
        rejected.sum(),
        longest == null ? 0 : longest.runningNanos(),
        threads.startFailures());
  }

  /** {@return why a thread could not be started the last time; null if that never happened} */
  public @Nullable Throwable lastStartFailure() {
    return threads.lastStartFailure();
  }

  @Override
  public String toString() {
    return "ElasticPool[" + limits.name() + "]";
  }

  /** {@return the next call to be run, for an elastic thread; null if none is queued} */
  @Nullable ElasticTask poll() {
    if (isClosedNow(word)) {
      rejectQueued(this::closed);
    }
    return queue.poll();
  }

  boolean hasQueued() {
    return !queue.isEmpty();
  }

  boolean isClosed() {
    return isClosed(word);
  }

  /** A call is over and not counted any more; {@code run} unless it was abandoned. */
  void left(boolean run) {
    if (run) {
      completed.increment();
    }
    leave();
  }

  /** Drops what is queued and tells it so. */
  void rejectQueued(Supplier<RuntimeException> reason) {
    for (ElasticTask task = queue.poll(); task != null; task = queue.poll()) {
      leave();
      try {
        task.rejected(reason.get());
      } catch (Throwable e) {
        var thread = Thread.currentThread();
        thread.getUncaughtExceptionHandler().uncaughtException(thread, e);
      }
    }
  }

  private void enqueue(ElasticTask task) {
    try {
      queue.add(task);
    } catch (Throwable e) {
      leave();
      throw e;
    }
    if (isClosedNow(word)) {
      rejectQueued(this::closed);
    } else {
      threads.find();
    }
  }

  private void leave() {
    WORD.getAndAdd(this, -1L);
  }

  private static boolean isClosed(long word) {
    return (word & CLOSED) != 0;
  }

  private static boolean isClosedNow(long word) {
    return (word & CLOSED_NOW) != 0;
  }

  private ElasticPoolClosedException closed() {
    return new ElasticPoolClosedException(limits.name());
  }

  private ElasticPoolFullException full(long word) {
    var survey = new Survey();
    return new ElasticPoolFullException(
        limits, survey.threads, survey.queued(word), survey.longest);
  }

  /** What the threads are doing, as one look from outside finds it. */
  private final class Survey {
    final List<ElasticCall> calls = new ArrayList<>();
    int threads;
    int idle;

    /** Null if no call was seen running. */
    @Nullable ElasticCall longest;

    Survey() {
      long now = System.nanoTime();
      ElasticPool.this.threads.forEach(thread -> add(thread, now));
    }

    int queued(long word) {
      return (int) Math.max(0, (word & COUNT_MASK) - calls.size());
    }

    private void add(ElasticThread thread, long now) {
      threads++;
      if (thread.isIdle()) {
        idle++;
      }
      ElasticCall call = thread.call(now);
      if (call != null) {
        calls.add(call);
        if (longest == null || call.runningNanos() > longest.runningNanos()) {
          longest = call;
        }
      }
    }
  }
}
