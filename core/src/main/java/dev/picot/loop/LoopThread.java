/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import dev.picot.internal.Text;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A platform thread that owns a loop: first as a standby that waits for one, then as its owner, and
 * after a takeover as an ordinary thread that ends when the step it is stuck in has returned.
 *
 * <p>A loop that is driven by hand has a <em>stand-in</em>: a loop thread that is never started and
 * keeps the place of an owner, for whichever thread drives the loop.
 */
// Over 250 lines with its Javadoc: the life of an owner, and who may ask what about it.
public sealed class LoopThread extends Thread permits SimulatedThread {
  /** The stand-in whose turn the calling thread is in. */
  private static final ThreadLocal<@Nullable LoopThread> STAND_IN = new ThreadLocal<>();

  /** The loop to own. Written once, by {@link #adopt}. */
  private volatile @Nullable Loop loop;

  /** How the loop came to this thread, if by a takeover. Written before {@link #loop}. */
  private @Nullable Stall inherited;

  /** Whether its predecessor has died outside slices. Written before {@link #loop}. */
  private boolean replaces;

  /** Set when a standby is not needed any more. */
  private volatile boolean dismissed;

  /** The ownership word as this thread last wrote it. This thread only. */
  private long word;

  /** False for good once the loop was taken over. This thread only. */
  private boolean owning = true;

  /**
   * The task whose slice runs, or ran last. Written by this thread before each slice; read by the
   * new owner after a takeover, and by dumps.
   */
  @Nullable LoopTask task;

  /** How contexts are shown to the slices; null if they are not. Written before {@link #loop}. */
  private @Nullable Function<Object, @Nullable Runnable> carrier;

  /** The context that is shown now, and how to undo that. This thread only. */
  private @Nullable Object context;

  private @Nullable Runnable undo;

  /** The account of the stall this thread is stuck in. Written by the watchdog before its CAS. */
  volatile @Nullable Stall stall;

  /** Of a stand-in: the thread that drives the loop, or was the last to. Written by it. */
  private volatile @Nullable Thread driver;

  /** Whether this thread was interrupted in a slice. This thread only. */
  private boolean interrupted;

  /** Ends the thread that throws it, wherever it is: for tests of what then happens. */
  static final class Death extends Error {
    private static final long serialVersionUID = 1L;

    Death() {
      super("on purpose");
    }
  }

  LoopThread(String name) {
    super(null, null, name, 0, false);
    setDaemon(true);
    setContextClassLoader(LoopThread.class.getClassLoader());
    setUncaughtExceptionHandler(LoopThread::reportUncaught);
  }

  /** What kills a loop thread, and what others hand to its handler, as Reactor does. */
  private static void reportUncaught(Thread thread, Throwable error) {
    if (thread instanceof LoopThread it && it.loop != null) {
      LoopTask running = it.task;
      LoopGroup group = it.loop().group();
      group
          .housekeeping()
          .report(
              Text.format(
                  "Scheduler '%s': uncaught error on thread '%s'%s",
                  group.name(),
                  thread.getName(),
                  running == null ? "" : ", in " + running.describe()),
              error);
    }
  }

  /** {@return the calling thread, or its stand-in, if it owns a loop now, else null} */
  public static @Nullable LoopThread current() {
    LoopThread thread = ofCaller();
    return thread != null && thread.owns() ? thread : null;
  }

  private static @Nullable LoopThread ofCaller() {
    return Thread.currentThread() instanceof LoopThread thread ? thread : STAND_IN.get();
  }

  /**
   * Tells whether a thread owns a loop now. A thread whose loop was taken over does not, so it may
   * block as it likes; nor does one that drives loops by hand, which also makes the blocking calls.
   *
   * @param thread any thread
   * @return whether it does
   */
  public static boolean isOwner(Thread thread) {
    return thread instanceof LoopThread t && t.owns();
  }

  /**
   * {@return the calling thread, or its stand-in, if it has ended a loop of a group and is busy
   * with what that leaves, else null}
   *
   * @param group the group, which waits for it
   */
  public static @Nullable LoopThread ending(LoopGroup group) {
    LoopThread thread = ofCaller();
    if (thread == null || thread.loop == null || thread.loop().group() != group) {
      return null;
    }
    long now = thread.loop().ownershipAcquire();
    boolean ended =
        Ownership.sameGeneration(now, thread.word) && Ownership.phase(now) == Ownership.CLOSED;
    return ended ? thread : null;
  }

  private boolean owns() {
    Loop mine = loop;
    if (mine == null) {
      return false;
    }
    long now = mine.ownershipAcquire();
    return Ownership.sameGeneration(now, word) && Ownership.phase(now) != Ownership.CLOSED;
  }

  /**
   * {@return the task whose slice the calling thread runs, if it is a loop thread, taken over or
   * not}
   */
  public static @Nullable LoopTask currentTask() {
    LoopThread thread = ofCaller();
    return thread == null ? null : thread.task;
  }

  /**
   * Tells whether the calling thread runs a slice of a task, as the owner of its loop.
   *
   * @param task any task, or null for none
   * @return whether it does
   */
  public static boolean isInSliceOf(@Nullable LoopTask task) {
    LoopThread thread = ofCaller();
    return thread != null
        && thread.task == task
        && Ownership.phase(thread.word) == Ownership.SLICE // or it is what ran last
        && thread.owns();
  }

  /**
   * {@return the loop that what the calling thread runs has come from: also after a takeover; null
   * on a thread that has no loop}
   */
  public static @Nullable Loop home() {
    LoopThread thread = ofCaller();
    return thread == null ? null : thread.loop;
  }

  /**
   * Looks at another thread: what it runs may be over at once, unless it is stuck.
   *
   * @param thread any thread
   * @return the task whose slice it runs, if it is a loop thread, taken over or not
   */
  public static @Nullable LoopTask taskOf(Thread thread) {
    return thread instanceof LoopThread loopThread ? loopThread.task : null;
  }

  /**
   * Looks at another thread, as {@link #taskOf} does.
   *
   * @param thread any thread
   * @return who has started the task whose slice it runs, see {@link
   *     dev.picot.internal.Provenance}; null if nobody knows
   */
  public static @Nullable Object provenanceOf(Thread thread) {
    LoopTask running = taskOf(thread);
    return running == null ? null : running.provenance();
  }

  /**
   * Looks at another thread, as {@link #taskOf} does.
   *
   * @param thread any thread
   * @return the number of the slice of its loop that it runs or ran last, which no other has; zero
   *     if it is no thread of a loop
   */
  public static long sliceOf(Thread thread) {
    if (!(thread instanceof LoopThread loopThread) || loopThread.loop == null) {
      return 0;
    }
    long now = loopThread.loop().ownershipAcquire();
    Stall stuck = loopThread.stall; // read afterwards, as it is written before a takeover
    return stuck == null ? Ownership.slice(now) : stuck.slice();
  }

  /** The role that this thread has at the moment. Any thread. */
  Census.Entry census() {
    Loop mine = loop;
    if (mine == null) {
      return new Census.Entry(this, Census.Role.STANDBY, "");
    }
    Census.Role role = mine.owner() == this ? Census.Role.LOOP : Census.Role.DETACHED;
    return new Census.Entry(this, role, mine.name());
  }

  /** {@return the loop that this thread owns or owned} */
  public Loop loop() {
    Loop mine = loop;
    if (mine == null) {
      throw new IllegalStateException("thread '" + getName() + "' is a standby without a loop");
    }
    return mine;
  }

  /** {@return the thread that does the work: this one, or the one that this stands in for} */
  Thread platform() {
    Thread standsFor = driver;
    return standsFor == null ? this : standsFor;
  }

  /** Of a stand-in, in phase PARKED: the calling thread is the owner now, in phase OWNER. */
  void beginTurn() {
    if (driver != Thread.currentThread()) {
      driver = Thread.currentThread();
    }
    STAND_IN.set(this);
    word = Ownership.inPhase(word, Ownership.OWNER);
    loop().setOwnershipRelease(word);
  }

  /** Of a stand-in, in phase OWNER, or after the loop was lost or has ended. */
  void endTurn() {
    carry(null); // the driver is about to do something else
    STAND_IN.remove();
    task = null;
    if (owning) {
      word = Ownership.next(word, Ownership.PARKED);
      loop().setOwnershipRelease(word);
    }
  }

  /** Of a stand-in: whether its driver was interrupted in a slice since this was last asked. */
  boolean takeInterrupt() {
    boolean was = interrupted;
    interrupted = false;
    return was;
  }

  /** Gives a loop to this thread, which becomes its owner. The caller holds the ownership. */
  void adopt(Loop loop, long word, @Nullable Stall inherited) {
    this.word = word;
    this.inherited = inherited;
    this.carrier = loop.group().carrier();
    this.loop = loop;
    LockSupport.unpark(this);
  }

  /** Gives a loop to this thread whose owner has died. The caller holds the ownership. */
  void replace(Loop loop, long word) {
    replaces = true;
    adopt(loop, word, null);
  }

  /** Ends a standby. */
  void dismiss() {
    dismissed = true;
    LockSupport.unpark(this);
  }

  @Override
  public void run() {
    awaitLoop();
    Loop mine = loop;
    if (mine == null) {
      return;
    }
    setContextClassLoader(mine.group().contextLoader());
    if (inherited != null || replaces) {
      // Not the detached thread's name: setName locks, and the stuck step may hold that lock.
      setName(mine.name() + "." + Ownership.generation(word));
      startStandby(mine);
    }
    mine.live(this);
    Stall account = stall;
    if (account != null) {
      account.handedOver();
    }
    carry(null); // after a takeover, when the step has returned
  }

  /**
   * Of a standby: waits for a loop, or for its dismissal. The loop may come just before the park.
   */
  private void awaitLoop() {
    while (loop == null && !dismissed) {
      LockSupport.park(this);
    }
  }

  /** How the loop came to this thread, if by a takeover. Forgets it, with the task it names. */
  @Nullable Stall takeInherited() {
    Stall taken = inherited;
    inherited = null;
    return taken;
  }

  /** After a takeover: somebody has to be there for the next one. */
  void startStandby(Loop mine) {
    mine.group().housekeeping().startStandby();
  }

  /** Wakes the owner if it sleeps. Any thread. */
  void wake() {
    LockSupport.unpark(platform());
  }

  boolean isOwning() {
    return owning;
  }

  /** Phase OWNER: runs one slice. Returns false if the loop was taken over meanwhile. */
  boolean slice(LoopTask next) {
    task = next;
    word = Ownership.next(word, Ownership.SLICE);
    loop().setOwnershipRelease(word);
    try {
      if (carrier != null) {
        carry(next.context());
      }
      begin(next);
    } catch (Death e) {
      throw e;
    } catch (Throwable e) {
      if (Ownership.phase(word) == Ownership.SLICE && owning && exitSlice()) {
        next.onCrash(loop(), e);
      } else {
        next.onLateCrash(e);
      }
    }
    return owning;
  }

  /** In phase SLICE: where a simulation may stop a slice before its first step. */
  void begin(LoopTask next) {
    next.runSlice(this);
  }

  /**
   * Shows another context to the user code that follows on this thread. In a slice, because that
   * runs user code.
   *
   * @param next the context, or null for none
   */
  public void carry(@Nullable Object next) {
    if (next == context) {
      return;
    }
    Runnable before = undo;
    context = null;
    undo = null;
    if (before != null) {
      before.run();
    }
    if (next != null && carrier != null) {
      context = next;
      undo = carrier.apply(next);
    }
  }

  /** Phase OWNER: whether a context is shown that no slice needs any more. */
  boolean isCarrying() {
    return context != null;
  }

  /**
   * Ends the slice. After true the caller is the owner of the loop, in phase OWNER; after false it
   * has lost the loop for good.
   *
   * @return whether the loop still belongs to this thread
   */
  public boolean exitSlice() {
    forgetInterrupt();
    Loop mine = loop();
    long owner = Ownership.inPhase(word, Ownership.OWNER);
    if (mine.casOwnership(word, owner)) {
      word = owner;
    } else {
      owning = false;
      Stall account = stall;
      if (account != null) {
        account.stepReturned();
      }
    }
    return owning;
  }

  /** In a slice: a flag left by what has run must not reach what runs next. */
  public void forgetInterrupt() {
    if (Thread.interrupted()) {
      interrupted = true;
    }
  }

  /**
   * Tells a detached thread what its slice was to go on with, if its task was failed before that
   * began.
   *
   * @return null if it was not failed for a stall
   */
  public @Nullable Object leftOver() {
    Stall account = stall;
    return account == null ? null : account.leftOver();
  }

  /** Phase OWNER: whether something is posted so soon that it is better not to sleep. */
  boolean awaitPost(Lookout lookout) {
    return lookout.await();
  }

  /** Phase OWNER: sleeps until a post or the deadline. The one place where a loop waits. */
  void idle(Loop mine, long nanos) {
    task = null;
    word = Ownership.next(word, Ownership.PARKED);
    mine.setOwnershipRelease(word);
    mine.ticker().park(nanos);
    Thread.interrupted(); // else no later sleep would last
    word = Ownership.inPhase(word, Ownership.OWNER);
    mine.setOwnershipRelease(word);
  }

  /** Phase OWNER: what follows belongs to the I/O driver, until {@link #endIo}. */
  void beginIo() {
    task = null;
    word = Ownership.next(word, Ownership.IO);
    loop().setOwnershipRelease(word);
  }

  /** Phase OWNER: the I/O driver waits for events, until {@link #wokeUp} or {@link #endIo}. */
  void beginWait() {
    task = null;
    word = Ownership.next(word, Ownership.PARKED);
    loop().setOwnershipRelease(word);
  }

  /** Phase PARKED, within a wait for events: they have come. */
  void wokeUp() {
    word = Ownership.inPhase(word, Ownership.IO);
    loop().setOwnershipRelease(word);
  }

  /** Phase IO or PARKED: the I/O driver has returned. */
  void endIo() {
    Thread.interrupted(); // else no later sleep would last
    word = Ownership.inPhase(word, Ownership.OWNER);
    loop().setOwnershipRelease(word);
  }

  /** Any thread: whether this one owns a loop and does not run a slice. */
  boolean isOutsideSlicesOf(Loop which) {
    long now = which.ownershipAcquire();
    int phase = Ownership.phase(now);
    return loop == which
        && Ownership.sameGeneration(now, word)
        && phase != Ownership.SLICE
        && phase != Ownership.CLOSED;
  }

  /** Phase OWNER: gives the loop up because it has ended. */
  void close(Loop mine) {
    task = null;
    mine.setOwnershipRelease(Ownership.inPhase(word, Ownership.CLOSED));
    owning = false;
  }
}
