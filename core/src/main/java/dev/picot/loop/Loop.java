/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import dev.picot.internal.FlightEvents;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One owner at a time, an inbox, a ready list and a timer wheel.
 *
 * <h2>Threading</h2>
 *
 * {@link #post}, {@link #now}, {@link #tasks} and the statistics may be called by any thread; all
 * else by the owner in phase OWNER, that is from the hooks of {@link LoopTask} other than {@code
 * runSlice}, and from {@code runSlice} after {@link LoopThread#exitSlice} returned true.
 */
// Over 250 lines: the life of an owner, turn by turn; each phase relies on the others.
public final class Loop extends PaddedLoop {
  /*
   * A turn: inbox -> due timers -> I/O -> the slices that were ready when it began -> balance -> sleep
   * if nothing is ready. User code runs in slices only, so a thread that is stuck in user code is in
   * phase SLICE, where the loop can be taken over (see Ownership).
   *
   * Reachability: whenever the phase is SLICE, each task of the loop is in `lists`, in `inbox`,
   * or is `owner.task`. No batch is kept in a local variable across a slice: the inbox is spliced
   * before the first slice of a turn, due timers likewise. A task in transit from a detached thread
   * to the inbox is the one exception, see CallbackThread.
   *
   * Home: LoopTask.loop is written by the loop that the task has arrived at, and by nobody else once
   * it was posted. Only ready tasks, which nobody posts, leave a loop that lives; a loop that leaves
   * takes everything, to one successor. So who reads a stale home posts to a loop that forwards to where
   * the task is: see leave().
   */
  private static final int TURNS_PER_CLOCK_LOOK = 16;
  private static final long TURN_NANOS = 1_000_000;
  private static final int TURNS_PER_BALANCE = 4;

  private static final VarHandle OWNERSHIP;

  static {
    try {
      OWNERSHIP = MethodHandles.lookup().findVarHandle(Loop.class, "ownership", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final String name;
  private final LoopGroup group;
  private final Ticker ticker;
  private final Figures figures;

  /** The tasks that have arrived. Owner only. */
  final LoopLists lists;

  /** Null if the loop has no I/O driver. */
  private final @Nullable IoPhase io;

  /** Watchdog only. */
  final LoopWatch watch = new LoopWatch();

  /** Owner only. */
  final Lookout lookout =
      new Lookout(Runtime.getRuntime().availableProcessors()) {
        @Override
        boolean isBetterAsleep() {
          return isBesideABusyLoop();
        }

        @Override
        boolean hasCome() {
          return !inbox.isEmpty();
        }
      };

  /** What was taken from the inbox and has not been looked at yet. Owner only. */
  private @Nullable LoopTask arriving;

  /** Until when the owner sleeps, by the clock of the loop. Written before phase PARKED. */
  private long parkedUntil = Long.MAX_VALUE;

  /** See {@link Ownership}. Written by the owner; CASed by owner and watchdog. */
  private volatile long ownership;

  /** The thread that owns the loop. Written by the new owner; read by whoever unparks it. */
  private volatile @Nullable LoopThread owner;

  /** Slices so far. Owner only. */
  private long slices;

  /**
   * Every so many slices, less one bit, one is timed: all of them if JFR records them. Owner only.
   */
  private long sampleMask = sampleMask();

  /** Turns since the clock was last looked at. Owner only. */
  private int turnsWithoutClock;

  /** The clock as last looked at. Owner only. */
  private long turnNanos;

  /** True once the loop is to end as soon as nothing is left. Owner only. */
  private boolean retiring;

  /** True once everything is to move to another loop, at the end of the inbox. Owner only. */
  private boolean leaving;

  /** Who has taken everything over. Written by the owner, before it closes the inbox for good. */
  private volatile @Nullable Loop successor;

  /** Turns since the loop last rested, or had no more than one ready task. Owner only. */
  private int crowdedTurns;

  /** The sibling that balancing looked at last. Owner only. */
  private int lookedAt;

  /** Whether a post at the end of a stack could not wake the owner. Reset by the watchdog. */
  private volatile boolean owedWakeUp;

  /** Whether the loop stands still and nothing could be done about it. Written by the watchdog. */
  volatile boolean hung;

  Loop(String name, LoopGroup group, Ticker ticker, IoDriver.@Nullable Factory io) {
    this.name = name;
    this.group = group;
    this.ticker = ticker;
    this.turnNanos = ticker.nanos();
    this.lists = new LoopLists(this, Ticker.tickOf(turnNanos));
    this.figures = new Figures(turnNanos);
    this.io = io == null ? null : new IoPhase(this, io);
  }

  /** Starts the first owner. */
  void start() {
    LoopThread thread = group.newOwner(name);
    owner = thread;
    thread.adopt(this, ownership, null);
    thread.start();
  }

  /** Lets nobody own the loop but whoever drives it by hand. */
  void startByHand() {
    LoopThread standIn = new LoopThread(name);
    standIn.adopt(this, ownership, null);
    owner = standIn;
    standIn.endTurn();
  }

  /** {@return the name of the loop; after the nth takeover its owner is called name.n} */
  public String name() {
    return name;
  }

  /** {@return the group that the loop belongs to} */
  public LoopGroup group() {
    return group;
  }

  /** {@return the I/O driver of this loop; null if it has none} */
  public @Nullable IoDriver io() {
    return io == null ? null : io.driver();
  }

  Ticker ticker() {
    return ticker;
  }

  @Nullable LoopThread owner() {
    return owner;
  }

  long ownershipAcquire() {
    return (long) OWNERSHIP.getAcquire(this);
  }

  void setOwnershipRelease(long word) {
    OWNERSHIP.setRelease(this, word);
  }

  boolean casOwnership(long expected, long word) {
    return OWNERSHIP.compareAndSet(this, expected, word);
  }

  /**
   * Makes a task ready, from any thread. The calling thread made it so: nobody else posts it, and
   * it is in no list, or waits in one of the loop that it belongs to.
   *
   * @param task belongs to this loop, or did so before it moved to another, or to none yet
   * @return false if the loop has ended with its scheduler; then nothing happened
   * @throws StackOverflowError if the calling thread is at the end of its stack; then nothing
   *     happened
   */
  public boolean post(LoopTask task) {
    Loop to = this;
    Inbox.Pushed pushed = to.inbox.push(task);
    while (pushed == Inbox.Pushed.REFUSED) {
      to = to.successor; // written before its inbox was closed
      if (to == null) {
        return false;
      }
      pushed = to.inbox.push(task);
    }
    if (pushed == Inbox.Pushed.QUEUED_AND_OWNER_SLEEPS) {
      try {
        to.wakeOwner();
      } catch (StackOverflowError e) {
        to.owedWakeUp = true; // and nothing is called here, see LoopTask
      }
    }
    return true;
  }

  /** Any thread. */
  void wakeOwner() {
    if (io != null && io.isOpen()) {
      io.wakeUp();
      return;
    }
    LoopThread sleeper = owner;
    if (sleeper != null) {
      sleeper.wake();
    }
  }

  /** Watchdog: takes the loop over from a slice that does not end; false if it has ended. */
  boolean takeOver(long word, LoopThread next, Stall stall) {
    LoopThread old = stall.loopThread();
    stall.isOf(Ownership.slice(word));
    old.stall = stall;
    long taken = Ownership.takenOver(word);
    if (!casOwnership(word, taken)) {
      old.stall = null;
      return false;
    }
    group.detachedOne(
        stall.root() != null); // cannot fail; who is served by the new owner finds it counted
    countTakeover();
    next.adopt(this, taken, stall);
    return true;
  }

  /** Watchdog: wakes the owner if a post could not. */
  void settleOverflow() {
    if (owedWakeUp) {
      owedWakeUp = false;
      wakeOwner();
    }
  }

  /** Watchdog, in phase PARKED: whether the owner has something to do and sleeps all the same. */
  boolean isOverdue() {
    return !inbox.isEmpty() || (parkedUntil != Long.MAX_VALUE && ticker.nanos() > parkedUntil);
  }

  /** {@return the clock of the loop, in nanoseconds; looks at it} */
  public long now() {
    return ticker.nanos();
  }

  /** {@return the clock as of about the beginning of this turn, in nanoseconds} */
  public long turnNanos() {
    return turnNanos;
  }

  /** {@return how many tasks were ready at the end of the last turn} */
  public int load() {
    return figures.ready();
  }

  /** {@return the figures of this loop; also while it is stuck} */
  public LoopFigures figures() {
    return figures.read(this);
  }

  /** Watchdog: a slice holds the loop. */
  void countStall() {
    figures.stalled();
  }

  /** Watchdog: the loop was taken over. */
  void countTakeover() {
    figures.takenOver();
  }

  /**
   * Makes a task ready, behind those that are.
   *
   * @param task in no list
   */
  public void ready(LoopTask task) {
    lists.ready(task);
  }

  /**
   * Keeps a task until its deadline or until somebody posts it.
   *
   * @param task in no list
   * @param deadlineNanos by the clock of the loop; {@link Long#MAX_VALUE} is never
   * @return false if the deadline has passed; then the task is still in no list
   * @throws OutOfMemoryError if there is no memory to keep it; then it is in no list either
   */
  public boolean keep(LoopTask task, long deadlineNanos) {
    return lists.keep(task, deadlineNanos, turnNanos);
  }

  /**
   * Keeps a task as {@link #keep} does, for whoever tries again.
   *
   * @param task in no list
   * @param deadlineNanos by the clock of the loop; {@link Long#MAX_VALUE} is never
   * @return false if the deadline has passed, or there is no memory to keep it; then it is in no
   *     list
   */
  public boolean keepIfPossible(LoopTask task, long deadlineNanos) {
    try {
      return keep(task, deadlineNanos);
    } catch (OutOfMemoryError e) {
      goOnAfter(e);
      return false;
    }
  }

  /**
   * Takes a task out of the list it is in, if any; never the ready list.
   *
   * @param task the task
   */
  public void forget(LoopTask task) {
    lists.forget(task);
  }

  /**
   * Finds the stall in which a task of this scheduler is. Any thread.
   *
   * @param task the task
   * @return null if its slice is not stuck on a detached thread, or has returned
   */
  public @Nullable Stall stallOf(LoopTask task) {
    return group.stallOf(task);
  }

  /**
   * Tells whether an instant is too far away for the timers, so that {@link #keep} ends early.
   *
   * @param nanos by the clock of the loop
   * @return whether it is
   */
  public boolean isFar(long nanos) {
    return LoopLists.isFar(nanos, turnNanos);
  }

  /**
   * Keeps what an I/O driver is to do in this turn, or in the next one.
   *
   * @param task in no list
   */
  void readyForIo(IoTask task) {
    Objects.requireNonNull(io, "io").add(task);
  }

  /**
   * Tells whether a thread may touch what belongs to the I/O driver of this loop, or of one whose
   * successor it is: whether it owns the loop and runs no slice. Any thread.
   *
   * @param thread any thread; only for the calling one the answer lasts
   * @return whether it may
   */
  public boolean isInLoop(Thread thread) {
    if (!(thread instanceof LoopThread it)) {
      return false;
    }
    Loop end = this;
    for (Loop next = successor; next != null; next = next.successor) {
      end = next;
    }
    return it.isOutsideSlicesOf(end);
  }

  /**
   * {@return whether the loop has ended, or is about to and takes no posts any more} Any thread.
   */
  public boolean hasEnded() {
    return !isOpen() && successor == null;
  }

  /** {@return whether the owner may sleep: nothing was posted since it said that it would} */
  public boolean maySleep() {
    return inbox.isParked();
  }

  /** The owner does not sleep any more, because there are events to handle. */
  public void wokeUp() {
    LoopThread thread = owner;
    if (thread != null && Ownership.phase(ownershipAcquire()) == Ownership.PARKED) {
      thread.wokeUp();
    }
  }

  /** Lets the loop end as soon as it has nothing ready and nothing in its inbox. */
  void retire() {
    retiring = true;
  }

  /** The life of an owner, from the moment it was given the loop until it loses it. */
  void live(LoopThread thread) {
    if (io == null) {
      drive(thread);
    } else {
      io.own(() -> drive(thread));
    }
  }

  private void drive(LoopThread thread) {
    begin(thread);
    while (thread.isOwning()) {
      try {
        if (turn(thread) && !isBusy()) {
          rest(thread);
        }
      } catch (LoopThread.Death e) {
        throw e;
      } catch (Throwable e) {
        goOnAfter(e);
      }
    }
  }

  /** Not part of that life: nothing of the last owner may outlive it. */
  private void begin(LoopThread thread) {
    LoopThread before = owner;
    Stall inherited = thread.takeInherited();
    if (inherited != null) {
      group.addStall(inherited); // before the owner changes, for who looks for a thread in both
    }
    owner = thread;
    if (inherited != null) {
      try {
        inherited.task().onTakeover(this, inherited);
      } catch (Throwable e) {
        goOnAfter(e);
      }
    } else if (before != null && before != thread) {
      lookAtClock();
      lists.startAfresh(Ticker.tickOf(turnNanos), before.task);
      arrive();
    }
    if (io != null) {
      io.open(thread);
    }
  }

  void goOnAfter(Throwable error) {
    group.housekeeping().report("Loop '" + name + "' goes on after an unexpected error", error);
  }

  /** Everything but sleep; false if the thread has lost the loop, or the loop has ended. */
  boolean turn(LoopThread thread) {
    boolean look = lists.hasTimers() || ++turnsWithoutClock >= TURNS_PER_CLOCK_LOOK;
    if (look) {
      lookAtClock();
    }
    takeInbox();
    if (leaving && mayLeave() && leave(thread)) {
      return false;
    }
    if (look) {
      takeDueTimers();
    }
    if (io != null) {
      io.run(thread);
    }
    if (!group.isSuspended() && !runReady(thread)) {
      return false;
    }
    if (lists.isSurveyed()) {
      lists.advanceSurveys();
    } else if (lists.readyCount() < 2) {
      crowdedTurns = 0;
    } else if (++crowdedTurns >= TURNS_PER_BALANCE) {
      balance();
    }
    figures.publish(lists.readyCount(), lists.waitingCount(), lists.timerCount(), slices);
    return isBusy() || !thread.isCarrying() || thread.slice(new NoContext());
  }

  /** Before the loop sleeps: takes the last context back, which is user code and needs a slice. */
  private static final class NoContext extends LoopTask {
    @Override
    protected void runSlice(LoopThread thread) {
      thread.exitSlice();
    }

    @Override
    protected String describe() {
      return "a context carrier";
    }
  }

  private void takeInbox() {
    arriving = inbox.takeAll();
    arrive();
  }

  /** Everything is to move to another loop as soon as the inbox is empty, and this one to end. */
  void leaveSoon() {
    leaving = true;
  }

  /**
   * Not while it has channels, which cannot move; but a closing scheduler does not wait for that.
   */
  private boolean mayLeave() {
    if (io == null || io.isUnused()) {
      return true;
    }
    if (retiring) {
      leaving = false;
      group.loopStays();
    }
    return false;
  }

  /**
   * Moves everything to another loop and ends. False if there is no other, because the scheduler is
   * being closed; then the loop goes on until that ends it.
   *
   * <p>The order is the point. Whoever finds the inbox closed, or is forwarded, comes to the
   * successor after the migration; so what it posts is in a list of the successor, or in one that
   * nobody else touches any more. Only if the successor leaves as well before the migration has
   * come, what was woken overtakes it, see {@link Migration#isToCome}. Nothing is posted by the
   * tasks meanwhile, for this is no slice.
   */
  private boolean leave(LoopThread thread) {
    Loop next = group.choose();
    boolean moved = lists.moveAllTo(next, Ticker.tickOf(turnNanos));
    leaving = false;
    if (!moved) {
      group.loopStays();
      return false;
    }
    successor = next;
    if (io != null) {
      io.moveTo(next); // came before what is in the inbox
    }
    for (LoopTask task = inbox.close(); task != null; ) {
      LoopTask following = task.next;
      task.next = null;
      next.post(task);
      task = following;
    }
    if (io != null) {
      io.close(thread);
    }
    thread.close(this);
    group.loopLeft(this);
    return true;
  }

  /** Looks at one sibling; gives it half of what is ready, if it sleeps. */
  private void balance() {
    List<Loop> siblings = group.loops();
    lookedAt = lookedAt + 1 < siblings.size() ? lookedAt + 1 : 0;
    Loop sibling = siblings.get(lookedAt);
    if (sibling != this && sibling.inbox.isParked()) {
      lists.moveHalfTo(sibling);
    }
  }

  private void takeDueTimers() {
    try {
      lists.takeDue(Ticker.tickOf(turnNanos));
    } catch (OutOfMemoryError e) { // in the next turn again; what is ready may free some
      goOnAfter(e);
    }
  }

  /** In a field, so that the rest of a batch is not lost with a thread that dies. */
  private void arrive() {
    for (LoopTask task = arriving; task != null; task = arriving) {
      arriving = task.next;
      task.next = null;
      if (task.loop != this) {
        task.loop = this;
      }
      try {
        task.onInbox(this);
      } catch (LoopThread.Death e) {
        throw e;
      } catch (Throwable e) { // the others of the batch are nowhere else
        goOnAfter(e);
      }
    }
  }

  private void lookAtClock() {
    turnNanos = ticker.nanos();
    turnsWithoutClock = 0;
    figures.looked(turnNanos);
  }

  /** Runs what is ready now, for about a millisecond; false if the loop was taken over. */
  private boolean runReady(LoopThread thread) {
    int left = lists.readyCount();
    if ((slices & sampleMask) + left > sampleMask) {
      lookAtClock(); // the sampled slice is among these
    }
    long began = turnNanos;
    for (; left > 0; left--) {
      LoopTask task = Objects.requireNonNull(lists.pollReady());
      if ((++slices & sampleMask) != 0) {
        if (!thread.slice(task)) {
          return false;
        }
      } else if (!sampledSlice(thread, task, began)) {
        return false;
      } else if (turnNanos - began > TURN_NANOS) {
        crowdedTurns = TURNS_PER_BALANCE;
        return true;
      }
    }
    return true;
  }

  /** One slice between two looks at the clock; false if the loop was taken over. */
  private boolean sampledSlice(LoopThread thread, LoopTask task, long turnBegan) {
    Object event = FlightEvents.sliceBegins(task::taskPath);
    long began = ticker.nanos();
    boolean owning = thread.slice(task);
    if (event != null) {
      FlightEvents.sliceEnds(
          event,
          new FlightEvents.Origin(group.name(), name, task.provenance()),
          task::describe,
          task::callbackThread,
          task::taskPath);
    }
    if (!owning) {
      return false;
    }
    sampleMask = sampleMask();
    lookAtClock();
    figures.lag.add(began - turnBegan);
    figures.hold.add(turnNanos - began);
    return true;
  }

  /** One in so many slices is timed; all of them while Flight Recorder wants to know. */
  private static long sampleMask() {
    return FlightEvents.recordsSlices() ? 0 : Figures.SAMPLE - 1;
  }

  private void rest(LoopThread thread) {
    if (endIfDrained(thread) || (leaving && mayLeave())) { // what it needed may just have closed
      return;
    }
    long nanos = nanosToNextTimer();
    if (nanos > 0) {
      figures.rests(turnNanos);
      if (!awaitsPost(thread) && inbox.tryPark()) {
        parkedUntil = nanos == Long.MAX_VALUE ? nanos : turnNanos + nanos;
        if (io != null && io.isOpen()) {
          io.await(thread, nanos);
        } else {
          thread.idle(this, nanos);
        }
      }
      lookAtClockSoon();
    }
  }

  /** Whether something was posted just now; who has I/O looks for that instead. */
  private boolean awaitsPost(LoopThread thread) {
    return io == null && thread.awaitPost(lookout);
  }

  /**
   * Whether another loop works without a rest, and so may bring more and more. Whoever fetches each
   * task from it as it comes costs both more than who sleeps until there are some.
   */
  private boolean isBesideABusyLoop() {
    for (Loop other : group.loops()) { // itself rests
      if (figures.hasRestedBeside(other.figures)) {
        return true;
      }
    }
    return false;
  }

  /** Ends the loop, or is about to, if nothing needs it any more; while nothing is ready. */
  boolean endIfDrained(LoopThread thread) {
    if (!retiring || lists.readyCount() > 0 || !group.mayEnd()) {
      return false;
    }
    if (io != null && (!inbox.isEmpty() || !io.hasLetGo(thread))) {
      return true;
    }
    if (inbox.tryClose()) {
      if (io != null) {
        io.close(thread);
      }
      thread.close(this);
      lists.close();
      group.loopEnded();
    }
    return true;
  }

  /** {@return zero or less if it is due; {@link Long#MAX_VALUE} if there is none} */
  long nanosToNextTimer() {
    lookAtClock();
    if (!lists.hasTimers()) {
      return Long.MAX_VALUE;
    }
    int ticks = lists.nextEvent() - Ticker.tickOf(turnNanos);
    return ticks * Ticker.NANOS_PER_TICK - turnNanos % Ticker.NANOS_PER_TICK;
  }

  /** The next turn looks at the clock: the owner has slept. */
  void lookAtClockSoon() {
    turnsWithoutClock = TURNS_PER_CLOCK_LOOK;
  }

  /** Whether a turn would find something; what is due apart. */
  boolean hasWork() {
    return isBusy() || !inbox.isEmpty();
  }

  /** Whether there is something to do without anything that comes from outside. */
  private boolean isBusy() {
    return lists.isSurveyed()
        || (lists.readyCount() > 0 && !group.isSuspended())
        || (io != null && io.isBusy());
  }

  /** Whether it takes tasks. */
  boolean isOpen() {
    return !inbox.isClosed();
  }

  /** Announces that the owner goes to sleep; false if there is something to do. */
  boolean tryPark() {
    return inbox.isParked() || inbox.tryPark();
  }

  /**
   * Collects the tasks of this loop, also while it is stuck. Any thread.
   *
   * @return the tasks; each was in this loop at some moment of the call
   * @throws IllegalStateException if the loop does not answer, or is too busy to be read by a
   *     thread that must not wait
   */
  public List<LoopTask> tasks() {
    return new LoopReader(this).tasks();
  }

  /** {@return the tasks of this loop} */
  public List<LoopTask> tasksOfOwner() {
    List<LoopTask> tasks = new ArrayList<>();
    forEach(tasks::add, Integer.MAX_VALUE);
    return tasks;
  }

  /** Visits every task of the loop. The owner in phase OWNER, or a reader under the seqlock. */
  void forEach(Consumer<LoopTask> visitor, int most) {
    LoopThread thread = owner;
    LoopTask current = thread == null ? null : thread.task;
    if (current != null
        && Ownership.phase(ownershipAcquire()) == Ownership.SLICE
        && !current.isKept()) {
      visitor.accept(current);
    }
    lists.forEach(visitor, most);
    int steps = 0;
    for (LoopTask task = inbox.peek(); task != null && steps++ < most; task = task.next) {
      if (task instanceof Migration arriving) {
        arriving.forEach(visitor, most);
      } else if (!task.isKept()) { // else it was woken, and is still in the list it waited in
        visitor.accept(task);
      }
    }
  }

  @Override
  public String toString() {
    return name + " (" + Ownership.describe(ownershipAcquire()) + ")";
  }
}
