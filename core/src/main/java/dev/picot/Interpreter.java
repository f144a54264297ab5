/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import dev.picot.internal.LateValue;
import dev.picot.internal.Nanos;
import dev.picot.internal.Text;
import dev.picot.loop.Loop;
import dev.picot.loop.LoopThread;
import java.time.Duration;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.NullUnmarked;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;

/**
 * Evaluates tasks and feeds their completions to frames, for a {@link Slice} that comes to steps
 * which are not frequent.
 */
// Over 250 lines: one switch over all kinds of tasks, one over all kinds of frames.
@NullUnmarked // what an operand is, and whether it is there, is decided by the tag
@SuppressWarnings({"unchecked", "rawtypes"}) // Task types what is untyped here
final class Interpreter {
  /*
   * It keeps everything in this object, which only the slice sees, and writes to the callback
   * thread only after it has won exitSlice() or comeHome(), so a slice that was taken over changes
   * nothing. Two exceptions, because the new owner has to see them while the slice is stuck:
   *   - pushing a finalizer publishes the stack (`publish`), before the finalizer's task begins;
   *   - entering and leaving a scope publishes the scope; while frames are left, as a protected
   *     one, for what runs then ends the callback thread and is not to be ended once more.
   *
   * `task` is evaluated if there is one; else `value`, together with `how`, is the completion that
   * goes to the top frame. UNWINDING leaves frames without running user code but finalizers, up to
   * the frame `value` (a timeout), or to the bottom (null: cancellation).
   */
  static final int VALUE = 0;
  static final int ERROR = 1;
  static final int UNWINDING = 2;

  private static final int BUDGET_STEPS = 256;
  private static final long BUDGET_NANOS = 1_000_000;
  private static final int LOOK_INTERVAL = 64;

  /** After how many steps the clock is first looked at, where no timeout is set. */
  static final int FIRST_LOOK = 8;

  /**
   * After how many steps a slice without a timeout looks at the clock next: when its budget will be
   * spent if it goes on as fast as before, but never later than after four times as many steps.
   *
   * @return the steps so far if the budget is spent
   */
  static int nextLook(int steps, Loop loop) {
    long used = steps >= BUDGET_STEPS ? BUDGET_NANOS : loop.now() - loop.turnNanos();
    if (used >= BUDGET_NANOS) {
      return steps;
    }
    long more = Math.min(3L * steps, steps * (BUDGET_NANOS - used) / Math.max(1, used));
    return Math.min(BUDGET_STEPS, steps + (int) Math.max(1, more));
  }

  /** How a slice ended. */
  enum Pause {
    YIELD("yield"),
    WAIT("wait"),
    END("end"),
    /** It is suspended. */
    HOLD("suspended"),
    /** It had ended before, from outside. */
    GONE("gone");

    final String text;

    Pause(String text) {
      this.text = text;
    }
  }

  private final CallbackThreadCore self;
  private final LoopThread thread;
  private final Loop loop;
  private @Nullable Task<?> task;
  private @Nullable Object value;
  private int how = VALUE;
  private @Nullable Frame stack;
  private @Nullable Scope scope;

  /** Steps of this slice, and after how many the clock is looked at next. */
  private int steps;

  private int nextLook;

  /** What to wait for, after a pause WAIT. */
  private Object wait = CallbackThreadCore.NEVER;

  private long waitUntil = Scope.NO_DEADLINE;

  Interpreter(CallbackThreadCore self, LoopThread thread) {
    this.self = self;
    this.thread = thread;
    this.loop = thread.loop();
    this.stack = self.stackPlain();
    this.scope = self.scopePlain();
    this.nextLook = deadline() == Scope.NO_DEADLINE ? FIRST_LOOK : 2;
  }

  // For the slice

  @Nullable Task<?> task() {
    return task;
  }

  @Nullable Object value() {
    return value;
  }

  @Nullable Frame stack() {
    return stack;
  }

  int steps() {
    return steps;
  }

  int nextLook() {
    return nextLook;
  }

  /** Goes on from where the slice is: before a task, or with a plain value. */
  void enter(@Nullable Task<?> task, @Nullable Object value, @Nullable Frame stack, int steps) {
    this.task = task;
    this.value = value;
    this.how = VALUE;
    this.stack = stack;
    this.steps = steps;
  }

  /** Ends the slice. */
  void end(Pause pause) {
    if (thread.exitSlice()) {
      settle(pause);
    } else if (pause == Pause.GONE) {
      handOver(thread.leftOver());
    } else {
      comeHome(pause);
    }
  }

  private void settle(Pause pause) {
    self.tell(TraceEvent.Kind.SLICE_END, pause.text);
    switch (pause) {
      case YIELD -> {
        save(Objects.requireNonNull(task));
        loop.ready(self);
      }
      case WAIT -> {
        self.save(scope);
        self.waitIn(loop, wait, stack, waitUntil);
      }
      case HOLD -> {
        save(Objects.requireNonNull(task));
        self.holdIn(loop);
      }
      case END -> self.finish(outcomeState(), outcomeValue());
      case GONE -> {}
    }
  }

  private void save(Object slot) {
    self.save(slot, stack, scope);
  }

  /** The slice was taken over and has returned on the detached thread. */
  void comeHome(Pause pause) {
    Object slot =
        switch (pause) {
          case YIELD, HOLD -> Objects.requireNonNull(task);
          case WAIT -> wait == CallbackThreadCore.SLEEPING ? (Object) waitUntil : wait;
          case END, GONE -> outcome();
        };
    if (self.comeHome()) {
      save(slot);
      self.postHome();
    } else {
      handOver(slot);
    }
  }

  /** The callback thread was failed meanwhile: only what would be lost is handed over. */
  private void handOver(@Nullable Object slot) {
    if (slot == null || slot == CallbackThreadCore.NEVER) {
      return;
    }
    if (slot instanceof Outcome) {
      drop(slot);
      return;
    }
    Orphan orphan = Orphan.ofStalled(self, stack, scope, slot instanceof Task);
    if (orphan != null && orphan.isReleasing()) {
      orphan.goOn(slot);
    } else if (slot instanceof Awaiter awaiter) {
      if (awaiter.abandon(orphan)) {
        loop.post(new ActionTask(awaiter::cancel, self.scheduler(), "cancel after a failed stall"));
      } else if (orphan != null && !(awaiter.result() instanceof Awaiter.Failure)) {
        orphan.adopt(Awaiter.unwrap(Objects.requireNonNull(awaiter.result())));
      } else if (awaiter.result() instanceof Awaiter.Failure failure) {
        Dropped.error(self, Scope.subscriberContext(scope), failure.error());
      } else {
        dropValue(Awaiter.unwrap(Objects.requireNonNull(awaiter.result())));
      }
    } else if (orphan != null) {
      orphan.goOn(slot);
    } else {
      drop(slot);
    }
  }

  private int outcomeState() {
    return switch (how) {
      case VALUE -> CallbackThreadState.COMPLETED;
      case ERROR -> CallbackThreadState.FAILED;
      default -> CallbackThreadState.CANCELLED;
    };
  }

  private @Nullable Object outcomeValue() {
    return how == UNWINDING ? null : value;
  }

  private Outcome<?> outcome() {
    return switch (how) {
      case VALUE -> new Outcome.Completed<>(value);
      case ERROR -> new Outcome.Failed<>(error());
      default -> new Outcome.Cancelled<>();
    };
  }

  private Throwable error() {
    return (Throwable) Objects.requireNonNull(value);
  }

  /** The beginning of a slice; null if it goes on with a task or a plain value. */
  @Nullable Pause begin(@Nullable Object slot) {
    if (CallbackThreadState.wasEnded(self.wordVolatile())) {
      return Pause.GONE;
    }
    self.tell(TraceEvent.Kind.SLICE_BEGIN, "");
    if (slot instanceof Task<?> next) {
      task = next;
      if (scope != null && scope.heedsTimeoutBetweenSteps()) {
        unwindIfLate(loop.turnNanos());
      }
      goOnWithPending();
    } else {
      try {
        if (!resume(Objects.requireNonNull(slot))) {
          return Pause.WAIT;
        }
        self.tellWait(TraceEvent.Kind.WAIT_END, slot);
      } catch (Throwable e) {
        complete(ERROR, e);
      }
    }
    return isPlain() ? null : goOn();
  }

  /** Makes at least one step; null if the slice goes on with a task or a plain value. */
  @Nullable Pause goOn() {
    do {
      try {
        Pause pause = step();
        if (pause != null) {
          return pause;
        }
      } catch (Throwable e) {
        LateValue.drop(value);
        complete(ERROR, e);
      }
    } while (!isPlain());
    return null;
  }

  /** The step that the slice was in has thrown. */
  @Nullable Pause fail(Throwable error) {
    complete(ERROR, error);
    return goOn();
  }

  private boolean isPlain() {
    return task == null
        ? how == VALUE && !(value instanceof LateValue)
        : !(task.a instanceof LateValue);
  }

  private void complete(int how, @Nullable Object value) {
    this.how = how;
    this.value = value;
    this.task = null;
  }

  /** Goes on after a wait; false if it is not over. */
  private boolean resume(Object waited) throws Exception {
    if (waited instanceof Awaiter awaiter) {
      return resume(awaiter);
    }
    wait = waited;
    if (unwindWhereNeeded()) {
      return true;
    }
    if (waited == CallbackThreadCore.NEVER) {
      waitUntil = deadline();
      return false;
    }
    waitUntil = waited == CallbackThreadCore.SLEEPING ? self.deadlineNanos(loop) : (Long) waited;
    if (waitUntil - loop.turnNanos() <= 0) {
      complete(VALUE, null);
      return true;
    }
    return false;
  }

  private boolean resume(Awaiter awaiter) throws Exception {
    if (!awaiter.isDone() && unwindWhereNeeded()) {
      if (awaiter.abandon(Orphan.ofWait(self, stack, scope))) {
        cancel(awaiter);
        return true;
      }
      self.publishScope(scope);
    }
    Object result = awaiter.result();
    if (result == null) {
      wait = awaiter;
      waitUntil = deadline();
      return false;
    }
    take(result);
    return true;
  }

  private void cancel(Awaiter awaiter) {
    try {
      awaiter.cancel();
    } catch (Throwable e) {
      self.scheduler().uncaught("cancelling what a callback thread waited for", e);
    }
  }

  private void take(Object result) {
    if (result instanceof Awaiter.Failure failure) {
      complete(ERROR, failure.error());
    } else {
      complete(VALUE, Awaiter.unwrap(result));
    }
  }

  /** Begins to unwind if the wait, or the step that would come next, is cancelled or too late. */
  private boolean unwindWhereNeeded() {
    if (CallbackThreadState.wasCancelRequested(self.wordVolatile())
        && Scope.of(scope).heedsCancelWhileWaiting()) {
      unwind(null);
      return true;
    }
    return unwindIfLate(loop.turnNanos());
  }

  private boolean unwindIfLate(long now) {
    if (scope == null || scope.deadline() - now > 0) {
      return false;
    }
    unwind(scope.timeout());
    return true;
  }

  private void unwind(@Nullable Object landing) {
    if (task != null) {
      drop(task);
    } else if (how == VALUE) {
      dropValue(value);
    } else if (how == ERROR) {
      Dropped.error(self, Scope.subscriberContext(scope), error());
    }
    complete(UNWINDING, landing);
    self.publishScope(Scope.of(scope).uncancellable());
  }

  /** What a slice has left for the next one, see {@link #pending}, or how it has ended. */
  private void drop(Object slot) {
    Object context = Scope.subscriberContext(scope);
    if (slot instanceof Outcome<?> outcome) {
      Dropped.outcome(self, context, outcome);
    } else if (slot instanceof Task<?> left && left.tag == Tag.VALUE) {
      dropValue(left.a);
    } else if (slot instanceof Task<?> left && left.tag == Tag.ERROR) {
      Dropped.error(self, context, (Throwable) left.a);
    }
  }

  private void dropValue(@Nullable Object dropped) {
    Dropped.value(self, Scope.subscriberContext(scope), dropped);
  }

  private long deadline() {
    return scope == null ? Scope.NO_DEADLINE : scope.deadline();
  }

  private @Nullable Pause step() throws Exception {
    int word = self.wordVolatile();
    if ((word & CallbackThreadState.ATTENTION) != 0) {
      Pause pause = attend(word);
      if (pause != null) {
        return pause;
      }
    }
    if (++steps >= nextLook && isBudgetSpent()) {
      return Pause.YIELD;
    }
    if (task != null) {
      Pause pause = evaluate(task);
      if (pause != null) {
        return pause;
      }
    } else if (stack == null) {
      value = LateValue.now(value);
      if (!endsChildren()) {
        return Pause.END;
      }
    } else {
      Frame top = stack;
      if (value instanceof LateValue late && top.takesValue()) {
        value = late.take(); // and nothing is looked at before it is fed
      }
      stack = top.next;
      if (how == VALUE) {
        feedValue(top);
      } else {
        feedOther(top);
      }
    }
    return null;
  }

  /** Something happened from outside, or is watched: null if the slice goes on. */
  private @Nullable Pause attend(int word) {
    if (CallbackThreadState.wasEnded(word)
        || CallbackThreadState.was(CallbackThreadState.DETACHED, word)) {
      pending();
      return Pause.YIELD;
    }
    if (CallbackThreadState.wasSuspended(word) && holds()) {
      pending();
      return Pause.HOLD;
    }
    if (CallbackThreadState.wasCancelRequested(word)
        && how != UNWINDING
        && Scope.of(scope).heedsCancelBetweenSteps()) {
      unwind(null);
    }
    if (CallbackThreadState.wasTraced(word)) {
      traceStep();
    }
    return null;
  }

  private void traceStep() {
    Object function = null;
    if (task != null) {
      function = Labels.function(task);
    } else if (stack != null && runsFunctions(stack.tag)) {
      function = Labels.function(stack);
    }
    if (function != null) {
      boolean hops = task != null && (task.tag == Tag.BLOCKING || task.tag == Tag.BLOCKING_RUN);
      self.tell(hops ? TraceEvent.Kind.HOP : TraceEvent.Kind.STEP, Labels.of(function));
    }
  }

  /** Whether the frame calls its function with the present kind of completion. */
  private boolean runsFunctions(int tag) {
    return switch (tag) {
      case Tag.MAP, Tag.FLAT_MAP, Tag.DO_ON_SUCCESS -> how == VALUE;
      case Tag.ON_ERROR_RESUME, Tag.ON_ERROR_MAP -> how == ERROR;
      case Tag.DO_FINALLY, Tag.USING -> true;
      default -> false;
    };
  }

  /** Whether the suspended put off what comes next: not unwinding, an acquire or a finalizer. */
  private boolean holds() {
    if (how == UNWINDING || (scope != null && (scope.isAcquiring() || scope.finalizer()))) {
      return false;
    }
    return task == null ? stack != null && runsFunctions(stack.tag) : task.tag != Tag.UNWIND;
  }

  /** Turns a pending completion into a task, so that the slice can be resumed with it. */
  private void pending() {
    if (task == null) {
      task =
          switch (how) {
            case VALUE -> Task.constant(value);
            case ERROR -> Task.error(error());
            default -> Task.unwinding(value);
          };
    }
  }

  /** Undoes {@link #pending}, which is no step: else a slice with little time would get nowhere. */
  private void goOnWithPending() {
    if (task != null) {
      switch (task.tag) {
        case Tag.VALUE -> complete(VALUE, task.a);
        case Tag.ERROR -> complete(ERROR, task.a);
        case Tag.UNWIND -> unwind(task.a);
        default -> {}
      }
    }
  }

  private boolean isBudgetSpent() {
    long now = loop.now();
    nextLook = steps + Math.min(steps, LOOK_INTERVAL);
    if (how != UNWINDING && Scope.of(scope).heedsTimeoutBetweenSteps() && unwindIfLate(now)) {
      return false;
    }
    if (steps >= BUDGET_STEPS || now - loop.turnNanos() > BUDGET_NANOS) {
      pending();
      return true;
    }
    return false;
  }

  private @Nullable Pause evaluate(Task<?> node) throws Exception {
    switch (node.tag) {
      case Tag.VALUE, Tag.ERROR, Tag.UNWIND -> goOnWithPending();
      case Tag.CALL -> complete(VALUE, ((Callable<?>) node.a).call());
      case Tag.RUN -> {
        ((Action) node.a).run();
        complete(VALUE, null);
      }
      case Tag.DEFER -> next(((Callable<Task<?>>) node.a).call(), node.a);
      case Tag.MAP,
          Tag.FLAT_MAP,
          Tag.MAP_BLOCKING,
          Tag.THEN,
          Tag.DO_ON_SUCCESS,
          Tag.ON_ERROR_RESUME,
          Tag.ON_ERROR_MAP -> {
        stack = new Frame(node.tag, node.b, stack);
        task = (Task<?>) node.a;
      }
      case Tag.YIELD -> {
        task = Task.done();
        return Pause.YIELD;
      }
      case Tag.SLEEP -> {
        return sleep((Duration) node.a);
      }
      case Tag.NEVER -> {
        wait = CallbackThreadCore.NEVER;
        waitUntil = deadline();
        return Pause.WAIT;
      }
      case Tag.BLOCKING -> {
        Object label = node.b == null ? node.a : node.b;
        return await(new BlockingCall(self, (Callable<?>) node.a, label, scope));
      }
      case Tag.BLOCKING_RUN -> {
        Action action = (Action) node.a;
        return await(
            new BlockingCall(
                self,
                () -> {
                  action.run();
                  return null;
                },
                action,
                scope));
      }
      case Tag.AWAIT -> {
        Object context = Scope.subscriberContext(scope);
        return await(
            new PublisherAwait(self, (Publisher<?>) node.a, (Task.Expect) node.b, context));
      }
      case Tag.AWAIT_STAGE -> {
        return await(new StageAwait(self, (CompletionStage<?>) node.a));
      }
      case Tag.ASYNC -> {
        return await(new AsyncAwait(self, (AsyncStart<Object>) node.a));
      }
      case Tag.JOIN -> {
        return await(new JoinAwait(self, (CallbackThread<?>) node.a));
      }
      case Tag.EMIT -> {
        StreamSubscription to = (StreamSubscription) node.a;
        if (to.deliver(self, node.b)) {
          complete(VALUE, null);
        } else {
          stack = new Frame(Tag.EMIT, node, stack);
          return await(new DemandAwait(self, to));
        }
      }
      case Tag.FORK ->
          complete(VALUE, Child.start(self, scope, self.scheduler(), (Task<?>) node.a, null, 0));
      case Tag.SIBLINGS -> {
        LoopScheduler here = self.scheduler();
        List<Task<?>> tasks = Siblings.read((Iterable<?>) node.a, here);
        siblings(new Siblings(self, (Siblings.Until) node.b, here, tasks));
      }
      case Tag.RUN_IN -> {
        List<Task<?>> one = List.of((Task<?>) node.a);
        siblings(new Siblings(self, Siblings.Until.FIRST, (LoopScheduler) node.b, one));
      }
      case Tag.START_SIBLINGS -> {
        return startSiblings((Siblings) node.a);
      }
      case Tag.END_CHILDREN -> {
        return endChildren(node);
      }
      case Tag.CONTEXT -> readContext((ContextKey<?>) node.a);
      case Tag.LOOP -> {
        stack = new Frame(Tag.LOOP, node.a, stack);
        task = ((Task.Repeat) node.a).next();
      }
      case Tag.WHILE -> repeat(new Frame(Tag.LOOP, node.a, stack));
      case Tag.ITERATE -> {
        stack = new Frame(Tag.ITERATE, node.b, stack);
        next((Task<?>) ((Step) node.b).apply(node.a), node.b);
      }
      case Tag.FOR_EACH ->
          task =
              new ForEach(
                      self,
                      (Publisher<?>) node.a,
                      (Task.Each) node.b,
                      Scope.subscriberContext(scope))
                  .task();
      case Tag.SIGNAL -> {
        return await(new SignalAwait(self, (ForEach) node.a));
      }
      case Tag.CLOCK -> complete(VALUE, loop.now());
      case Tag.USING -> acquire(node);
      case Tag.DO_FINALLY -> {
        publish(new Frame.Finally(node.b, stack));
        task = (Task<?>) node.a;
      }
      case Tag.TIMEOUT -> {
        Frame landing = new Frame.Scoped(Tag.TIMEOUT, node.b, stack, scope);
        long at = loop.now() + Nanos.of((Duration) node.b);
        enter(Scope.of(scope).timingOut(at, landing), landing, node);
      }
      case Tag.UNCANCELLABLE -> enter(Scope.of(scope).uncancellable(), leaving(), node);
      case Tag.WITH -> enter(Scope.of(scope).with((Task.Binding) node.b), leaving(), node);
      case Tag.NAMED -> {
        Scope named = Scope.of(scope).named((String) node.b);
        // The outermost name is never left: it stays the name of the callback thread.
        enter(named, stack == null && Scope.isOutermost(scope) ? null : leaving(), node);
      }
      default -> throw new IllegalStateException("task of an unknown kind: " + node.tag);
    }
    return null;
  }

  private void next(@Nullable Task<?> made, Object by) {
    task = Task.made(made, by);
  }

  /** The next iteration, with the same frame below it; or the end. */
  private void repeat(Frame frame) throws Exception {
    Task.Repeat repeat = (Task.Repeat) frame.operand;
    if (repeat.isDue()) {
      stack = frame;
      task = repeat.next();
    } else {
      complete(VALUE, null);
    }
  }

  /** Goes on from what the last iteration gave. */
  private void iterate(Frame frame) throws Exception {
    Step step = (Step) frame.operand;
    Next<?, ?> next = (Next<?, ?>) value;
    if (next == null) {
      throw new NullPointerException(
          Text.format(
              "a step in %s gave null (expected: Next.again or Next.done)", Labels.of(step)));
    }
    if (next.isDone) {
      value = next.result;
    } else {
      stack = frame;
      next((Task<?>) step.apply(next.state), step);
    }
  }

  private Pause sleep(Duration duration) {
    sleepUntil(loop.now() + Nanos.of(duration));
    return Pause.WAIT;
  }

  void sleepUntil(long until) {
    if (until >= deadline()) {
      wait = CallbackThreadCore.NEVER; // the timeout will end it
      waitUntil = deadline();
    } else {
      wait = loop.isFar(until) ? (Object) until : CallbackThreadCore.SLEEPING;
      waitUntil = until;
    }
  }

  private @Nullable Pause await(Awaiter awaiter) throws Exception {
    try {
      awaiter.start();
    } catch (Throwable e) {
      if (awaiter.abandon(null)) {
        cancel(awaiter);
        throw e;
      }
      if (!(awaiter.result() instanceof Awaiter.Failure failure && failure.error() == e)) {
        self.scheduler().uncaught("start of " + awaiter.describeWait() + " after its result", e);
      }
    }
    Object result = awaiter.result();
    if (result == null) {
      wait = awaiter;
      waitUntil = deadline();
      return Pause.WAIT;
    }
    take(result);
    return null;
  }

  private void readContext(ContextKey<?> key) {
    Object found = scope == null ? null : scope.value(key);
    if (found == null) {
      throw new NoSuchElementException(
          Text.format(
              "the context of callback thread '%s' has no value for key '%s'. Set one with"
                  + " Task.with(key, value).",
              self.name(), key));
    }
    complete(VALUE, found);
  }

  private Frame leaving() {
    return new Frame.Scoped(Tag.LEAVE_SCOPE, null, stack, scope);
  }

  private void enter(Scope inner, @Nullable Frame frame, Task<?> node) {
    stack = frame == null ? stack : frame;
    setScope(inner);
    task = (Task<?>) node.a;
  }

  private void setScope(@Nullable Scope now) {
    if (Scope.of(now).binding() != Scope.of(scope).binding()) {
      thread.carry(self.scheduler().contextOf(now));
    }
    scope = now;
    self.publishScope(how == UNWINDING ? Scope.of(now).uncancellable() : now);
    if (deadline() != Scope.NO_DEADLINE && nextLook > steps + 1) {
      nextLook = steps + 1; // it may have passed while it was not heeded
    }
  }

  /** Pushes a finalizer where a new owner finds it, unless the callback thread was failed. */
  private void publish(Frame finalizer) {
    self.publishStack(finalizer);
    stack = finalizer;
  }

  private void acquire(Task<?> node) {
    publish(new Frame.Using((Task.Use) node.b, stack, scope));
    setScope(Scope.of(scope).acquiring());
    task = (Task<?>) node.a;
  }

  private void feedValue(Frame top) throws Exception {
    Object operand = top.operand;
    switch (top.tag) {
      case Tag.MAP -> value = ((Step) operand).apply(value);
      case Tag.FLAT_MAP -> next((Task<?>) ((Step) operand).apply(value), operand);
      case Tag.THEN, Tag.EMIT -> task = (Task<?>) operand;
      case Tag.DO_ON_SUCCESS -> ((Effect) operand).accept(value);
      case Tag.MAP_BLOCKING -> {
        Step call = (Step) operand;
        Object argument = value;
        task = Task.hop(() -> call.apply(argument), call);
      }
      case Tag.LOOP -> repeat(top);
      case Tag.ITERATE -> iterate(top);
      case Tag.RELEASE_ORPHAN -> release((Task.Use) operand, value, new Outcome.Cancelled<>());
      case Tag.ON_ERROR_RESUME, Tag.ON_ERROR_MAP -> {}
      default -> feedScoped(top);
    }
  }

  private void feedOther(Frame top) throws Exception {
    if (how == ERROR && top.tag == Tag.ON_ERROR_RESUME) {
      Task.Resume resume = (Task.Resume) top.operand;
      if (resume.type().isInstance(value)) {
        Object error = value;
        complete(VALUE, null);
        next((Task<?>) resume.step().apply(error), resume.step());
      }
    } else if (how == ERROR && top.tag == Tag.ON_ERROR_MAP) {
      Object mapped = ((Step) top.operand).apply(value);
      value =
          mapped != null
              ? mapped
              : new NullPointerException(
                  Text.format("onErrorMap in %s gave null", Labels.of(top.operand)));
    } else {
      feedScoped(top);
    }
  }

  /** Frames that see every kind of completion. */
  private void feedScoped(Frame top) throws Exception {
    switch (top.tag) {
      case Tag.LEAVE_SCOPE -> setScope(((Frame.Scoped) top).outer);
      case Tag.TIMEOUT -> {
        if (how == UNWINDING && value == top) {
          Duration limit = (Duration) top.operand;
          complete(ERROR, new TaskTimeoutException(limit, self.describeTask(scope)));
        }
        setScope(((Frame.Scoped) top).outer);
      }
      case Tag.DO_FINALLY -> finalizer((Frame.Finally) top);
      case Tag.USING -> using((Frame.Using) top);
      case Tag.AFTER_FINALIZER -> afterFinalizer((Frame.AfterFinalizer) top);
      case Tag.SIBLINGS -> endSiblings(top);
      case Tag.EMIT -> {
        Task<?> emission = (Task<?>) top.operand;
        ((StreamSubscription) emission.a).unemitted(self, emission.b);
      }
      default -> {} // a continuation that this kind of completion does not concern
    }
  }

  private void finalizer(Frame.Finally top) {
    if (!top.claim()) {
      return;
    }
    try {
      ((Effect) top.operand).accept(outcome());
    } catch (Throwable e) {
      failedFinalizer(e);
    }
  }

  private void failedFinalizer(Throwable e) {
    switch (how) {
      case VALUE -> complete(ERROR, e);
      case ERROR -> {
        if (error() != e) {
          error().addSuppressed(e);
        }
      }
      default -> self.scheduler().uncaught("finalizer of a cancelled task", e);
    }
  }

  private void using(Frame.Using top) throws Exception {
    if (how == VALUE && top.isAcquiring()) {
      stack = top;
      if (top.acquired(value)) {
        setScope(top.outer);
        if (CallbackThreadState.wasSuspended(self.wordVolatile())) {
          Object thing = value;
          task = Task.defer(() -> (Task<?>) top.use().use().apply(thing)); // may be held before it
        } else if (Scope.of(scope).isAcquiring() || !unwindWhereNeeded()) {
          next((Task<?>) top.use().use().apply(value), top.use().use());
        }
      } // else the callback thread was failed, and the value goes to an orphan
      return;
    }
    setScope(top.outer);
    if (!top.abandon() && top.claim()) {
      Outcome<?> outcome = outcome();
      stack = new Frame.AfterFinalizer(how, value, stack, scope);
      complete(VALUE, null);
      setScope(Scope.of(scope).finalizing());
      release(top.use(), top.thing(), outcome);
    }
  }

  private void release(Task.Use use, @Nullable Object thing, Outcome<?> outcome) throws Exception {
    next((Task<?>) use.release().apply(thing, outcome), use.release());
  }

  private void afterFinalizer(Frame.AfterFinalizer top) {
    int ended = how;
    Object error = value;
    complete(top.how, top.value);
    setScope(top.outer);
    if (ended == ERROR) {
      failedFinalizer((Throwable) Objects.requireNonNull(error));
    }
  }

  // Children: parents start and end them in steps of their own, a portion at a time

  private void siblings(Siblings siblings) {
    if (Scope.of(scope).isAcquiring()) { // what a cancelled child has acquired would be lost
      stack = leaving();
      setScope(Scope.of(scope).uncancellable());
    }
    stack = new Frame(Tag.SIBLINGS, siblings, stack);
    task = Task.starting(siblings);
  }

  private @Nullable Pause startSiblings(Siblings siblings) throws Exception {
    siblings.waitsFrom(self); // an orphan may have taken over
    return siblings.startSome(self, scope) ? null : await(siblings);
  }

  private void endSiblings(Frame top) {
    Siblings siblings = (Siblings) top.operand;
    if (!siblings.haveEnded()) {
      stack = top;
      endFirst(siblings.started());
      return;
    }
    if (how == ERROR) {
      siblings.suppressOthers(error());
    }
    siblings.dropOthers(how == VALUE ? value : null, Scope.subscriberContext(scope));
    self.trimChildren();
  }

  /** At the end of the body. Returns false if no child is left. */
  private boolean endsChildren() {
    List<CallbackThread<?>> living = self.closeChildren();
    if (living.isEmpty()) {
      return false;
    }
    endFirst(living);
    return true;
  }

  /** Ends children, then goes on with the present completion. */
  private void endFirst(List<CallbackThread<?>> children) {
    stack = new Frame.AfterFinalizer(how, value, stack, scope);
    complete(VALUE, null);
    setScope(Scope.of(scope).finalizing());
    task = Task.ending(new Ending(children));
  }

  private @Nullable Pause endChildren(Task<?> node) throws Exception {
    Ending ending = (Ending) node.a;
    if (ending.cancelSome()) {
      return null;
    }
    CallbackThread<?> living = ending.living();
    if (living == null) {
      complete(VALUE, null);
      return null;
    }
    stack = new Frame(Tag.THEN, node, stack);
    return await(new EndAwait(self, living));
  }
}
