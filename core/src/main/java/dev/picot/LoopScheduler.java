/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import dev.picot.internal.Check;
import dev.picot.internal.FlightEvents;
import dev.picot.internal.Nanos;
import dev.picot.internal.Provenance;
import dev.picot.internal.Text;
import dev.picot.loop.Census;
import dev.picot.loop.ControlTask;
import dev.picot.loop.ElasticLimits;
import dev.picot.loop.ElasticPool;
import dev.picot.loop.ElasticPoolFullException;
import dev.picot.loop.ElasticStats;
import dev.picot.loop.ElasticTask;
import dev.picot.loop.Housekeeping;
import dev.picot.loop.IoDriver;
import dev.picot.loop.Loop;
import dev.picot.loop.LoopDriver;
import dev.picot.loop.LoopFigures;
import dev.picot.loop.LoopGroup;
import dev.picot.loop.LoopTask;
import dev.picot.loop.LoopThread;
import dev.picot.loop.Outlet;
import dev.picot.loop.Simulator;
import dev.picot.loop.Ticker;
import dev.picot.loop.VirtualClock;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
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
  private static final Duration UNOBSERVED = Duration.ofMillis(100);

  static {
    LoopGroup.findBy(scheduler -> ((LoopScheduler) scheduler).group);
    LoopGroup.equipBy((builder, factory) -> ((Builder) builder).io(factory));
    Simulator.buildBy((builder, simulator) -> ((Builder) builder).simulated(simulator));
  }

  private final String name;
  private final int maxCallbackThreads;
  private final Housekeeping housekeeping;
  private final LoopGroup group;
  private final ElasticPool elastic;
  private final @Nullable Outlet<Incident> listener;
  private final Closing closing;
  private final Executor executor = this::execute;
  private final Inspection inspection = new Inspection(this);

  /** Null if no thread-locals are carried. */
  private final @Nullable Carrier<?> carrier;

  /** Who follows callback threads of this scheduler. Any thread. */
  private final List<Trace> traces = new CopyOnWriteArrayList<>();

  private final Permits permits = new Permits();
  private final Admission admission;
  private final Duration maxAdmissionWait;
  private final LongAdder refused = new LongAdder();
  private final long unobservedNanos;

  /** Null unless the loops are driven by hand. */
  private final @Nullable LoopDriver driver;

  private LoopScheduler(Builder builder, int loops, Ticker ticker, boolean byHand) {
    LoopGroup.Limits limits = builder.watchdog.limits();
    if (byHand) {
      limits = limits.withoutTakeover();
    }
    this.name = builder.name;
    this.carrier =
        builder.contextCarrier == null ? null : new Carrier<>(builder.contextCarrier, this);
    this.maxCallbackThreads = builder.maxCallbackThreads;
    this.admission = new Admission(maxCallbackThreads, permits);
    this.maxAdmissionWait = builder.maxAdmissionWait;
    this.unobservedNanos = Nanos.of(builder.unobserved);
    this.housekeeping = Housekeeping.begin();
    this.closing = new Closing(this, builder.closing, housekeeping);
    this.group =
        new LoopGroup(
            name,
            loops,
            limits,
            ticker,
            builder.io,
            housekeeping,
            this,
            this::isDrained,
            this::loopsEnded);
    this.listener = outlet(builder.watchdog.listener());
    if (listener != null) {
      Outlet<Incident> outlet = listener;
      group.listener(report -> outlet.offer(Incident.of(report)));
    }
    if (carrier != null) {
      group.carryBy(carrier::show);
    }
    ElasticOptions options = builder.elastic;
    this.elastic =
        new ElasticPool(
            new ElasticLimits(name, options.maxThreads(), options.maxQueued(), options.keepAlive()),
            byHand || ticker instanceof Simulator ? start -> {} : housekeeping::execute);
    group.elastic(elastic);
    this.driver = byHand ? new LoopDriver(group, elastic, ticker) : null;
  }

  private @Nullable Outlet<Incident> outlet(@Nullable Consumer<? super Incident> told) {
    return told == null
        ? null
        : new Outlet<>(
            Census.Role.LISTENER, name + "-listener", Outlet.CAPACITY, told, this::reportDropped);
  }

  private void reportDropped(long count) {
    housekeeping.log(
        System.Logger.Level.WARNING,
        () ->
            Text.format(
                "The listener of scheduler '%s' was too slow: %d incidents were dropped",
                name, count),
        null);
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
   * Makes a scheduler without loop threads and elastic threads: one loop, driven by whichever
   * thread calls. For virtual time and other options see {@link Builder#manualInVirtualTime()}.
   *
   * @param name of the scheduler and its loop
   * @return what drives it
   */
  public static ManualLoops manual(String name) {
    return builder(name).manual();
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
   * Starts a callback thread: on the loop whose I/O the calling thread handles, if this scheduler
   * has such, and then balancing does not move it; else on any. Does not wait: if there are as many
   * as may be, and {@link Builder#maxAdmissionWait} lets it, it is the callback thread that waits,
   * and fails with {@link AdmissionRefusedException} when it has waited for so long.
   *
   * @param task what it does
   * @param <T> the type of its value
   * @return the running callback thread
   * @throws AdmissionRefusedException if there are as many as may be, and it may not wait
   * @throws SchedulerClosedException if the scheduler is closed or being closed
   */
  public <T extends @Nullable Object> CallbackThread<T> spawn(Task<? extends T> task) {
    return spawn(task, null);
  }

  /** Starts one for a subscriber that has a context. */
  <T extends @Nullable Object> CallbackThread<T> spawn(
      Task<? extends T> task, @Nullable Object subscriberContext) {
    Objects.requireNonNull(task, "task");
    Scope scope = carrier == null ? null : carrier.capture();
    if (subscriberContext != null) {
      scope = Scope.beginningFor(subscriberContext, scope);
    }
    Object provenance = Provenance.current();
    if (provenance != null) {
      scope = Scope.beginning(Scope.PROVENANCE, provenance, scope);
    }
    // Made before it has a permit, so that nothing but the post comes after that.
    Loop handling = group.handling();
    CallbackThread<T> thread =
        new CallbackThread<>(task, scope, handling == null ? group.choose() : handling);
    if (handling != null) {
      thread.pin();
    }
    if (!admit(true, !maxAdmissionWait.isZero())) {
      return spawnWaiting(task, scope);
    }
    boolean posted = true;
    try {
      posted = thread.boundLoop().post(thread);
    } catch (StackOverflowError e) { // nothing is called here, see LoopTask
      synchronized (LoopTask.OWED) {
        LoopTask.owed = new Object[] {thread, LoopTask.owed};
      }
    }
    if (!posted) {
      release();
      throw closedWhile("refused a callback thread");
    }
    return thread;
  }

  private <T extends @Nullable Object> CallbackThread<T> spawnWaiting(
      Task<? extends T> task, @Nullable Scope scope) {
    if (!admission.reserve()) {
      throw refusedAtOnce();
    }
    Loop loop = group.choose();
    long until = loop.now() + Nanos.of(maxAdmissionWait);
    CallbackThread<T> thread =
        new CallbackThread<>(new AdmissionWait(task, until), null, scope, loop);
    thread.park(false, false, 0);
    if (!loop.post(new ControlTask("admission", thread::waitForAdmission))) {
      admission.giveUpReserved();
      throw closedWhile("refused a callback thread");
    }
    admission.join(thread);
    if (closing.hasBegun()) { // looked at afterwards, as closing refuses those who wait after it
      admission.refuseAll();
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
   * Shows any number of values as a cold publisher: each subscriber starts a callback thread, which
   * emits them as they are requested and is cancelled with the subscription.
   *
   * <p>The publisher completes when the task has completed, whatever its value, and signals {@code
   * onError} when it fails; {@link RefusedException} if the callback thread is refused. Nothing
   * starts before {@code onSubscribe} has returned. If the callback thread is cancelled by others,
   * the error is a {@link java.util.concurrent.CancellationException}. A step that is stuck in the
   * subscriber's {@code onNext} until its callback thread fails ends the stream without any further
   * signal, because a signal would overlap.
   *
   * <pre>
   * Publisher&lt;Row&gt; rows = scheduler.stream(emitter -&gt; emitter.emit(first).then(emitter.emit(second)));
   * </pre>
   *
   * @param body makes the task of each callback thread from its emitter, in its first step
   * @param <T> the type of the values
   * @return the publisher
   */
  public <T> Publisher<T> stream(Step<? super Emitter<T>, ? extends Task<?>> body) {
    return new StreamPublisher<>(this, Objects.requireNonNull(body, "body"));
  }

  /**
   * Shows any number of values as a cold publisher, as {@link #stream(Step)}, where the type of the
   * values cannot be inferred.
   *
   * @param type of the values
   * @param body makes the task of each callback thread from its emitter, in its first step
   * @param <T> the type of the values
   * @return the publisher
   */
  public <T> Publisher<T> stream(Class<T> type, Step<? super Emitter<T>, ? extends Task<?>> body) {
    Objects.requireNonNull(type, "type");
    return stream(body);
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
    if (closing.hasBegun() || !loop.post(new ExecutorTask(action, this))) {
      throw closedWhile("refused an executor task");
    }
  }

  /**
   * Changes how many loops there are. New ones take work at once. Those that are not needed any
   * more take none, and when their present turns are over everything that is on them moves to the
   * others: no callback thread is lost or notices. Does not wait for that.
   *
   * @param count 1 to 1,000
   * @throws SchedulerClosedException if the scheduler is closed or being closed
   */
  public void loops(int count) {
    Check.inRange("loops", count, 1, 1_000);
    if (closing.hasBegun() || !group.resize(count)) {
      throw closedWhile("refused to change the number of its loops");
    }
  }

  /** {@return figures of this moment} */
  public Stats stats() {
    ElasticStats pool = elastic.stats();
    return new Stats(
        group.loops().size(),
        permits.live(),
        admission.waiting(),
        permits.came(Permits.Back.COMPLETED),
        permits.came(Permits.Back.FAILED),
        permits.came(Permits.Back.CANCELLED),
        refused.sum(),
        group.takeovers(),
        group.detached(),
        group.migrations(),
        new Stats.Elastic(
            pool.threads(), pool.active(), pool.queued(), pool.completed(), pool.rejected()),
        group.loops().stream().map(LoopScheduler::stats).toList());
  }

  private static Stats.Loop stats(Loop loop) {
    LoopFigures figures = loop.figures();
    return new Stats.Loop(
        figures.loop(),
        figures.ready(),
        figures.waiting(),
        figures.timers(),
        figures.slices(),
        figures.stalls(),
        figures.takeovers(),
        figures.utilisation(),
        sampled(figures.lag()),
        sampled(figures.hold()));
  }

  private static Stats.Sampled sampled(LoopFigures.Sampled sample) {
    return new Stats.Sampled(
        sample.count(),
        Duration.ofNanos(sample.median()),
        Duration.ofNanos(sample.p99()),
        Duration.ofNanos(sample.max()));
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
   * @throws BlockedOnLoopException on a loop, also on one that ends; use {@link #shutdown} or
   *     {@link #closeNow}
   */
  @Override
  public void close() {
    LoopThread thread = LoopThread.current();
    if (thread == null && !closing.isOver()) {
      thread = LoopThread.ending(group);
    }
    if (thread != null) {
      throw new BlockedOnLoopException(
          "close() of scheduler '" + name + "'",
          thread.loop().name(),
          CallbackThread.current()
              .map(c -> "callback thread '" + c.name() + "'")
              .orElse("a task of the loop"),
          "Use shutdown(Duration) or closeNow().");
    }
    closing.closeAndWait(driver);
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
        closing.hasBegun() ? ", closed or closing" : group.isSuspended() ? ", suspended" : "");
  }

  // For its callback threads

  /** Takes a permit at once, or refuses. */
  void admit() {
    admit(true, false);
  }

  /**
   * A child is let in while its parent's scheduler closes or is suspended, for it is part of what
   * the parent has still to do; in a finalizer also above the limit. It never waits: its parent may
   * wait for it.
   */
  void admitChild(CallbackThreadCore parent, boolean inFinalizer) {
    boolean onlyIfOpen = parent.scheduler() != this;
    if (inFinalizer) {
      permits.take();
      refuseIfClosing(onlyIfOpen, true);
    } else {
      admit(onlyIfOpen, false);
    }
  }

  /** A child that was admitted is not started. */
  void giveUpChild() {
    release();
  }

  /** So many children at once, or still more, cannot live. */
  void refuseMoreThan(int children) {
    if (children > maxCallbackThreads) {
      throw refusedAtOnce();
    }
  }

  /** Returns false if there is no permit at the moment and it may wait for one. */
  private boolean admit(boolean onlyIfOpen, boolean mayWait) {
    refuseIfClosing(onlyIfOpen, false);
    if (group.isUnhealthy()) {
      throw refused(
          AdmissionRefusedException.unhealthy(
              name, permits.live(), maxCallbackThreads, group.limits().maxDetached()));
    }
    if (onlyIfOpen && group.isSuspended()) {
      throw refused(AdmissionRefusedException.suspended(name, permits.live(), maxCallbackThreads));
    }
    boolean admitted = mayWait ? admission.tryTakeInTurn() : permits.tryTake(maxCallbackThreads);
    try {
      refuseIfClosing(onlyIfOpen, admitted); // looked at afterwards, see Closing
    } catch (StackOverflowError e) { // then closing cancels it as one that came just before
      if (!admitted) {
        throw e;
      }
    }
    if (!admitted && !mayWait) {
      throw refusedAtOnce();
    }
    return admitted;
  }

  private void refuseIfClosing(boolean onlyIfOpen, boolean admitted) {
    if (onlyIfOpen && closing.hasBegun()) {
      if (admitted) {
        release();
      }
      throw closedWhile("refused a callback thread");
    }
  }

  private AdmissionRefusedException refusedAtOnce() {
    return refused(new AdmissionRefusedException(name, permits.live(), maxCallbackThreads));
  }

  /** Loop owner. */
  AdmissionRefusedException refusedAfterWaiting() {
    return refused(
        AdmissionRefusedException.afterWaiting(
            name, permits.live(), maxCallbackThreads, maxAdmissionWait));
  }

  private AdmissionRefusedException refused(AdmissionRefusedException refusal) {
    refused.increment();
    FlightEvents.refused(name, refusal.getMessage());
    return refusal;
  }

  Admission admission() {
    return admission;
  }

  /** A permit comes back that no callback thread has used. */
  private void release() {
    permits.giveBack(Permits.Back.UNUSED);
    cameBack();
  }

  private void cameBack() {
    admission.next();
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
    return admission.waiting() == 0
        && (permits.areAllBack() || (closing.isForcing() && permits.areOnlyHeld()));
  }

  /**
   * A callback thread is about to end in a state; so who sees that it has ended finds it counted.
   */
  void ends(int state) {
    permits.giveBack(
        switch (state) {
          case CallbackThreadState.COMPLETED -> Permits.Back.COMPLETED;
          case CallbackThreadState.FAILED -> Permits.Back.FAILED;
          default -> Permits.Back.CANCELLED;
        });
  }

  /**
   * The same for one that is failed from outside: a permit stays in use until {@link #failedStall}
   * has started what is still to be released, or the loops could end in between.
   */
  void endsStalled() {
    permits.take();
    ends(CallbackThreadState.FAILED);
  }

  /** A callback thread has ended; after {@link #ends}, and after its state has changed. */
  void ended(CallbackThreadCore thread) {
    thread.closeChildren().forEach(CallbackThread::cancel); // none is left, unless it was forced
    thread.tell(TraceEvent.Kind.END, CallbackThread.stateOf(thread.wordVolatile()).name());
    cameBack();
    thread.tellObservers();
    if (CallbackThreadState.was(CallbackThreadState.FAILED, thread.wordVolatile())
        && !thread.wasObserved()) {
      group.schedule(unobservedNanos, () -> reportUnobserved(thread));
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

  /**
   * A callback thread was failed because its step is stuck, after {@link #endsStalled}: runs what
   * it would have released.
   */
  void failedStall(CallbackThreadCore thread, Throwable error, @Nullable Frame stack) {
    Scope scope =
        Scope.of(thread.scopePlain()).finalizing().named("finalizers of " + thread.name());
    Frame cleanup = Cleanup.of(thread, error, stack, scope);
    if (cleanup != null) {
      spawnInternal(thread.boundLoop(), Task.done(), cleanup, scope);
    }
    permits.giveBack(Permits.Back.UNUSED);
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
      FlightEvents.refused(name, full.getMessage());
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
    for (Loop loop : group.all()) {
      loop.tasks().forEach(task -> visitor.accept(loop, task));
    }
  }

  // For those who look at it

  /** The clock of its loops. */
  long now() {
    return group.loops().get(0).now();
  }

  /** Returns false if it was suspended, or is closed or closing. */
  boolean suspend() {
    if (group.isSuspended()) {
      return false;
    }
    group.suspend();
    if (closing.hasBegun()) { // which resumes it, perhaps a moment too early
      group.resume();
      return false;
    }
    return true;
  }

  /** Returns false if it was not suspended. */
  boolean resume() {
    if (!group.isSuspended()) {
      return false;
    }
    group.resume();
    return true;
  }

  Trace trace(@Nullable CallbackThread<?> only, Consumer<? super TraceEvent> consumer) {
    Trace trace = new Trace(this, only, consumer, housekeeping);
    traces.add(trace);
    if (only == null) {
      toAll("trace", (thread, loop) -> thread.trace());
    } else {
      only.trace();
    }
    if (closing.isOver() || (only != null && only.outcomeNow() != null)) {
      trace.close();
    }
    return trace;
  }

  void forget(Trace trace) {
    traces.remove(trace);
  }

  /** A callback thread is on its loop for the first time; in phase OWNER. */
  void arrived(CallbackThreadCore thread) {
    if (!traces.isEmpty() && follows(thread)) {
      thread.trace();
    }
  }

  private boolean follows(CallbackThreadCore thread) {
    for (Trace trace : traces) {
      if (trace.follows(thread)) {
        return true;
      }
    }
    return false;
  }

  /** What happened to a callback thread that is, or was, traced. */
  void tellTraces(TraceEvent.Kind kind, CallbackThreadCore thread, String detail) {
    boolean followed = false;
    for (Trace trace : traces) {
      if (trace.follows(thread)) {
        trace.tell(kind, thread, detail);
        followed = true;
      }
    }
    if (!followed) {
      thread.endTrace();
      if (follows(thread)) { // somebody has begun to
        thread.trace();
      }
    }
  }

  /** Null unless its loops are driven by hand. */
  @Nullable LoopDriver driver() {
    return driver;
  }

  // For its closing

  LoopGroup group() {
    return group;
  }

  /** Does something to every callback thread, on its loop, in phase OWNER. */
  void toAll(String what, BiConsumer<CallbackThreadCore, Loop> action) {
    for (Loop loop : group.all()) {
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
    CallbackThreads.remove(this);
    elastic.close();
    if (listener != null) {
      listener.end();
    }
    closing.ended();
    traces.forEach(Trace::close); // who begins one looks afterwards whether closing is over
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

    /** Zero until it is set. */
    private int loops;

    private int maxCallbackThreads =
        (int)
            Math.min(
                Math.max(Runtime.getRuntime().maxMemory() / HEAP_PER_CALLBACK_THREAD, 10_000),
                1_000_000);
    private @Nullable ContextCarrier<?> contextCarrier;
    private IoDriver.@Nullable Factory io;
    private Duration maxAdmissionWait = Duration.ZERO;
    private Ticker ticker = Ticker.system();
    private Closing.Times closing = Closing.Times.DEFAULT;
    private Duration unobserved = UNOBSERVED;

    private Builder(String name) {
      this.name = name;
    }

    /**
     * Sets how many loops there are. Default: one for each processor, at least 2; one if they are
     * driven by hand.
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
     * Lets what is spawned beyond {@link #maxCallbackThreads(int)} wait, first come, first served,
     * instead of being refused at once; at most as many wait as may be live. Children never wait,
     * because a parent that waits for its child would keep the permit that the child needs.
     * Default: zero, nobody waits.
     *
     * @param limit for how long at most, not negative
     * @return this
     */
    public Builder maxAdmissionWait(Duration limit) {
      maxAdmissionWait = Check.notNegative("maxAdmissionWait", limit);
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

    /** For our own bridges: lets each loop also handle I/O, between slices. */
    private void io(IoDriver.@Nullable Factory factory) {
      io = factory;
    }

    /** For tests: another clock. */
    Builder ticker(Ticker ticker) {
      this.ticker = ticker;
      return this;
    }

    /** For tests: how long to wait before a failure that nobody has asked for is reported. */
    Builder unobserved(Duration time) {
      unobserved = time;
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
      LoopScheduler made =
          new LoopScheduler(this, loops == 0 ? Math.max(2, CPUS) : loops, ticker, false);
      CallbackThreads.add(made);
      made.group.start();
      made.housekeeping.watch(made.group);
      made.housekeeping.watch(made.group, made.elastic, Nanos.of(elastic.warnAfter()));
      String options = describe(made);
      made.housekeeping.log(System.Logger.Level.INFO, () -> options, null);
      return made;
    }

    private String describe(LoopScheduler made) {
      return Text.format(
          "picot scheduler '%s': %d loops (default max(2, cpus)), at most %d callback threads (default heap / 8 KiB), elastic pool %d threads (default 10 x cpus, 16 to 64), %d queued (default 64 x threads), keep-alive %s, warn after %s; watchdog: %s",
          made.name,
          made.group.loops().size(),
          maxCallbackThreads,
          elastic.maxThreads(),
          elastic.maxQueued(),
          elastic.keepAlive(),
          elastic.warnAfter(),
          watchdog.describe());
    }

    /**
     * {@return a scheduler whose loops are driven by whichever thread calls, by the system's clock}
     *
     * @throws IllegalArgumentException if options contradict each other
     */
    public ManualLoops manual() {
      return manual(ticker);
    }

    /**
     * {@return a scheduler whose loops are driven by whichever thread calls, in virtual time: it
     * moves on when it is told to, and when nothing is left to do before the next timer}
     *
     * @throws IllegalArgumentException if options contradict each other
     */
    public ManualLoops manualInVirtualTime() {
      return manual(new VirtualClock());
    }

    private ManualLoops manual(Ticker ticker) {
      refuseIo("loops that are driven by hand");
      LoopScheduler made = new LoopScheduler(this, Math.max(1, loops), ticker, true);
      CallbackThreads.add(made);
      made.housekeeping.watch(made.group);
      return new ManualLoops(made);
    }

    /** A scheduler whose threads run one at a time, as the simulator decides. */
    private LoopScheduler simulated(Simulator simulator) {
      refuseIo("a simulation");
      LoopScheduler made = new LoopScheduler(this, Math.max(1, loops), simulator, false);
      CallbackThreads.add(made);
      made.group.start();
      simulator.simulate(made.group, made.elastic);
      return made;
    }

    private void refuseIo(String what) {
      if (io != null) {
        throw new IllegalArgumentException(
            Text.format(
                "io: %s cannot handle I/O (scheduler '%s'). Make the scheduler with build().",
                what, name));
      }
    }
  }
}
