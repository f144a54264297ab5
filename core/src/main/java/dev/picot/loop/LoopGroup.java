/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import dev.picot.internal.Provenance;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The loops of one scheduler and the limits by which the watchdog treats them. */
// Over 250 lines with its Javadoc: what the loops of a scheduler have in common.
public final class LoopGroup {
  /**
   * When the watchdog acts.
   *
   * @param warnNanos a slice that has been running for so long is reported
   * @param takeoverNanos a loop whose slice has been running for so long is taken over
   * @param failNanos a callback thread whose slice has been running for so long is failed; {@link
   *     Long#MAX_VALUE} is never
   * @param maxDetached so many slices may run on detached threads at a time
   * @param quiet for so long after the start nobody is warned
   * @param interrupt whether a detached thread is interrupted if that can only wake it up
   */
  public record Limits(
      long warnNanos,
      long takeoverNanos,
      long failNanos,
      int maxDetached,
      Duration quiet,
      boolean interrupt) {

    /** {@return the same, but stalls are reported only} */
    public Limits withoutTakeover() {
      return new Limits(warnNanos, Long.MAX_VALUE, Long.MAX_VALUE, maxDetached, quiet, false);
    }
  }

  /** How to find the loops of a scheduler. Written once, by the class of the schedulers. */
  private static volatile @Nullable Function<Object, LoopGroup> finder;

  /** How to equip a builder of schedulers. Written once, by the class of the schedulers. */
  private static volatile @Nullable BiConsumer<Object, IoDriver.@Nullable Factory> equipper;

  private final String name;

  /** Written again by tests only, which decide when the watchdog acts. */
  private volatile Limits limits;

  private final Object scheduler;
  private final Housekeeping housekeeping;
  private final Ticker ticker;
  private final IoDriver.@Nullable Factory io;

  /** Who decides what happens next; null if chance does. */
  private final @Nullable Simulator simulator;

  private final BooleanSupplier drained;
  private final Runnable ended;
  private final long createdNanos = System.nanoTime();
  private final @Nullable Object provenance = Provenance.current();

  /** Written before the start. */
  private @Nullable ElasticPool elastic;

  /** See {@link #carryBy}. Written before the start. */
  private @Nullable Function<Object, @Nullable Runnable> carrier;

  /** Changes {@link #loops}; also to be held while {@link #all} grows or shrinks. */
  private final Object resizing = new Object();

  /** Those that take new work. Immutable; written under {@link #resizing}. */
  private volatile List<Loop> loops;

  /** The same, and those that are leaving. Immutable; written under {@link #resizing}. */
  private volatile List<Loop> all;

  /** Loops that were told to leave and have not left yet. */
  private final AtomicInteger leaving = new AtomicInteger();

  /** True if a {@link LoopDriver} drives the loops. Written before they are started. */
  private boolean byHand;

  /** Told when {@link #loops} has changed. */
  private final List<Runnable> resized = new CopyOnWriteArrayList<>();

  /** Slices that run on detached threads, for those who look for one. */
  private final List<Stall> stalls = new CopyOnWriteArrayList<>();

  /** Tasks that have moved from one loop to another. */
  private final LongAdder migrations = new LongAdder();

  /** For the threads of the loops, whoever starts them. */
  private final @Nullable ClassLoader contextLoader =
      Thread.currentThread().getContextClassLoader();

  /** Slices that run on detached threads, but for those that only wait for the lock of another. */
  private final AtomicInteger detached = new AtomicInteger();

  /** Slices on detached threads that wait for a lock that another detached thread holds. */
  private final AtomicInteger followers = new AtomicInteger();

  /** Told of incidents, on the aux thread. Written before the watchdog knows this group. */
  private Consumer<Report> listener = report -> {};

  /** Whether it was unhealthy at the last tick. Watchdog only. */
  boolean seenUnhealthy;

  /** The number of the incident of being unhealthy. Watchdog only. */
  int healthNumber;

  /** Loops that have not ended. */
  private final AtomicInteger living;

  /** True once the scheduler is being closed: then stuck loops are taken over at any price. */
  private volatile boolean closing;

  /** True once nothing is left that the loops are kept for. Only ever set. */
  private volatile boolean retiring;

  /** Whether the loops start no slices. */
  private volatile boolean suspended;

  /** Takeovers so far. Written by the watchdog. */
  private volatile long takeovers;

  /**
   * Makes the loops; {@link #start} starts them.
   *
   * @param name of the scheduler
   * @param count of the loops
   * @param limits for the watchdog
   * @param ticker the clock
   * @param io makes the I/O driver of each loop; null if they have none
   * @param housekeeping of the process
   * @param scheduler the scheduler, for those who find it by a loop
   * @param drained whether nothing is left that needs the loops
   * @param ended told, on the last loop thread, when all loops have ended
   */
  public LoopGroup(
      String name,
      int count,
      Limits limits,
      Ticker ticker,
      IoDriver.@Nullable Factory io,
      Housekeeping housekeeping,
      Object scheduler,
      BooleanSupplier drained,
      Runnable ended) {
    this.name = name;
    this.limits = limits;
    this.scheduler = scheduler;
    this.housekeeping = housekeeping;
    this.ticker = ticker;
    this.io = io;
    this.simulator = ticker instanceof Simulator it ? it : null;
    this.drained = drained;
    this.ended = ended;
    this.living = new AtomicInteger(count);
    List<Loop> made = new ArrayList<>(count);
    for (int i = 1; i <= count; i++) {
      made.add(new Loop(name + "-" + i, this, ticker, io));
    }
    this.loops = List.copyOf(made);
    this.all = this.loops;
  }

  /**
   * Finds the loops of a scheduler, for our own bridges.
   *
   * @param scheduler the scheduler
   * @return its loops
   */
  public static LoopGroup of(Object scheduler) {
    return Objects.requireNonNull(finder, "finder").apply(scheduler);
  }

  /**
   * Says how to find the loops of a scheduler, which keeps them to itself.
   *
   * @param finder finds them
   */
  public static void findBy(Function<Object, LoopGroup> finder) {
    LoopGroup.finder = finder;
  }

  /**
   * Lets each loop of a scheduler that is yet to be built also handle I/O, for our own bridges.
   *
   * @param builder builds the scheduler
   * @param factory makes the driver of each loop; null for none
   */
  public static void equip(Object builder, IoDriver.@Nullable Factory factory) {
    Objects.requireNonNull(equipper, "equipper").accept(builder, factory);
  }

  /**
   * Says how to equip a builder, which keeps that to itself.
   *
   * @param equipper does so
   */
  public static void equipBy(BiConsumer<Object, IoDriver.@Nullable Factory> equipper) {
    LoopGroup.equipper = equipper;
  }

  /**
   * Says which pool makes the blocking calls of the same scheduler; before the loops start.
   *
   * @param pool the pool
   */
  public void elastic(ElasticPool pool) {
    elastic = pool;
  }

  /** {@return the pool that makes the blocking calls of the same scheduler} */
  public ElasticPool elastic() {
    return Objects.requireNonNull(elastic, "elastic");
  }

  /** {@return the blocking calls that are being made} */
  public List<ElasticCall> calls() {
    return elastic == null ? List.of() : elastic.running();
  }

  /**
   * {@return what is left to do besides callback threads that are live, in words: tasks and timers
   * of executors, and what is stuck on detached threads}
   */
  public List<String> work() {
    Stream<String> tasks =
        all.stream()
            .flatMap(loop -> loop.tasks().stream())
            .filter(LoopTask::isWork)
            .map(LoopTask::describe);
    Stream<String> stuck =
        stalls.stream()
            .filter(stall -> stall.hasFailed() || stall.task().callbackThread().isEmpty())
            .map(stall -> stall.task().describe() + ", stuck on " + stall.thread().getName());
    return Stream.concat(tasks, stuck).toList();
  }

  /** {@return who has made the scheduler, see {@link Provenance}; null if nobody knows} */
  public @Nullable Object provenance() {
    return provenance;
  }

  /**
   * Says how a context is shown to the user code of slices; before the loops start.
   *
   * @param carrier shows a context on the calling thread, in a slice, and answers how to undo that,
   *     or null; neither throws
   */
  public void carryBy(Function<Object, @Nullable Runnable> carrier) {
    this.carrier = carrier;
  }

  @Nullable Function<Object, @Nullable Runnable> carrier() {
    return carrier;
  }

  /** The context class loader of whoever made the group: what its steps look classes up with. */
  @Nullable ClassLoader contextLoader() {
    return contextLoader;
  }

  /** Starts the loops. */
  public void start() {
    loops.forEach(this::start);
  }

  /** Starts the loops without threads: a {@link LoopDriver} drives them. */
  void startByHand() {
    byHand = true;
    start();
  }

  private void start(Loop loop) {
    if (byHand) {
      loop.startByHand();
    } else {
      loop.start();
    }
  }

  /**
   * Changes how many loops there are. New ones are there at once. One that is not needed any more
   * gets no new work at once; it moves what it has to another and ends when its present turn is
   * over.
   *
   * @param count at least one
   * @return false if the loops have ended; then nothing happened
   */
  public boolean resize(int count) {
    synchronized (resizing) {
      while (loops.size() < count) {
        if (!add()) {
          return false;
        }
      }
      while (loops.size() > count) {
        removeLast();
      }
    }
    resized.forEach(Runnable::run);
    return true;
  }

  /**
   * Tells when {@link #loops} has changed, on the thread that has changed it.
   *
   * @param listener looks at {@link #loops}, which may change again at any time
   */
  public void onResize(Runnable listener) {
    resized.add(listener);
  }

  /**
   * Tells no more.
   *
   * @param listener as it was given to {@link #onResize}
   */
  public void forgetResize(Runnable listener) {
    resized.remove(listener);
  }

  private boolean add() {
    for (int seen = living.get(); !living.compareAndSet(seen, seen + 1); seen = living.get()) {
      if (seen == 0) {
        return false;
      }
    }
    Loop loop = new Loop(freeName(), this, ticker, io);
    try {
      start(loop);
    } catch (Throwable e) {
      loopEnded();
      throw e;
    }
    all = with(all, loop);
    loops = with(loops, loop);
    if (retiring) { // looked at afterwards, as retire() looks at the loops after setting it
      retire(loop);
    }
    return true;
  }

  private void removeLast() {
    Loop last = loops.get(loops.size() - 1);
    leaving.incrementAndGet();
    loops = without(loops, last);
    if (!last.post(new ControlTask("leave", Loop::leaveSoon))) {
      loopStays();
    }
  }

  /** The lowest number that no other loop has at the moment. */
  private String freeName() {
    for (int i = 1; ; i++) {
      String free = name + "-" + i;
      if (all.stream().noneMatch(loop -> loop.name().equals(free))) {
        return free;
      }
    }
  }

  private static List<Loop> with(List<Loop> loops, Loop added) {
    List<Loop> more = new ArrayList<>(loops);
    more.add(added);
    return List.copyOf(more);
  }

  private static List<Loop> without(List<Loop> loops, Loop removed) {
    return loops.stream().filter(loop -> loop != removed).toList();
  }

  /** Owner of the loop: it has ended, and another one has all that was in it. */
  void loopLeft(Loop loop) {
    living.decrementAndGet(); // not the last one: its successor lives
    schedule(
        0,
        () -> {
          synchronized (resizing) {
            all = without(all, loop);
          }
        });
    loopStays();
  }

  /** It is not leaving any more: it has left, or it cannot because the scheduler is closed. */
  void loopStays() {
    if (leaving.decrementAndGet() == 0 && retiring) {
      retire(); // whoever could not end meanwhile looks again
    }
  }

  /** Whether the calling thread is changing how many loops there are. */
  boolean isResizing() {
    return Thread.holdsLock(resizing);
  }

  /**
   * Runs an action later: on the aux thread, or as a part of the simulation. Never waits.
   *
   * @param delayNanos how much later
   * @param action short, and no user code that could hang
   */
  public void schedule(long delayNanos, Runnable action) {
    if (simulator == null || !simulator.isMine()) {
      housekeeping.schedule(delayNanos, action);
    } else {
      simulator.outside(delayNanos, action);
    }
  }

  /** {@return whether somebody else than the threads of the loops drives them and their time} */
  public boolean isDriven() {
    return byHand || simulator != null;
  }

  /** {@return the name of the scheduler} */
  public String name() {
    return name;
  }

  /** {@return the scheduler that the loops belong to} */
  public Object scheduler() {
    return scheduler;
  }

  /** {@return the loops that take new work} */
  public List<Loop> loops() {
    return loops;
  }

  /** {@return the loops that may have something to run: also those that are about to end} */
  public List<Loop> all() {
    return all;
  }

  /** {@return the stalls whose steps have not returned, on detached threads} */
  public List<Stall> stalls() {
    return stalls;
  }

  /** {@return how many times a task has moved from one loop to another} */
  public long migrations() {
    return migrations.sum();
  }

  void migrated(int count) {
    migrations.add(count);
  }

  @Nullable Stall stallOf(LoopTask task) {
    for (Stall stall : stalls) {
      if (stall.task() == task) {
        return stall;
      }
    }
    return null;
  }

  /** New owner of a loop that was taken over. */
  void addStall(Stall stall) {
    stalls.add(stall);
    if (stall.hasReturned()) {
      stalls.remove(stall);
    }
  }

  /** Detached thread: the slice has returned. */
  void forgetStall(Stall stall) {
    stalls.remove(stall);
  }

  /** {@return the limits for the watchdog} */
  public Limits limits() {
    return limits;
  }

  /** For tests: the watchdog goes by other limits from now on. */
  void limits(Limits others) {
    limits = others;
  }

  /** {@return the threads that keep house in this process} */
  public Housekeeping housekeeping() {
    return housekeeping;
  }

  /**
   * Chooses a loop for new work: the less loaded one of two chosen at random.
   *
   * <p>The power of two choices (M. Mitzenmacher, 1996), on the load that loops publish each turn.
   *
   * @return the loop
   */
  public Loop choose() {
    List<Loop> candidates = loops;
    int count = candidates.size();
    if (count == 1) {
      return candidates.get(0);
    }
    int i = chance(count);
    Loop one = candidates.get(i);
    Loop other = candidates.get(i + 1 == count ? 0 : i + 1);
    if (one.hung || other.hung) {
      return notHung(candidates, i);
    }
    return other.load() < one.load() ? other : one;
  }

  /**
   * Chooses loops for new work one after the other, but for those that stand still.
   *
   * @param turn counts the calls
   * @return the loop whose turn it is, or the next one
   */
  public Loop inTurn(int turn) {
    List<Loop> candidates = loops;
    return notHung(candidates, Math.floorMod(turn, candidates.size()));
  }

  /** {@return the loop whose I/O the calling thread handles; null if it handles none of these} */
  public @Nullable Loop handling() {
    if (io == null) {
      return null;
    }
    LoopThread thread = LoopThread.current();
    return thread != null && thread.task == null && thread.loop().group() == this
        ? thread.loop()
        : null;
  }

  /** The next loop that does not stand still; if all do, the one to begin with. */
  private static Loop notHung(List<Loop> candidates, int first) {
    for (int i = 0; i < candidates.size(); i++) {
      Loop loop = candidates.get((first + i) % candidates.size());
      if (!loop.hung) {
        return loop;
      }
    }
    return candidates.get(first);
  }

  private int chance(int bound) {
    return simulator == null ? ThreadLocalRandom.current().nextInt(bound) : simulator.choose(bound);
  }

  /** The first owner of a loop, to be started. */
  LoopThread newOwner(String loop) {
    return simulator == null ? new LoopThread(loop) : simulator.newOwner(loop);
  }

  /** {@return how many slices are running on detached threads} */
  public int detached() {
    return Math.max(0, detached.get()) + Math.max(0, followers.get());
  }

  /** {@return whether as many slices are detached as may be, so that no loop can be taken over} */
  public boolean isUnhealthy() {
    return detached.get() >= limits.maxDetached() || followers.get() >= limits.maxDetached();
  }

  /** Takes stuck loops over from now on even beyond the limit, so that closing can end. */
  public void closing() {
    closing = true;
  }

  /** {@return whether the scheduler is closed or being closed, and takes no new work} */
  public boolean isClosing() {
    return closing;
  }

  /** {@return whether the loops end as soon as they have nothing left to run} */
  public boolean isRetiring() {
    return retiring;
  }

  /** Lets the loops run no slices in turns that begin before {@link #resume}; they pile up. */
  public void suspend() {
    suspended = true;
  }

  /** Lets the loops go on. */
  public void resume() {
    suspended = false;
    for (Loop loop : loops()) {
      loop.post(new ControlTask("resume", owned -> {}));
    }
  }

  /** {@return whether the loops start no slices} */
  public boolean isSuspended() {
    return suspended;
  }

  /**
   * Whether a stuck loop may be taken over now. Who waits for the lock of a detached thread is
   * counted apart, so that one cause does not use up what there is for all.
   */
  boolean mayDetach(boolean follows) {
    return closing || (follows ? followers : detached).get() < limits.maxDetached();
  }

  /**
   * Says who is told of incidents; to be called before {@link Housekeeping#watch(LoopGroup)}.
   *
   * @param listener called on the aux thread, so it must not hang
   */
  public void listener(Consumer<Report> listener) {
    this.listener = listener;
  }

  /** Aux only. */
  void tell(Report report) {
    listener.accept(report);
  }

  /** Whether all loops have ended. */
  boolean hasEnded() {
    return living.get() == 0;
  }

  /** {@return how many takeovers there were} */
  public long takeovers() {
    return takeovers;
  }

  /** Lets all loops end as soon as nothing is left that needs them. */
  public void retire() {
    retiring = true;
    all.forEach(LoopGroup::retire);
  }

  private static void retire(Loop loop) {
    loop.post(new ControlTask("retire", Loop::retire));
  }

  /** Watchdog only. */
  void detachedOne(boolean follows) {
    (follows ? followers : detached).incrementAndGet();
    long before = takeovers; // one writer
    takeovers = before + 1;
  }

  void detachedReturned(boolean followed) {
    (followed ? followers : detached).decrementAndGet();
  }

  boolean isQuiet() {
    return System.nanoTime() - createdNanos < limits.quiet().toNanos();
  }

  /** Whether nothing is left that needs the loops, and none is about to move what it has. */
  boolean mayEnd() {
    return leaving.get() == 0 && drained.getAsBoolean();
  }

  void loopEnded() {
    if (living.decrementAndGet() == 0) {
      ended.run();
    }
  }
}
