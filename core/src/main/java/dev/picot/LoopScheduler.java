/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import dev.picot.internal.Check;
import dev.picot.internal.Text;
import dev.picot.loop.ControlTask;
import dev.picot.loop.ElasticLimits;
import dev.picot.loop.ElasticPool;
import dev.picot.loop.ElasticPoolFullException;
import dev.picot.loop.ElasticStats;
import dev.picot.loop.ElasticTask;
import dev.picot.loop.Housekeeping;
import dev.picot.loop.Loop;
import dev.picot.loop.LoopGroup;
import dev.picot.loop.LoopTask;
import dev.picot.loop.LoopThread;
import dev.picot.loop.Ticker;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;

/**
 * A named compartment that runs callback threads: its own loops, elastic pool, limits and figures.
 * Not a Reactor {@code Scheduler}; {@code CallbackSchedulers.of} of picot-reactor gives one.
 *
 * <p>Give each feature that must not suffer from the others a scheduler of its own.
 *
 * <h2>Threading</h2>
 *
 * Every method may be called by any thread; {@link #close()} refuses to wait on a loop. Loop
 * threads and elastic threads are daemons.
 *
 * <h2>Lifecycle</h2>
 *
 * Open from {@link Builder#build()} until {@link #shutdown}, {@link #close} or {@link #closeNow}:
 * then it refuses new work, lets the callback threads finish for the time of grace, cancels those
 * that are left, and ends the ones that do not end within another 10 seconds, such as uncancellable
 * ones, as failed without further finalizers. Each of the three may be called repeatedly; a shorter
 * grace wins.
 *
 * <h2>Errors</h2>
 *
 * Refused work fails with a {@link RefusedException}. Errors that nobody can be told of are logged
 * to {@code dev.picot}.
 *
 * <pre>
 * try (LoopScheduler checkout = LoopScheduler.create("checkout")) {
 *   CallbackThread&lt;Receipt&gt; running = checkout.spawn(order);
 * }
 * </pre>
 *
 * @since 0.1
 */
// Over 250 lines: one public type with its Javadoc; closing is in Closing, defaults in the options.
public final class LoopScheduler implements AutoCloseable {
  private static final long UNOBSERVED_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  static {
    LoopGroup.findBy(scheduler -> ((LoopScheduler) scheduler).group);
  }

  private final String name;
  private final int maxCallbackThreads;
  private final Housekeeping housekeeping;
  private final LoopGroup group;
  private final ElasticPool elastic;
  private final Closing closing;
  private final Executor executor = this::execute;
  private final Inspection inspection = new Inspection(this);

  /** Null if no thread-locals are carried. */
  private final @Nullable Carrier<?> carrier;

  private final Permits permits = new Permits();
  private final LongAdder completed = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private final LongAdder cancelled = new LongAdder();
  private final LongAdder refused = new LongAdder();

  private LoopScheduler(Builder builder) {
    LoopGroup.Limits limits = builder.watchdog.limits();
    this.name = builder.name;
    this.carrier =
        builder.contextCarrier == null ? null : new Carrier<>(builder.contextCarrier, this);
    this.maxCallbackThreads = builder.maxCallbackThreads;
    this.housekeeping = Housekeeping.begin();
    this.closing = new Closing(this, builder.closing, housekeeping);
    this.group =
        new LoopGroup(
            name,
            builder.loops,
            limits,
            builder.ticker,
            housekeeping,
            this,
            this::isDrained,
            this::loopsEnded);
    ElasticOptions options = builder.elastic;
    this.elastic =
        new ElasticPool(
            new ElasticLimits(name, options.maxThreads(), options.maxQueued(), options.keepAlive()),
            housekeeping::execute);
    if (carrier != null) {
      group.carryBy(carrier::show);
    }
  }

  /**
   * Makes a scheduler with the defaults of {@link Builder}.
   *
   * @param name of the scheduler, its loops and its threads
   * @return a running scheduler
   */
  public static LoopScheduler create(String name) {
    return builder(name).build();
  }

  /**
   * Begins to make a scheduler.
   *
   * @param name of the scheduler, its loops and its threads
   * @return a builder with the defaults
   */
  public static Builder builder(String name) {
    return new Builder(Check.notBlank("name", name));
  }

  /**
   * {@return the scheduler of the callback thread whose step the calling thread runs, or whose loop
   * it is; empty on other threads}
   */
  public static Optional<LoopScheduler> current() {
    Optional<CallbackThread<?>> running = CallbackThread.current();
    if (running.isPresent()) {
      return running.map(CallbackThread::scheduler);
    }
    LoopThread thread = LoopThread.current();
    return thread == null
        ? Optional.empty()
        : Optional.of((LoopScheduler) thread.loop().group().scheduler());
  }

  /** {@return its name} */
  public String name() {
    return name;
  }

  /**
   * Starts a callback thread.
   *
   * @param task what it does
   * @param <T> the type of its value
   * @return the running callback thread
   * @throws AdmissionRefusedException if there are as many as may be
   * @throws SchedulerClosedException if the scheduler is closed or being closed
   */
  public <T extends @Nullable Object> CallbackThread<T> spawn(Task<? extends T> task) {
    Objects.requireNonNull(task, "task");
    Scope scope = carrier == null ? null : carrier.capture();
    admit();
    CallbackThread<T> thread = new CallbackThread<>(task, scope, group.choose());
    if (!thread.boundLoop().post(thread)) {
      release();
      throw closedWhile("refused a callback thread");
    }
    return thread;
  }

  /**
   * Starts a callback thread with a name.
   *
   * @param name of the callback thread
   * @param task what it does
   * @param <T> the type of its value
   * @return the running callback thread
   * @throws RefusedException as {@link #spawn(Task)}
   */
  public <T extends @Nullable Object> CallbackThread<T> spawn(String name, Task<? extends T> task) {
    return spawn(Task.<T>narrow(Objects.requireNonNull(task, "task")).named(name));
  }

  /**
   * Shows a task as a cold publisher: each subscriber starts a callback thread, which is cancelled
   * with the subscription. A value that is null is shown as empty completion; refused work as
   * {@code onError}.
   *
   * @param task what each callback thread does
   * @param <T> the type of the value
   * @return the publisher
   */
  public <T extends @Nullable Object> Publisher<T> publisher(Task<? extends T> task) {
    return new ColdPublisher<>(this, Objects.requireNonNull(task, "task"));
  }

  /**
   * {@return an executor that runs each action in a slice of its own on one of the loops; it throws
   * {@link SchedulerClosedException} once the scheduler is closed}
   */
  public Executor executor() {
    return executor;
  }

  private void execute(Runnable action) {
    Objects.requireNonNull(action, "action");
    Loop loop = group.choose();
    if (closing.hasBegun()
        || !loop.post(new ActionTask(action::run, this, "executor task " + Labels.of(action)))) {
      throw closedWhile("refused an executor task");
    }
  }

  /** {@return figures of this moment} */
  public Stats stats() {
    ElasticStats pool = elastic.stats();
    return new Stats(
        group.loops().size(),
        permits.live(),
        completed.sum(),
        failed.sum(),
        cancelled.sum(),
        refused.sum(),
        group.takeovers(),
        group.detached(),
        new Stats.Elastic(
            pool.threads(), pool.active(), pool.queued(), pool.completed(), pool.rejected()));
  }

  /** {@return a view of the live callback threads} */
  public Inspection inspect() {
    return inspection;
  }

  /**
   * Closes the scheduler without waiting: refuses new work at once, and cancels what is still live
   * after the time of grace.
   *
   * @param grace for the live callback threads, not negative
   * @return {@link #onClosed()}
   */
  public CompletionStage<Void> shutdown(Duration grace) {
    closing.begin(Check.notNegative("grace", grace));
    return onClosed();
  }

  /**
   * {@return a stage that completes, on a thread that nobody needs any more, when all callback
   * threads and loops have ended}
   */
  public CompletionStage<Void> onClosed() {
    return closing.closed();
  }

  /**
   * Closes the scheduler and waits: 10 seconds for the live callback threads to finish, then for
   * their cancellation. If the calling thread is interrupted it cancels at once and goes on
   * waiting.
   *
   * @throws BlockedOnLoopException on a loop; use {@link #shutdown} or {@link #closeNow}
   */
  @Override
  public void close() {
    LoopThread thread = LoopThread.current();
    if (thread != null) {
      throw new BlockedOnLoopException(
          "close() of scheduler '" + name + "'",
          thread.loop().name(),
          CallbackThread.current()
              .map(c -> "callback thread '" + c.name() + "'")
              .orElse("a task of the loop"),
          "Use shutdown(Duration) or closeNow().");
    }
    closing.closeAndWait();
  }

  /** Closes the scheduler without grace and without waiting: cancels what is live. */
  public void closeNow() {
    closing.begin(Duration.ZERO);
  }

  @Override
  public String toString() {
    return Text.format(
        "LoopScheduler[%s, %d loops, %d live%s]",
        name,
        group.loops().size(),
        permits.live(),
        closing.hasBegun() ? ", closed or closing" : "");
  }

  // For its callback threads

  void admit() {
    int now = permits.take();
    if (closing.hasBegun()) {
      release();
      throw closedWhile("refused a callback thread");
    }
    if (now > maxCallbackThreads || group.isUnhealthy()) {
      refused.increment();
      release();
      throw now > maxCallbackThreads
          ? new AdmissionRefusedException(name, now - 1, maxCallbackThreads)
          : AdmissionRefusedException.unhealthy(
              name, now - 1, maxCallbackThreads, group.limits().maxDetached());
    }
  }

  private void release() {
    permits.giveBack();
    closing.drained();
  }

  /** Keeps the loops alive without a callback thread, until {@link #letGo}. */
  void hold() {
    permits.hold();
  }

  void letGo() {
    permits.letGo();
    closing.drained();
  }

  /** Whether nothing is left that needs the loops. */
  boolean isDrained() {
    return permits.areAllBack() || (closing.isForcing() && permits.areOnlyHeld());
  }

  /** A callback thread has ended; after its state has changed. */
  void ended(CallbackThreadCore thread) {
    count(thread);
    release();
    thread.tellObservers();
    if (CallbackThreadState.was(CallbackThreadState.FAILED, thread.wordVolatile())
        && !thread.wasObserved()) {
      housekeeping.schedule(UNOBSERVED_NANOS, () -> reportUnobserved(thread));
    }
  }

  private void count(CallbackThreadCore thread) {
    switch (CallbackThreadState.state(thread.wordVolatile())) {
      case CallbackThreadState.COMPLETED -> completed.increment();
      case CallbackThreadState.FAILED -> failed.increment();
      default -> cancelled.increment();
    }
  }

  private void reportUnobserved(CallbackThreadCore thread) {
    if (!thread.wasObserved() && thread.outcomeNow() instanceof Outcome.Failed<?> failure) {
      housekeeping.report(
          Text.format(
              "Callback thread '%s' of scheduler '%s' failed and nobody asked for its outcome",
              thread.name(), name),
          failure.error());
    }
  }

  /** A callback thread was failed because its step is stuck: runs what it would have released. */
  void failedStall(CallbackThreadCore thread, Throwable error, @Nullable Frame stack) {
    Task<?> cleanup = Cleanup.of(thread, error, stack);
    if (cleanup != null) {
      Scope scope = Scope.of(thread.scopePlain()).finalizing();
      spawnInternal(thread.boundLoop(), cleanup, null, scope);
    }
    ended(thread);
  }

  /** Starts a callback thread that cannot be refused. */
  void spawnInternal(Loop loop, Object slot, @Nullable Frame stack, Scope scope) {
    permits.take();
    CallbackThread<?> thread = new CallbackThread<Object>(slot, stack, scope, loop);
    if (slot instanceof Awaiter awaiter) {
      awaiter.waitsFrom(thread);
    }
    if (!loop.post(thread)) {
      release();
      uncaught("release after closing", closedWhile("could not run a finalizer"));
    }
  }

  /** What the carrier shows to user code in a scope; null if nothing. */
  @Nullable Object contextOf(@Nullable Scope scope) {
    return carrier == null || scope == null ? null : carrier.contextOf(scope);
  }

  /** Shows what {@link #contextOf} gave to the user code that follows on the calling thread. */
  @Nullable Runnable showContext(Object context) {
    return Objects.requireNonNull(carrier, "carrier").show(context);
  }

  void submit(ElasticTask call, boolean forced) {
    try {
      if (forced) {
        elastic.submitForced(call);
      } else {
        elastic.submit(call);
      }
    } catch (RuntimeException e) {
      throw refusal(e);
    }
  }

  /** What a refusal by the elastic pool is called outside. */
  RuntimeException refusal(RuntimeException reason) {
    if (reason instanceof ElasticPoolFullException full) {
      Duration longest =
          full.longest() == null ? Duration.ZERO : Duration.ofNanos(full.longest().runningNanos());
      return new ElasticPoolSaturatedException(
          name, full.limits().maxThreads(), full.queued(), full.limits().maxQueued(), longest);
    }
    return closing.hasBegun() ? closedWhile("refused a blocking call") : reason;
  }

  void uncaught(String what, Throwable error) {
    housekeeping.report(Text.format("Scheduler '%s': uncaught error in %s", name, what), error);
  }

  SchedulerClosedException closedWhile(String what) {
    return new SchedulerClosedException(name, what);
  }

  void forEachTask(BiConsumer<Loop, LoopTask> visitor) {
    for (Loop loop : group.loops()) {
      loop.tasks().forEach(task -> visitor.accept(loop, task));
    }
  }

  // For its closing

  LoopGroup group() {
    return group;
  }

  /** Does something to every callback thread, on its loop, in phase OWNER. */
  void toAll(String what, BiConsumer<CallbackThreadCore, Loop> action) {
    for (Loop loop : group.loops()) {
      loop.post(
          new ControlTask(
              what,
              owned -> {
                for (LoopTask task : owned.tasksOfOwner()) {
                  if (task instanceof CallbackThreadCore thread) {
                    action.accept(thread, owned);
                  }
                }
              }));
    }
  }

  /** On the last loop thread. */
  private void loopsEnded() {
    housekeeping.forget(group);
    elastic.close();
    closing.ended();
    housekeeping.end();
  }

  /**
   * Makes a {@link LoopScheduler}. Everything has a default that is safe without configuration; one
   * line in the log tells them at the start.
   *
   * @since 0.1
   */
  public static final class Builder {
    private static final int CPUS = Runtime.getRuntime().availableProcessors();
    private static final long HEAP_PER_CALLBACK_THREAD = 8 * 1024;

    private final String name;
    private final ElasticOptions elastic = new ElasticOptions();
    private final WatchdogOptions watchdog = new WatchdogOptions();
    private int loops = Math.max(2, CPUS);
    private int maxCallbackThreads =
        (int)
            Math.min(
                Math.max(Runtime.getRuntime().maxMemory() / HEAP_PER_CALLBACK_THREAD, 10_000),
                1_000_000);
    private @Nullable ContextCarrier<?> contextCarrier;
    private Ticker ticker = Ticker.system();
    private Closing.Times closing = Closing.Times.DEFAULT;

    private Builder(String name) {
      this.name = name;
    }

    /**
     * Sets how many loops there are. Default: one for each processor, at least 2.
     *
     * @param count 1 to 1,000
     * @return this
     */
    public Builder loops(int count) {
      loops = Check.inRange("loops", count, 1, 1_000);
      return this;
    }

    /**
     * Limits the live callback threads; more are refused. Default: one for each 8 KiB of heap, at
     * least 10,000, at most 1,000,000.
     *
     * @param count 1 to 100,000,000
     * @return this
     */
    public Builder maxCallbackThreads(int count) {
      maxCallbackThreads = Check.inRange("maxCallbackThreads", count, 1, 100_000_000);
      return this;
    }

    /**
     * Sets the limits of the elastic pool.
     *
     * @param options changes them
     * @return this
     */
    public Builder elastic(Consumer<? super ElasticOptions> options) {
      Objects.requireNonNull(options, "options").accept(elastic);
      return this;
    }

    /**
     * Sets when the watchdog acts.
     *
     * @param options changes it
     * @return this
     */
    public Builder watchdog(Consumer<? super WatchdogOptions> options) {
      Objects.requireNonNull(options, "options").accept(watchdog);
      return this;
    }

    /**
     * Carries thread-locals of whoever spawns a callback thread to its steps and blocking calls.
     * Default: none are carried.
     *
     * @param carrier knows the thread-locals; replaces one that was set before
     * @return this
     */
    public Builder contextCarrier(ContextCarrier<?> carrier) {
      contextCarrier = Objects.requireNonNull(carrier, "carrier");
      return this;
    }

    /** For tests: another clock. */
    Builder ticker(Ticker ticker) {
      this.ticker = ticker;
      return this;
    }

    /** For tests: other times than 10 seconds. */
    Builder closing(Closing.Times times) {
      closing = times;
      return this;
    }

    /**
     * {@return a running scheduler}
     *
     * @throws IllegalArgumentException if options contradict each other
     */
    public LoopScheduler build() {
      LoopScheduler made = new LoopScheduler(this);
      made.group.start();
      made.housekeeping.watch(made.group);
      made.housekeeping.execute(() -> log(made));
      return made;
    }

    private void log(LoopScheduler made) {
      System.getLogger("dev.picot")
          .log(
              System.Logger.Level.INFO,
              () ->
                  Text.format(
                      "picot scheduler '%s': %d loops (default max(2, cpus)), at most %d callback threads (default heap / 8 KiB), elastic pool %d threads (default 10 x cpus, 16 to 64), %d queued (default 64 x threads), keep-alive %s; watchdog: %s",
                      made.name,
                      loops,
                      maxCallbackThreads,
                      elastic.maxThreads(),
                      elastic.maxQueued(),
                      elastic.keepAlive(),
                      watchdog.describe()));
    }
  }
}
