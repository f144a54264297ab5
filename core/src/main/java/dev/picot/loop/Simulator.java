/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import dev.picot.internal.Text;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Lets the threads of schedulers run one at a time, in an order that a seed decides, in virtual
 * time. It is the clock of their loops.
 *
 * <h2>Threading</h2>
 *
 * {@link #pause}, {@link #choose}, {@link #note} and {@link #nanos} may be called within a
 * simulation; everything else by the thread that made it.
 */
// Over 250 lines: everything that the one holder of the baton decides.
public final class Simulator implements Ticker {
  /*
   * The baton: exactly one thread runs, the `holder`, or the thread that called run() if it is null.
   * Whoever has the baton may touch everything here; handing it over is a write and a read of a
   * volatile field, so there is no other synchronization.
   *
   * Loops run on loop threads of their own, in the turns, sleeps and wake-ups of production; blocking
   * calls and what comes from outside run on threads of their own. A thread offers the baton where
   * it looks at the clock, before and at the end of a slice, and where it calls pause(). So a slice
   * that was left in the middle is what a slow step is: others go on meanwhile, and the loop may be
   * taken over by the CAS of the watchdog. A decision is which enabled event comes next:
   *   - a thread that is not asleep goes on, or one whose time has come or that was woken;
   *   - a queued blocking call begins;
   *   - the watchdog looks at a loop in phase SLICE;
   *   - it takes over the loop it has looked at, or is too late;
   *   - a stall whose step has not returned is failed;
   *   - time moves on to when the next thread wakes up: if nothing else is left, or, in a simulation
   *     with slow threads, also before.
   * Nothing is left to chance but these, so a seed replays.
   */

  /**
   * What may go wrong in a simulation, beyond the order of events.
   *
   * @param slow whether time may move on while threads have something to do
   * @param takeovers whether a loop may be taken over
   * @param failures whether a stall may be failed
   */
  public record Faults(boolean slow, boolean takeovers, boolean failures) {
    /** Threads that run in any order, but without taking time. */
    public static final Faults NONE = new Faults(false, false, false);
  }

  /** A thread of the simulation. */
  static final class Actor {
    private final String name;
    private final Thread thread;
    private final boolean isLoop;
    private boolean sleeps;
    private long wakeAt = Long.MAX_VALUE;

    /** Any thread, once the simulation is over. */
    private volatile boolean woken;

    private volatile boolean hasTurn;

    private Actor(String name, Thread thread) {
      this.name = name;
      this.thread = thread;
      this.isLoop = thread instanceof LoopThread;
    }

    private boolean isReady(long now) {
      return !sleeps || woken || wakeAt <= now;
    }
  }

  /** A loop in a slice. */
  private record Sample(Loop loop, long word, LoopThread owner, LoopTask task) {}

  /** Something that can happen next. It gives the thread to go on with, or null to decide again. */
  private interface Event {
    @Nullable Actor happen();
  }

  private static final int PAUSE_ONE_IN = 3;
  private static final int SOON = 36;
  private static final int OFTEN = 12;
  private static final int SELDOM = 2;
  private static final int RARELY = 1;
  private static final int MOST_DECISIONS = 1_000_000;
  private static final long HUNG_SECONDS = 30;
  private static final long FREE_PARK_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  /** How to build a scheduler. Written once, by the class of the schedulers. */
  private static volatile @Nullable BiFunction<Object, Simulator, Object> builder;

  private final Random random;
  private final Faults faults;
  private final Thread caller = Thread.currentThread();
  private final List<LoopGroup> groups = new ArrayList<>();
  private final List<ElasticPool> pools = new ArrayList<>();
  private final List<Actor> actors = new ArrayList<>();
  private final List<Stall> stalls = new ArrayList<>();

  /** What the watchdog has seen, and is about to act upon. */
  private @Nullable Sample sample;

  private final List<String> events = new ArrayList<>();
  private final List<Event> enabled = new ArrayList<>();
  private final List<Integer> weights = new ArrayList<>();
  private int made;

  /** Whether an event happens, which is one piece. */
  private boolean deciding;

  private int incidents;
  private int calls;
  private long hash = 1;

  /** How many decisions were made. Written by whoever has the baton. */
  private volatile int decisions;

  /** Who has the baton; null is the caller. Written by whoever has it. */
  private volatile @Nullable Actor holder;

  private volatile long now;

  /** What ended the simulation. Written by whoever has the baton. */
  private volatile @Nullable Throwable failure;

  /** True once all threads run as they like. */
  private volatile boolean released;

  /**
   * Creates a simulation without schedulers.
   *
   * @param seed decides
   * @param faults what may go wrong
   */
  public Simulator(long seed, Faults faults) {
    this.random = new Random(seed);
    this.faults = Objects.requireNonNull(faults, "faults");
  }

  /**
   * Says how to build a scheduler, whose class keeps that to itself.
   *
   * @param builder from the builder of a scheduler and a simulator
   */
  public static void buildBy(BiFunction<Object, Simulator, Object> builder) {
    Simulator.builder = builder;
  }

  /**
   * Builds a scheduler whose threads are part of the simulation.
   *
   * @param options the builder of a scheduler
   * @return the scheduler
   */
  public Object build(Object options) {
    return Objects.requireNonNull(builder, "builder").apply(options, this);
  }

  /**
   * Makes loops part of the simulation.
   *
   * @param group the loops
   * @param pool makes their blocking calls; starts no threads
   */
  public void simulate(LoopGroup group, ElasticPool pool) {
    groups.add(group);
    pools.add(pool);
  }

  /** Drives until nothing can happen any more. */
  public void run() {
    if (holder != null || Thread.currentThread() != caller) {
      throw new IllegalStateException(
          Text.format(
              "run() of a simulation was called by thread '%s' (expected: '%s', and not within the simulation)",
              Thread.currentThread().getName(), caller.getName()));
    }
    pass(decideOrFail());
    int seen = decisions;
    long since = System.nanoTime();
    while (holder != null) {
      LockSupport.parkNanos(this, TimeUnit.SECONDS.toNanos(1));
      if (seen != decisions) {
        seen = decisions;
        since = System.nanoTime();
      } else if (System.nanoTime() - since > TimeUnit.SECONDS.toNanos(HUNG_SECONDS)) {
        throw hung();
      }
    }
    Throwable thrown = failure;
    if (thrown != null) {
      throw new IllegalStateException("the simulation failed: " + thrown, thrown);
    }
  }

  private IllegalStateException hung() {
    Actor stuck = holder;
    String where =
        stuck == null
            ? ""
            : stuck.name
                + Arrays.stream(stuck.thread.getStackTrace())
                    .map(frame -> "\n    at " + frame)
                    .collect(Collectors.joining());
    return new IllegalStateException(
        Text.format(
            "the simulation does not move: a thread waits for one that does not have its turn\n%s",
            where));
  }

  /** Lets all threads run as they like, so that the schedulers can be closed. */
  public void release() {
    released = true;
    List.copyOf(actors).forEach(actor -> LockSupport.unpark(actor.thread));
  }

  /**
   * Does something on a thread of its own.
   *
   * @param delayNanos not before so much time has passed
   * @param action what
   */
  public void outside(long delayNanos, Runnable action) {
    String name = "outside-" + ++made;
    Actor actor = start(name, action);
    actor.sleeps = true;
    actor.wakeAt = delayNanos > Long.MAX_VALUE - now ? Long.MAX_VALUE : now + delayNanos;
  }

  private Actor start(String name, Runnable action) {
    Actor[] self = new Actor[1];
    Thread thread =
        new Thread(
            null,
            () -> {
              awaitTurn(self[0]);
              try {
                action.run();
              } catch (Throwable e) {
                fail(e);
              } finally {
                end(self[0]);
              }
            },
            "simulated-" + name,
            0,
            false);
    thread.setDaemon(true);
    Actor actor = admit(name, thread);
    self[0] = actor;
    thread.start();
    return actor;
  }

  /**
   * Chooses by the seed.
   *
   * @param bound above zero
   * @return from zero to below the bound
   */
  public int choose(int bound) {
    return bound == 1 || !isMine() ? 0 : random.nextInt(bound);
  }

  /** Lets others go on, if the seed says so; does nothing on a thread outside the simulation. */
  public void pause() {
    Actor me = holder;
    if (me != null && me.thread == Thread.currentThread() && !released && !deciding) {
      if (random.nextInt(PAUSE_ONE_IN) == 0 && !holdsLock()) {
        handOver(me);
      }
    }
  }

  /** Whoever holds a lock that others wait for keeps the baton. */
  private boolean holdsLock() {
    for (LoopGroup group : groups) {
      if (group.isResizing()) {
        return true;
      }
    }
    return false;
  }

  /**
   * Adds a line to what has happened.
   *
   * @param event what
   */
  public void note(String event) {
    if (isMine()) {
      events.add(event);
      hash = 31 * hash + event.hashCode();
    }
  }

  /** Whether the calling thread has the baton. */
  boolean isMine() {
    Actor me = holder;
    return !released && Thread.currentThread() == (me == null ? caller : me.thread);
  }

  /** {@return what has happened, one event a line; the same for the same seed and program} */
  public List<String> events() {
    return List.copyOf(events);
  }

  /** {@return a number that stands for all that has happened} */
  public long hash() {
    return hash;
  }

  @Override
  public long nanos() {
    pause();
    return now;
  }

  /** {@return the time, without an offer to pause} */
  public long nanosNow() {
    return now;
  }

  @Override
  public void park(long nanos) {
    Actor me = holder;
    if (released || me == null || me.thread != Thread.currentThread()) {
      LockSupport.parkNanos(this, Math.min(nanos, FREE_PARK_NANOS));
      return;
    }
    me.sleeps = true;
    me.wakeAt = nanos > Long.MAX_VALUE - now ? Long.MAX_VALUE : now + nanos;
    handOver(me);
    me.sleeps = false;
    me.woken = false;
  }

  // For its threads

  LoopThread newOwner(String name) {
    return new SimulatedThread(name, this);
  }

  Actor admit(String name, Thread thread) {
    Actor actor = new Actor(name, thread);
    actors.add(actor);
    return actor;
  }

  void wake(Actor actor) {
    actor.woken = true;
    if (released) {
      LockSupport.unpark(actor.thread);
    }
  }

  void awaitTurn(Actor me) {
    rest(me);
    me.sleeps = false;
  }

  void end(Actor me) {
    if (!released) {
      actors.remove(me);
      pass(decideOrFail());
    }
  }

  private void fail(Throwable error) {
    if (failure == null) {
      failure = error;
    }
  }

  private void handOver(Actor me) {
    Actor next = decideOrFail();
    if (next != me) {
      pass(next);
      rest(me);
    }
  }

  /** The one place where a thread waits for its turn; no user code runs below it. */
  private void rest(Actor me) {
    while (!me.hasTurn && !released) {
      LockSupport.park(this);
    }
    me.hasTurn = false;
  }

  private void pass(@Nullable Actor next) {
    if (next == null) {
      holder = null;
      LockSupport.unpark(caller);
    } else {
      next.hasTurn = true;
      holder = next;
      LockSupport.unpark(next.thread);
    }
  }

  private @Nullable Actor decideOrFail() {
    deciding = true;
    try {
      return decide();
    } catch (Throwable e) {
      fail(e);
      return null;
    } finally {
      deciding = false;
    }
  }

  // Decisions

  /** The thread that goes on; null if nothing can happen any more. */
  private @Nullable Actor decide() {
    for (; ; ) {
      if (failure != null) {
        return null;
      }
      enable();
      if (enabled.isEmpty() && !moveTime()) {
        return null;
      }
      if (!enabled.isEmpty()) {
        int before = decisions; // one writer
        decisions = before + 1;
        if (before > MOST_DECISIONS) {
          throw new IllegalStateException(MOST_DECISIONS + " decisions, and no end");
        }
        Actor next = pick().happen();
        if (next != null) {
          return next;
        }
      }
    }
  }

  private Event pick() {
    int at = random.nextInt(weights.stream().mapToInt(weight -> weight).sum());
    int i = 0;
    while (at >= weights.get(i)) {
      at -= weights.get(i++);
    }
    return enabled.get(i);
  }

  private void enable() {
    enabled.clear();
    weights.clear();
    for (Actor actor : actors) {
      if (actor.isReady(now)) {
        enable(isDetached(actor) ? SELDOM : OFTEN, () -> goOn(actor));
      }
    }
    for (ElasticPool pool : pools) {
      if (pool.hasQueued() && pool.stats().active() < pool.limits().maxThreads()) {
        enable(OFTEN, () -> beginCall(pool));
      }
    }
    if (enabled.isEmpty()) {
      return;
    }
    if (faults.slow() && nextWakeUp() != Long.MAX_VALUE) {
      enable(
          RARELY,
          () -> {
            moveTime();
            return null;
          });
    }
    Sample seen = sample;
    if (seen != null) {
      enable(SOON, () -> takeOver(seen));
    } else if (faults.takeovers()) {
      groups.forEach(group -> group.all().forEach(this::enableSample));
    }
    if (faults.failures()) {
      stalls.removeIf(Stall::hasReturned);
      stalls.stream()
          .filter(stall -> !stall.judged)
          .forEach(stall -> enable(RARELY, () -> failStall(stall)));
    }
  }

  private void enable(int weight, Event event) {
    enabled.add(event);
    weights.add(weight);
  }

  private static boolean isDetached(Actor actor) {
    return actor.isLoop && ((LoopThread) actor.thread).stall != null;
  }

  private @Nullable Actor goOn(Actor actor) {
    note(actor.name + " goes on");
    return actor;
  }

  private @Nullable Actor beginCall(ElasticPool pool) {
    Runnable call = pool.takeNext();
    if (call != null) {
      String name = "call-" + ++calls;
      note(name + " begins");
      start(name, call);
    }
    return null;
  }

  private void enableSample(Loop loop) {
    long word = loop.ownershipAcquire();
    LoopThread owner = loop.owner();
    LoopTask task = owner == null ? null : owner.task;
    if (Ownership.phase(word) == Ownership.SLICE
        && owner != null
        && task != null
        && loop.group().mayDetach(false)) {
      enable(
          RARELY,
          () -> {
            sample = new Sample(loop, word, owner, task);
            return null;
          });
    }
  }

  private @Nullable Actor takeOver(Sample seen) {
    sample = null;
    Loop loop = seen.loop;
    Stall stall = new Stall(loop, seen.task, seen.owner, ++incidents, -1);
    LoopThread next = newOwner(loop.name() + "." + (Ownership.generation(seen.word) + 1));
    boolean isStuck = loop.ownershipAcquire() == seen.word;
    boolean taken = loop.takeOver(seen.word, next, stall);
    if (taken != isStuck) {
      throw new IllegalStateException("nobody else can have changed the phase of " + loop);
    }
    if (taken) {
      note(loop.name() + " is taken over");
      stalls.add(stall);
      next.start();
    } else {
      note(loop.name() + " is taken over too late");
      actors.removeIf(actor -> actor.thread == next);
    }
    return null;
  }

  private @Nullable Actor failStall(Stall stall) {
    note("stall " + stall.number() + " fails");
    stall.judged = true;
    stall.loop().post(new ControlTask("fail", loop -> stall.task().onStallFailed(loop, stall)));
    return null;
  }

  private long nextWakeUp() {
    long next = Long.MAX_VALUE;
    for (Actor actor : actors) {
      if (!actor.isReady(now)) {
        next = Math.min(next, actor.wakeAt);
      }
    }
    return next;
  }

  private boolean moveTime() {
    long next = nextWakeUp();
    if (next == Long.MAX_VALUE) {
      return false;
    }
    long passed = next - now;
    now = next;
    stalls.forEach(stall -> stall.grow(passed));
    note("time " + TimeUnit.NANOSECONDS.toMicros(now));
    return true;
  }
}
