/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import dev.picot.internal.FlightEvents;
import dev.picot.internal.Text;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
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
// Over 250 lines: whatever the owner does with its lists; each operation relies on the others.
public final class Loop extends PaddedLoop {
  /*
   * A turn: inbox -> due timers -> I/O -> the slices that were ready when it began -> balance -> sleep
   * if nothing is ready. User code runs in slices only, so a thread that is stuck in user code is in
   * phase SLICE, where the loop can be taken over (see Ownership).
   *
   * Reachability: whenever the phase is SLICE, each task of the loop is in `ready`, in `wheel`, in
   * `waiting`, in `inbox`, or is `owner.task`. No batch is kept in a local variable across a slice:
   * the inbox is spliced before the first slice of a turn, due timers likewise. A task in transit
   * from a detached thread to the inbox is the one exception, see CallbackThread.
   *
   * Home: LoopTask.loop is written by the loop that the task has arrived at, and by nobody else once
   * it was posted. Only ready tasks, which nobody posts, leave a loop that lives; a loop that leaves
   * takes everything, to one successor. So who reads a stale home posts to a loop that forwards to where
   * the task is: see leave().
   */
  private static final int TURNS_PER_CLOCK_LOOK = 16;
  private static final long TURN_NANOS = 1_000_000;
  private static final int TURNS_PER_BALANCE = 4;
  private static final int MOST_MOVED = 1_024;
  private static final int READ_ATTEMPTS = 50;

  /** Longer than a {@link Lookout}: while the loop looks out, it seems to work. */
  private static final long READ_NANOS = 200_000;

  private static final int READ_CHECK = 128;
  private static final long READ_AGAIN_MILLIS = 10;
  private static final long ANSWER_MILLIS = 5_000;

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

  /** Ready tasks in the order in which they became ready. Owner only. */
  private final ReadyList ready = new ReadyList();

  /** Tasks that wait without a deadline. Owner only. */
  private TaskList waiting = new TaskList();

  /** Tasks that wait with a deadline. Owner only. */
  private TimerWheel wheel;

  /** What was taken from the inbox and has not been looked at yet. Owner only. */
  private @Nullable LoopTask arriving;

  /** Until when the owner sleeps, by the clock of the loop. Written before phase PARKED. */
  private long parkedUntil = Long.MAX_VALUE;

  /** See {@link Ownership}. Written by the owner; CASed by owner and watchdog. */
  private volatile long ownership;

  /** The thread that owns the loop. Written by the new owner; read by whoever unparks it. */
  private volatile @Nullable LoopThread owner;

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

  /** Null if the loop has no I/O driver. */
  private final @Nullable IoPhase io;

  /** Length of {@link #ready}. Owner only. */
  private int readyCount;

  /** Tasks in {@link #waiting}. Owner only. */
  private int waitingCount;

  /** Tasks in {@link #wheel}. Owner only. */
  private int timerCount;

  /** Slices so far. Owner only. */
  private long slices;

  /**
   * Every so many slices, less one bit, one is timed: all of them if JFR records them. Owner only.
   */
  private long sampleMask = sampleMask();

  /** Who wants to know the tasks of this loop, and could not read them in place. Owner only. */
  private @Nullable Survey surveys;

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

  /** The ownership word at the last tick. Watchdog only. */
  long sampledWord;

  /** How long {@link #sampledWord} has been in SLICE, in counted time. Watchdog only. */
  long stuckNanos;

  /** How much of {@link #stuckNanos} the owner was seen waiting. Watchdog only. */
  long stuckWaited;

  /** The processor time of the owner when {@link #sampledWord} was seen again. Watchdog only. */
  long stuckCpu;

  /** The account of the present stall, once it was reported. Watchdog only. */
  @Nullable Stall episode;

  /** Whether it was reported that the loop stands still outside slices. Watchdog only. */
  boolean hungReported;

  /** The number of that incident. Watchdog only. */
  int hungNumber;

  /** Whether the loop stands still and nothing could be done about it. Written by the watchdog. */
  volatile boolean hung;

  Loop(String name, LoopGroup group, Ticker ticker, IoDriver.@Nullable Factory io) {
    this.name = name;
    this.group = group;
    this.ticker = ticker;
    this.turnNanos = ticker.nanos();
    this.wheel = new TimerWheel(Ticker.tickOf(turnNanos));
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
    ready.add(task);
    readyCount++;
    tellSurveys(task);
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
    if (deadlineNanos - turnNanos > FARTHEST) {
      if (deadlineNanos == Long.MAX_VALUE) {
        keepWaiting(task);
        return true;
      }
      task.deadline = Ticker.tickAfter(turnNanos + FARTHEST);
    } else {
      task.deadline = Ticker.tickAfter(deadlineNanos);
    }
    if (!wheel.add(task)) {
      return false;
    }
    timerCount++;
    tellSurveys(task);
    return true;
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

  private void keepWaiting(LoopTask task) {
    waiting.add(task);
    waitingCount++;
    tellSurveys(task);
  }

  private void keepTimed(LoopTask task) {
    if (wheel.add(task)) {
      timerCount++;
      tellSurveys(task);
    } else {
      task.onTimer(this);
    }
  }

  /** The wheel reaches about 24 days; whoever sleeps longer is woken then and sleeps again. */
  private static final long FARTHEST = TimeUnit.DAYS.toNanos(20);

  /**
   * Takes a task out of the list it is in, if any; never the ready list.
   *
   * @param task the task
   */
  public void forget(LoopTask task) {
    if (!task.isKept()) {
      return;
    }
    tellSurveys(task);
    if (waiting.holds(task)) {
      tellSurveys(waiting.replaceByLast(task)); // which may come to a place that was visited
      waitingCount--;
    } else if (wheel.remove(task)) {
      timerCount--;
    } else {
      task.place = 0; // it was woken before the migration that brings it, which passes it over now
    }
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
    return nanos - turnNanos > FARTHEST;
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
    owner = thread;
    Stall inherited = thread.takeInherited();
    if (inherited != null) {
      group.addStall(inherited);
      try {
        inherited.task().onTakeover(this, inherited);
      } catch (Throwable e) {
        goOnAfter(e);
      }
    } else if (before != null && before != thread) {
      startAfresh(before);
    }
    if (io != null) {
      io.open(thread);
    }
  }

  /**
   * The last owner has died outside slices, perhaps in the middle of a list operation: takes over
   * what can still be found, into new lists. Who is not lost stays in the list it was in.
   */
  private void startAfresh(LoopThread dead) {
    Set<LoopTask> wereReady = found(visitor -> ready.forEach(visitor, MOST_TASKS));
    Set<LoopTask> wereWaiting = found(waiting::forEach);
    TimerWheel old = wheel;
    Set<LoopTask> hadDeadlines = found(old::forEach);
    List<Set<LoopTask>> all = List.of(wereReady, wereWaiting, hadDeadlines);
    wereReady.forEach(task -> task.next = null);
    all.forEach(tasks -> tasks.forEach(task -> task.place = 0));
    ready.clear();
    waiting = new TaskList();
    readyCount = 0;
    waitingCount = 0;
    timerCount = 0;
    surveys = null; // whoever asked looks again in place, or gives up
    lookAtClock();
    wheel = new TimerWheel(Ticker.tickOf(turnNanos));
    LoopTask inTransit = dead.task;
    if (inTransit != null && all.stream().noneMatch(tasks -> tasks.contains(inTransit))) {
      inTransit.place = 0;
      isLost(inTransit);
    }
    wereReady.stream().filter(task -> !isLost(task)).forEach(this::ready);
    wereWaiting.stream().filter(task -> !isLost(task)).forEach(this::keepWaiting);
    hadDeadlines.stream().filter(task -> !isLost(task)).forEach(this::keepTimed);
    arrive();
  }

  private static Set<LoopTask> found(Consumer<Consumer<LoopTask>> walk) {
    Set<LoopTask> tasks = new LinkedHashSet<>(); // no task defines equals
    try {
      walk.accept(tasks::add);
    } catch (RuntimeException e) { // torn: what was found so far is all there is
      return tasks;
    }
    return tasks;
  }

  private boolean isLost(LoopTask task) {
    try {
      return task.onLoopLost(this);
    } catch (Throwable e) {
      goOnAfter(e);
      return true;
    }
  }

  void goOnAfter(Throwable error) {
    group.housekeeping().report("Loop '" + name + "' goes on after an unexpected error", error);
  }

  /** Everything but sleep; false if the thread has lost the loop, or the loop has ended. */
  boolean turn(LoopThread thread) {
    boolean look = wheel.hasTimers() || ++turnsWithoutClock >= TURNS_PER_CLOCK_LOOK;
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
    if (surveys != null) {
      advanceSurveys();
    } else if (readyCount < 2) {
      crowdedTurns = 0;
    } else if (++crowdedTurns >= TURNS_PER_BALANCE) {
      balance();
    }
    figures.publish(readyCount, waitingCount, timerCount, slices);
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
    while (surveys != null) {
      advanceSurveys();
    }
    Loop next = group.choose();
    TaskList none = new TaskList();
    TimerWheel noTimers = new TimerWheel(Ticker.tickOf(turnNanos));
    Migration all = new Migration(this, waiting, wheel);
    leaving = false; // not before there was memory for all this
    all.ready.addAllFirst(ready);
    if (!next.post(all)) {
      ready.addAllFirst(all.ready);
      group.loopStays();
      return false;
    }
    waiting = none;
    wheel = noTimers;
    readyCount = 0;
    waitingCount = 0;
    timerCount = 0;
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

  /** Takes over what has moved here; what there is no memory for comes again. */
  void adopt(Migration arrived) {
    int before = readyCount + waitingCount + timerCount;
    try {
      for (LoopTask task = arrived.ready.poll(); task != null; task = arrived.ready.poll()) {
        task.loop = this;
        ready(task);
      }
      arrived.waiting.drainTo(task -> settle(task, arrived, this::keepWaiting));
      arrived.timed.drainTo(task -> settle(task, arrived, this::keepTimed));
    } catch (OutOfMemoryError e) {
      post(arrived);
      throw e;
    } finally {
      group.migrated(readyCount + waitingCount + timerCount - before);
    }
  }

  private void settle(LoopTask task, Migration arrived, Consumer<LoopTask> list) {
    if (!arrived.isToCome(task)) {
      return;
    }
    int place = task.place;
    task.place = 0;
    try {
      list.accept(task);
    } catch (LoopThread.Death | OutOfMemoryError e) {
      task.place = place; // it comes again
      throw e;
    } catch (Throwable e) { // the others do not depend on it
      goOnAfter(e);
    }
    task.loop = this;
  }

  /** Looks at one sibling; gives it half of what is ready, if it sleeps. */
  private void balance() {
    List<Loop> siblings = group.loops();
    lookedAt = lookedAt + 1 < siblings.size() ? lookedAt + 1 : 0;
    Loop sibling = siblings.get(lookedAt);
    if (sibling == this || !sibling.inbox.isParked()) {
      return;
    }
    Migration half = new Migration(this, new TaskList(), new TimerWheel(0));
    readyCount -= half.addFirst(ready, Math.min(readyCount / 2, MOST_MOVED));
    if (!half.ready.isEmpty() && !sibling.post(half)) {
      adopt(half);
    }
  }

  private void takeDueTimers() {
    try {
      wheel.advance(Ticker.tickOf(turnNanos), due);
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

  /** One object for all calls of {@link TimerWheel#advance}. */
  private final DueSink due = this::onDue;

  private void onDue(LoopTask task) {
    timerCount--;
    task.onTimer(this);
  }

  private void lookAtClock() {
    turnNanos = ticker.nanos();
    turnsWithoutClock = 0;
    figures.looked(turnNanos);
  }

  /** Runs what is ready now, for about a millisecond; false if the loop was taken over. */
  private boolean runReady(LoopThread thread) {
    int left = readyCount;
    if ((slices & sampleMask) + left > sampleMask) {
      lookAtClock(); // the sampled slice is among these
    }
    long began = turnNanos;
    for (; left > 0; left--) {
      LoopTask task = Objects.requireNonNull(pollReady());
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

  /** Takes the first of those that are ready, for its slice; null if there is none. */
  @Nullable LoopTask pollReady() {
    LoopTask task = ready.poll();
    if (task != null) {
      readyCount--;
    }
    return task;
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
    if (!retiring || readyCount > 0 || !group.mayEnd()) {
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
      waiting.forEach(LoopTask::onClosed);
      wheel.forEach(LoopTask::onClosed);
      group.loopEnded();
    }
    return true;
  }

  /** {@return zero or less if it is due; {@link Long#MAX_VALUE} if there is none} */
  long nanosToNextTimer() {
    lookAtClock();
    if (!wheel.hasTimers()) {
      return Long.MAX_VALUE;
    }
    int ticks = wheel.nextEvent() - Ticker.tickOf(turnNanos);
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
    return surveys != null
        || (readyCount > 0 && !group.isSuspended())
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
   * <p>While the loop is in a slice or sleeps, its lists do not change and are read in place, with
   * the ownership word as seqlock. A loop that is too busy for that answers itself, in portions.
   *
   * @return the tasks; each was in this loop at some moment of the call
   * @throws IllegalStateException if the loop does not answer, or is too busy to be read by a
   *     thread that must not wait
   */
  public List<LoopTask> tasks() {
    long began = System.nanoTime();
    for (int i = 0; i < READ_ATTEMPTS || System.nanoTime() - began < READ_NANOS; i++) {
      List<LoopTask> read = readInPlace();
      if (read != null) {
        return read;
      }
    }
    if (LoopThread.current() != null) {
      throw new IllegalStateException(
          Text.format(
              "Loop '%s' is too busy to be read from a loop. Call it within Task.blocking(...).",
              name));
    }
    Survey survey = new Survey();
    if (!post(new ControlTask("dump", loop -> loop.begin(survey)))) {
      return List.of();
    }
    do {
      try {
        return new ArrayList<>(survey.answer.get(READ_AGAIN_MILLIS, TimeUnit.MILLISECONDS));
      } catch (TimeoutException e) {
        List<LoopTask> read = readInPlace(); // it may be stuck now
        if (read != null) {
          return read;
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while waiting for loop '" + name + "'", e);
      } catch (ExecutionException e) {
        throw new IllegalStateException("a survey does not fail", e);
      }
    } while (System.nanoTime() - began < TimeUnit.MILLISECONDS.toNanos(ANSWER_MILLIS));
    throw new IllegalStateException(
        Text.format("Loop '%s' did not answer within %d ms", name, ANSWER_MILLIS));
  }

  /** Owner only. */
  void begin(Survey survey) {
    survey.next = surveys;
    surveys = survey;
  }

  private void tellSurveys(LoopTask task) {
    for (Survey survey = surveys; survey != null; survey = survey.next) {
      survey.see(task);
    }
  }

  private void advanceSurveys() {
    Survey going = null;
    for (Survey survey = surveys; survey != null; ) {
      Survey next = survey.next;
      if (!survey.advance(this)) {
        survey.next = going;
        going = survey;
      }
      survey = next;
    }
    surveys = going;
  }

  /** For a survey: the lists with places by number, in its order; null after the last one. */
  @Nullable TaskList list(int number) {
    return number == 0 ? waiting : wheel.list(number - 1);
  }

  int readyCount() {
    return readyCount;
  }

  /** Visits those that are ready. */
  void forEachReady(Consumer<LoopTask> visitor) {
    ready.forEach(visitor, Integer.MAX_VALUE);
  }

  private @Nullable List<LoopTask> readInPlace() {
    long before = ownershipAcquire();
    int phase = Ownership.phase(before);
    if (phase == Ownership.CLOSED) {
      return List.of();
    }
    if (phase == Ownership.OWNER) {
      return null;
    }
    List<LoopTask> tasks = new ArrayList<>();
    try {
      forEach(
          task -> {
            tasks.add(task);
            if (tasks.size() % READ_CHECK == 0 && ownershipAcquire() != before) {
              throw new ConcurrentReadException();
            }
          },
          MOST_TASKS);
    } catch (RuntimeException e) { // torn
      return null;
    }
    VarHandle.acquireFence();
    return ownershipAcquire() == before ? tasks : null;
  }

  /** Bounds a walk over lists that change under the reader. */
  private static final int MOST_TASKS = 10_000_000;

  /** A walk met what only a concurrent change can produce. */
  static final class ConcurrentReadException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ConcurrentReadException() {
      super(null, null, false, false);
    }
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
    ready.forEach(visitor, most);
    waiting.forEach(visitor);
    wheel.forEach(visitor);
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
