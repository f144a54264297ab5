/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import dev.picot.internal.FlightEvents;
import dev.picot.internal.StackRoom;
import dev.picot.internal.Text;
import dev.picot.loop.ControlTask;
import dev.picot.loop.Loop;
import dev.picot.loop.LoopTask;
import dev.picot.loop.LoopThread;
import dev.picot.loop.Stall;
import dev.picot.loop.Ticker;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What a callback thread keeps, and what its loop does with it. */
// Over 250 lines: fields with one owner rule, and all transitions that keep it.
abstract class CallbackThreadCore extends CallbackThreadState {
  /** In {@link #slot}: waits for a time, which is in {@link LoopTask#deadline}. */
  static final Object SLEEPING = new Object();

  /** In {@link #slot}: waits for its cancellation or timeout only. */
  static final Object NEVER = new Object();

  private static final String TIMED_OUT = "its timeout has passed";

  private static final VarHandle SLOT;
  private static final VarHandle STACK;
  private static final VarHandle SCOPE;
  private static final VarHandle OBSERVERS;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      SLOT = lookup.findVarHandle(CallbackThreadCore.class, "slot", Object.class);
      STACK = lookup.findVarHandle(CallbackThreadCore.class, "stack", Object.class);
      SCOPE = lookup.findVarHandle(CallbackThreadCore.class, "scope", Scope.class);
      OBSERVERS = lookup.findVarHandle(CallbackThreadCore.class, "observers", Observers.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /**
   * By state: ACTIVE the task to go on with, or what was waited for; WAITING what is waited for (an
   * {@link Awaiter}, SLEEPING, NEVER, an instant as a Long, or an {@link AdmissionWait}), or the
   * task to go on with once it is resumed; RETURNED what to go on with, or its {@link Outcome};
   * ended the value or error. Owner: see invariant 2 of the state word.
   */
  private @Nullable Object slot;

  /**
   * The frames to go on with. Owner: as slot; a slice publishes finalizers. While it waits a lone
   * frame of a frequent kind is not kept, only its operand: a task for THEN, and for MAP and
   * FLAT_MAP a function, of which the state word tells them apart. So one that waits is 24 bytes
   * smaller.
   */
  private @Nullable Object stack;

  /** The innermost scope. Owner: as slot; a slice publishes each change. */
  private @Nullable Scope scope;

  /** Made on demand, by any thread. */
  private volatile @Nullable Observers observers;

  /**
   * The tick at which it began to wait last, or was detached; before that the one at which it came
   * to its loop first; before that zero. Loop owner.
   */
  private int since;

  CallbackThreadCore(Object slot, @Nullable Frame stack, @Nullable Scope scope, Loop loop) {
    this.slot = slot;
    this.stack = stack;
    this.scope = scope;
    this.loop = loop;
  }

  abstract long id();

  abstract String name();

  abstract LoopScheduler scheduler();

  final @Nullable String outermostName() {
    String name = Scope.outermostName((Scope) SCOPE.getAcquire(this));
    return name == null && slot instanceof Task<?> task && task.tag == Tag.NAMED
        ? (String) task.b
        : name;
  }

  final @Nullable String namePath() {
    String path = Scope.path((Scope) SCOPE.getAcquire(this));
    return path == null ? outermostName() : path;
  }

  /** What reports call it. */
  final String label() {
    String path = namePath();
    return path == null ? name() : path;
  }

  /** Null while it is live. */
  @SuppressWarnings("NullAway") // a value may be null where its task's type says so
  @Nullable Outcome<?> outcomeNow() {
    int word = wordVolatile();
    if (!hasOutcome(word)) {
      return null;
    }
    return switch (state(word)) {
      case COMPLETED -> new Outcome.Completed<>(slot);
      case FAILED -> new Outcome.Failed<>((Throwable) Objects.requireNonNull(slot));
      default -> new Outcome.Cancelled<>();
    };
  }

  void observe(Observer observer) {
    Observers all = observers();
    all.add(observer);
    if (hasOutcome(wordVolatile()) && all.origin() == null) {
      all.tell(); // a child tells them itself, after it has left its parent
    }
  }

  final Observers observers() {
    Observers seen = observers;
    if (seen != null) {
      return seen;
    }
    Observers made = new Observers();
    Observers before = (Observers) OBSERVERS.compareAndExchange(this, null, made);
    return before == null ? made : before;
  }

  boolean wasObserved() {
    Observers seen = observers;
    return seen != null && seen.observed;
  }

  // For its parent and its children

  /** Whether it has a parent and has not ended. */
  final boolean isChild() {
    Observers seen = observers;
    return seen != null && seen.origin() != null;
  }

  /** Null if it has none, or has ended. */
  final @Nullable CallbackThreadCore parent() {
    Observers seen = observers;
    Child origin = seen == null ? null : seen.origin();
    return origin == null ? null : origin.parent;
  }

  /** In a slice of the other one. */
  final boolean isAncestorOf(CallbackThreadCore other) {
    if (parent() == other) {
      return false; // joins its child, as most do: however deep it is itself
    }
    CallbackThreadCore at = other.parent();
    while (at != null && at != this) {
      at = at.parent();
    }
    return at == this;
  }

  /** The first post; the caller has a permit for it. */
  void begin() {
    if (!boundLoop().post(this)) {
      finish(FAILED, scheduler().closedWhile("has no loop left for a callback thread"));
    }
  }

  /** Lets no further child in. Returns those that live. */
  List<CallbackThread<?>> closeChildren() {
    Observers seen = observers;
    Children children = seen == null ? null : seen.childrenIfAny();
    return children == null ? List.of() : children.close();
  }

  /** In a slice: those that have ended need not be remembered. */
  void trimChildren() {
    observers().children().trim();
  }

  /** Because the scheduler closes: children are cancelled by their parents, when these are. */
  void cancelToClose() {
    CallbackThreadCore parent = parent();
    if (parent == null || wasEnded(parent.wordVolatile()) || parent.scheduler() != scheduler()) {
      requestToStop();
    }
  }

  Loop boundLoop() {
    return Objects.requireNonNull(loop, "loop");
  }

  // For the interpreter

  /**
   * For a slice, which looks at the state afterwards: if that is not an ended one, this is what it
   * goes on with, and not the error of a failed stall.
   */
  @Nullable Object slotAcquire() {
    return SLOT.getAcquire(this);
  }

  @Nullable Frame stackPlain() {
    return frames(stack);
  }

  private @Nullable Frame frames(@Nullable Object kept) {
    if (kept == null || kept instanceof Frame) {
      return (Frame) kept;
    }
    int function = wasFlatMap(wordVolatile()) ? Tag.FLAT_MAP : Tag.MAP;
    return new Frame(kept instanceof Task ? Tag.THEN : function, kept, null);
  }

  @Nullable Scope scopePlain() {
    return scope;
  }

  void publishStack(Frame top) {
    STACK.setVolatile(this, top);
  }

  /** For the new owner of a loop, after the state has changed: the stack as last published. */
  @Nullable Frame stackVolatile() {
    return frames(STACK.getVolatile(this));
  }

  void publishScope(@Nullable Scope now) {
    SCOPE.setRelease(this, now);
  }

  void save(Object slot, @Nullable Frame stack, @Nullable Scope scope) {
    this.slot = slot;
    this.stack = stack;
    this.scope = scope;
  }

  void save(@Nullable Scope scope) {
    this.scope = scope;
  }

  /** In a slice: whether the sleep that {@link #slot} tells of is over. */
  boolean hasSlept(Loop loop) {
    return deadlineNanos(loop) - loop.turnNanos() <= 0;
  }

  /** The end of the sleep, or of whatever its deadline is, by the clock of the loop. */
  long deadlineNanos(Loop loop) {
    long tick = loop.turnNanos() / Ticker.NANOS_PER_TICK;
    return (tick + (deadline - (int) tick)) * Ticker.NANOS_PER_TICK;
  }

  String describeTask(@Nullable Scope inner) {
    String path = Scope.path(inner);
    return path == null ? "a task of callback thread '" + name() + "'" : "task '" + path + "'";
  }

  /** What a dump shows; consistent only as far as the loop stood still. */
  CallbackThreadInfo info(Loop home) {
    int word = wordVolatile();
    Object seen = slot;
    Stall stall = home.stallOf(this);
    CallbackThreadCore parent = parent();
    long now = home.now();
    return new CallbackThreadInfo(
        id(),
        name(),
        Objects.requireNonNullElse(namePath(), ""),
        CallbackThread.stateOf(word),
        home.name(),
        was(WAITING, word) ? waitingFor(seen) : "",
        age(word, now),
        was(WAITING, word) || was(DETACHED, word) ? sinceTick(since, now) : Duration.ZERO,
        stall == null ? "" : stall.thread().getName(),
        parent == null ? 0 : parent.id(),
        Labels.ofNext(seen, stackPlain()),
        seen instanceof BlockingCall call ? call.awayOn() : "",
        wasSuspended(word));
  }

  /** Any thread: tells those who trace it, if any do. */
  final void tell(TraceEvent.Kind kind, String detail) {
    if (wasTraced(wordVolatile())) {
      scheduler().tellTraces(kind, this, detail);
    }
  }

  final void tellWait(TraceEvent.Kind kind, @Nullable Object waited) {
    if (wasTraced(wordVolatile())) {
      scheduler().tellTraces(kind, this, waitingFor(waited));
    }
  }

  private Duration age(int word, long now) {
    if (!hasArrived()) {
      return Duration.ZERO;
    }
    Duration atLeast = sinceTick(since, now);
    Duration remembered = Duration.ofMillis(rememberedAge(word, Ticker.tickOf(now)));
    return remembered.compareTo(atLeast) > 0 ? remembered : atLeast;
  }

  private boolean hasArrived() {
    return since != 0;
  }

  private static int tick(Loop loop) {
    int tick = Ticker.tickOf(loop.turnNanos());
    return tick == 0 ? 1 : tick;
  }

  private static Duration sinceTick(int tick, long now) {
    return Duration.ofMillis(Math.max(0, Ticker.tickOf(now) - tick));
  }

  private static String waitingFor(@Nullable Object slot) {
    if (slot == SLEEPING || slot instanceof Long) {
      return "time";
    }
    if (slot instanceof AdmissionWait) {
      return "admission";
    }
    if (slot instanceof Task) {
      return "resume";
    }
    return slot instanceof Awaiter awaiter ? awaiter.describeWait() : "cancellation";
  }

  // Transitions, in phase OWNER unless said otherwise

  /** Any thread: see {@link CallbackThread#cancel}. */
  final boolean requestToStop() {
    StackRoom.claim();
    int before = requestCancel();
    if (wasEnded(before) || wasCancelRequested(before)) {
      return false;
    }
    if (was(WAITING, before)) {
      boundLoop().post(this);
    } else if (was(DETACHED, before)) {
      boundLoop().post(new ControlTask("cancel", this::cancelDetached));
    }
    return true;
  }

  /** Any thread: see {@link Inspection#resume(CallbackThread)}. */
  final boolean requestToGoOn() {
    StackRoom.claim();
    boolean resumed = resume();
    if (resumed) {
      wakeUp();
    }
    return resumed;
  }

  /** Any thread, which has {@linkplain StackRoom room}: makes it ready if it waits. */
  void wakeUp() {
    if (wake()) {
      boundLoop().post(this);
    }
  }

  /** Waits, in a scope that was saved, until it is woken or a time. */
  void waitIn(Loop loop, Object wait, @Nullable Frame frames, long untilNanos) {
    tellWait(TraceEvent.Kind.WAIT_BEGIN, wait);
    if (!loop.keepIfPossible(this, untilNanos)) {
      store(wait, frames);
      loop.ready(this);
      return;
    }
    boolean heeds = Scope.of(scope).heedsCancelWhileWaiting();
    Frame lone = loneOf(frames);
    store(wait, lone == null ? frames : lone.operand);
    int before = since;
    since = tick(loop);
    if (!park(heeds, lone != null && lone.tag == Tag.FLAT_MAP, before)) {
      since = before;
      stack = frames;
    } else if (!(wait instanceof Awaiter awaiter && awaiter.isDone() && wake())) {
      return;
    }
    loop.forget(this);
    loop.ready(this);
  }

  private static @Nullable Frame loneOf(@Nullable Frame top) {
    return top != null && top.isLoneAndFrequent() ? top : null;
  }

  /** Ready again, in a scope that has not changed. */
  void yieldIn(Loop loop, Task<?> next, @Nullable Frame frames) {
    store(next, frames);
    loop.ready(this);
  }

  /** What is there already is not stored again: see decision 69. */
  private void store(Object nextSlot, @Nullable Object kept) {
    if (slot != nextSlot) {
      slot = nextSlot;
    }
    if (stack != kept) {
      stack = kept;
    }
  }

  /**
   * It is suspended, and in no acquire; what to go on with is in {@link #slot}. Its timeout still
   * comes.
   */
  void holdIn(Loop loop) {
    tell(TraceEvent.Kind.SUSPENDED, "");
    if (!loop.keepIfPossible(this, Scope.of(scope).deadline())) {
      loop.ready(this);
      return;
    }
    int before = since;
    since = tick(loop);
    if (!hold(before)) {
      since = before;
      loop.forget(this);
      loop.ready(this);
    }
  }

  void finish(int ended, @Nullable Object value) {
    if (ended == COMPLETED && value instanceof Task) {
      finish(
          FAILED,
          new IllegalStateException(
              Text.format(
                  "callback thread '%s' completed with a Task, which nobody will run; did you mean"
                      + " flatMap?",
                  name())));
      return;
    }
    stack = null;
    slot = value;
    LoopScheduler scheduler = scheduler();
    scheduler.ends(ended);
    end(ended);
    scheduler.ended(this);
  }

  /** Tells its parent and those who observe it. Any thread; after the state has changed. */
  void tellObservers() {
    Observers seen = observers;
    if (seen != null) {
      seen.leaveParent(this);
      seen.tell();
    }
  }

  @Override
  protected void runSlice(LoopThread thread) {
    Slice.run(this, thread);
  }

  // Admission, see there

  /** In the inbox of its loop before anybody else can post it. */
  void waitForAdmission(Loop loop) {
    if (was(WAITING, wordVolatile()) && slot instanceof AdmissionWait wait) {
      this.loop = loop;
      since = tick(loop);
      scheduler().arrived(this);
      if (!loop.keepIfPossible(this, wait.deadlineNanos())) {
        onTimer(loop);
      }
    }
  }

  /** Any thread: it has a permit. False if it does not wait any more. */
  boolean letIn() {
    if (!wake()) {
      return false;
    }
    slot = ((AdmissionWait) Objects.requireNonNull(slot)).letIn();
    boundLoop().post(this);
    return true;
  }

  /** Any thread: its scheduler is being closed; it ends when it arrives at its loop. */
  void refuse() {
    if (wake()) {
      AdmissionWait wait = (AdmissionWait) Objects.requireNonNull(slot);
      slot = wait.refused(scheduler().closedWhile("refused a callback thread"));
      boundLoop().post(this);
    }
  }

  /** Loop owner: it was woken by something else than a permit. */
  private void leaveAdmission(AdmissionWait wait, Loop loop) {
    scheduler().admission().leave(this);
    slot = wait.task();
    if (wait.refusal() == null) {
      loop.ready(this);
    } else {
      finish(FAILED, wait.refusal());
    }
  }

  private void onAdmissionTimer(AdmissionWait wait, Loop loop) {
    if (loop.turnNanos() - wait.deadlineNanos() < 0
        && loop.keepIfPossible(this, wait.deadlineNanos())) {
      return; // a wheel reaches only so far
    }
    if (wake()) {
      leaveAdmission(wait.refused(scheduler().refusedAfterWaiting()), loop);
    }
  }

  @Override
  protected boolean mayMove() {
    return !isPinned(wordVolatile());
  }

  @Override
  protected @Nullable Object context() {
    return scheduler().contextOf(scope);
  }

  @Override
  protected void onInbox(Loop loop) {
    loop.forget(this);
    if (slot instanceof AdmissionWait wait) {
      if (!wait.admitted()) {
        leaveAdmission(wait, loop);
        return;
      }
      slot = wait.task();
    }
    int word = wordVolatile();
    if (was(RETURNED, word)) {
      arrive();
      tell(TraceEvent.Kind.HOME, "");
      goOn(loop);
    } else if (!wasEnded(word)) {
      if (!hasArrived()) {
        since = tick(loop);
        scheduler().arrived(this);
      }
      loop.ready(this);
    }
  }

  @Override
  protected void arriveIfLost(Loop loop) {
    if (!hasArrived() && !wasEnded(wordVolatile())) {
      onInbox(loop);
    }
  }

  /** It has returned from a detached thread, which saved how its slice ended. */
  private void goOn(Loop loop) {
    if (slot instanceof Outcome.Completed<?> completed) {
      finish(COMPLETED, completed.value());
    } else if (slot instanceof Outcome.Failed<?> failed) {
      finish(FAILED, failed.error());
    } else if (slot instanceof Outcome.Cancelled<?>) {
      finish(CANCELLED, null);
    } else {
      loop.ready(this); // a wait is looked at again in a slice
    }
  }

  @Override
  protected void onTimer(Loop loop) {
    if (slot instanceof AdmissionWait wait) {
      onAdmissionTimer(wait, loop);
    } else if (wake()) {
      loop.ready(this);
    }
  }

  @Override
  protected void onTakeover(Loop loop, Stall stall) {
    int before = since;
    since = tick(loop);
    if (!detach(before)) {
      since = before;
      return; // it has returned already and posts itself
    }
    tell(TraceEvent.Kind.TAKEOVER, stall.thread().getName());
    loop.keepIfPossible(this, Scope.NO_DEADLINE);
    long until = Scope.of((Scope) SCOPE.getAcquire(this)).deadline();
    if (wasCancelRequested(wordVolatile())) {
      cancelDetached(loop);
    } else if (until != Scope.NO_DEADLINE && !loop.keep(new StallTimeout(stall), until)) {
      failStalled(loop, stall, TIMED_OUT);
    }
  }

  /**
   * The timeout of a detached callback thread. Its own {@link LoopTask#deadline} is not written,
   * because its slice may be stuck before it has read when its sleep ends.
   */
  private final class StallTimeout extends LoopTask {
    private final Stall stall;

    StallTimeout(Stall stall) {
      this.stall = stall;
    }

    @Override
    protected void onTimer(Loop loop) {
      failStalled(loop, stall, TIMED_OUT);
    }

    @Override
    protected void runSlice(LoopThread thread) {
      throw new IllegalStateException("a timeout has no slice");
    }
  }

  private void cancelDetached(Loop loop) {
    Scope around = (Scope) SCOPE.getAcquire(this);
    if (Scope.of(around).heedsCancelWhileWaiting()) {
      failStalled(loop, loop.stallOf(this), "it was cancelled");
    }
  }

  @Override
  protected void onStallFailed(Loop loop, Stall stall) {
    failStalled(loop, stall, stall.isDead() ? "its thread has died" : "limit: watchdog.failAfter");
  }

  /** Fails it for a stall, unless it is back already, and perhaps stuck in another one. */
  private void failStalled(Loop loop, @Nullable Stall stall, String reason) {
    if (stall == null || loop.stallOf(this) != stall) {
      return;
    }
    stall.keep(slot == SLEEPING ? (Object) deadlineNanos(loop) : slot);
    if (!beginFailStall()) {
      return;
    }
    loop.forget(this);
    LoopStalledException error =
        new LoopStalledException(
            label(),
            loop.name(),
            stall.thread().getName(),
            Duration.ofMillis(stall.millis()),
            reason);
    slot = error;
    scheduler().endsStalled();
    fail();
    FlightEvents.failedStall(
        scheduler().name(), loop.name(), stall.thread().getName(), this::describe, stall.millis());
    stall.taskFailed();
    Frame published = stackVolatile();
    Scope around = Scope.of((Scope) SCOPE.getAcquire(this));
    if (!stall.isDead() && Orphan.mayComeOf(published, around)) {
      scheduler().hold(); // closing waits for what has still to be released
      stall.whenHandedOver(scheduler()::letGo);
    }
    scheduler().failedStall(this, error, published);
  }

  @Override
  protected boolean onLoopLost(Loop loop) {
    if (slot instanceof AdmissionWait) {
      if (!wake()) {
        return false; // whoever woke it has posted it
      }
      scheduler().admission().leave(this);
    }
    if (!beginForce()) {
      return wasEnded(wordVolatile());
    }
    Object wait = slot;
    LoopLostException error = new LoopLostException(label(), loop.name());
    slot = error;
    scheduler().endsStalled();
    fail();
    if (wait instanceof Awaiter awaiter
        && awaiter.abandon(Orphan.ofWait(this, stackPlain(), scope))) {
      loop.ready(new ActionTask(awaiter::cancel, scheduler(), "cancel after a lost loop"));
    }
    scheduler().failedStall(this, error, stackVolatile());
    return true;
  }

  /** Ends it whatever it is doing, because its scheduler must close now. */
  void force(Loop loop) {
    if (was(DETACHED, wordVolatile())) {
      failStalled(loop, loop.stallOf(this), "its scheduler was closed");
    } else if (beginForce()) {
      slot = scheduler().closedWhile("ended callback thread '" + name() + "'");
      scheduler().ends(FAILED);
      fail();
      scheduler().ended(this);
    }
  }

  /** On a detached thread: goes home to its loop; if that has ended, so does it. */
  void postHome() {
    if (!boundLoop().post(this)) {
      arrive();
      finish(
          FAILED, scheduler().closedWhile("has no loop left for callback thread '" + name() + "'"));
    }
  }

  @Override
  protected void onCrash(Loop loop, Throwable error) {
    finish(FAILED, error);
  }

  @Override
  protected void onLateCrash(Throwable error) {
    if (comeHome()) {
      save(new Outcome.Failed<>(error), null, null);
      postHome();
    } else {
      super.onLateCrash(error);
    }
  }

  @Override
  protected String callbackThread() {
    return name();
  }

  @Override
  protected String taskPath() {
    return Objects.requireNonNullElse(namePath(), "");
  }

  @Override
  protected @Nullable Object provenance() {
    Scope now = (Scope) SCOPE.getAcquire(this);
    return now == null ? null : now.value(Scope.PROVENANCE);
  }

  @Override
  protected String describe() {
    return "callback thread '" + label() + "'";
  }
}
