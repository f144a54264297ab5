/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The tasks of a loop that are ready, and those that wait, with a deadline or without one.
 *
 * <p>The owner's alone, but for {@link #forEach}.
 */
// Over 250 lines: whatever the owner does with its lists; each operation relies on the others.
final class LoopLists {
  /** Bounds a walk over lists that change under the reader. */
  static final int MOST_TASKS = 10_000_000;

  private static final int MOST_MOVED = 1_024;

  /** The wheel reaches about 24 days; whoever sleeps longer is woken then and sleeps again. */
  private static final long FARTHEST = TimeUnit.DAYS.toNanos(20);

  private final Loop loop;

  /** In the order in which they became ready. */
  private final ReadyList ready = new ReadyList();

  /** Those without a deadline. */
  private TaskList waiting = new TaskList();

  /** Those with a deadline. */
  private TimerWheel wheel;

  private int readyCount;
  private int waitingCount;
  private int timerCount;

  /** Who wants to know the tasks of this loop, and could not read them in place. */
  private @Nullable Survey surveys;

  /** One object for all calls of {@link TimerWheel#advance}. */
  private final DueSink due = this::onDue;

  LoopLists(Loop loop, int tick) {
    this.loop = loop;
    this.wheel = new TimerWheel(tick);
  }

  int readyCount() {
    return readyCount;
  }

  int waitingCount() {
    return waitingCount;
  }

  int timerCount() {
    return timerCount;
  }

  boolean hasTimers() {
    return wheel.hasTimers();
  }

  /** The tick at which the wheel has to be looked at, if it has timers. */
  int nextEvent() {
    return wheel.nextEvent();
  }

  void ready(LoopTask task) {
    ready.add(task);
    readyCount++;
    tellSurveys(task);
  }

  /** Takes the first of those that are ready; null if there is none. */
  @Nullable LoopTask pollReady() {
    LoopTask task = ready.poll();
    if (task != null) {
      readyCount--;
    }
    return task;
  }

  boolean keep(LoopTask task, long deadlineNanos, long nowNanos) {
    if (!isFar(deadlineNanos, nowNanos)) {
      task.deadline = Ticker.tickAfter(deadlineNanos);
    } else if (deadlineNanos == Long.MAX_VALUE) {
      keepWaiting(task);
      return true;
    } else {
      task.deadline = Ticker.tickAfter(nowNanos + FARTHEST);
    }
    return keepTimed(task);
  }

  static boolean isFar(long nanos, long nowNanos) {
    return nanos - nowNanos > FARTHEST;
  }

  private void keepWaiting(LoopTask task) {
    waiting.add(task);
    waitingCount++;
    tellSurveys(task);
  }

  /** False if its deadline has passed. */
  private boolean keepTimed(LoopTask task) {
    if (!wheel.add(task)) {
      return false;
    }
    timerCount++;
    tellSurveys(task);
    return true;
  }

  private void keepTimedOrFire(LoopTask task) {
    if (!keepTimed(task)) {
      task.onTimer(loop);
    }
  }

  void forget(LoopTask task) {
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

  void takeDue(int tick) {
    wheel.advance(tick, due);
  }

  private void onDue(LoopTask task) {
    timerCount--;
    task.onTimer(loop);
  }

  /** False if that has ended; then nothing was moved. */
  boolean moveAllTo(Loop next, int tick) {
    while (isSurveyed()) {
      advanceSurveys();
    }
    TaskList none = new TaskList();
    TimerWheel noTimers = new TimerWheel(tick);
    Migration all = new Migration(loop, waiting, wheel);
    all.ready.addAllFirst(ready); // not before there was memory for all this
    if (!next.post(all)) {
      ready.addAllFirst(all.ready);
      return false;
    }
    replaceBy(none, noTimers);
    return true;
  }

  /** Moves the first half of what is ready. */
  void moveHalfTo(Loop next) {
    Migration half = new Migration(loop, new TaskList(), new TimerWheel(0));
    readyCount -= half.addFirst(ready, Math.min(readyCount / 2, MOST_MOVED));
    if (!half.ready.isEmpty() && !next.post(half)) {
      adopt(half);
    }
  }

  /** Takes over what has moved here; what there is no memory for comes again. */
  void adopt(Migration arrived) {
    int before = count();
    try {
      for (LoopTask task = arrived.ready.poll(); task != null; task = arrived.ready.poll()) {
        task.loop = loop;
        ready(task);
      }
      arrived.waiting.drainTo(task -> settle(task, arrived, this::keepWaiting));
      arrived.timed.drainTo(task -> settle(task, arrived, this::keepTimedOrFire));
    } catch (OutOfMemoryError e) {
      loop.post(arrived);
      throw e;
    } finally {
      loop.group().migrated(count() - before);
    }
  }

  private int count() {
    return readyCount + waitingCount + timerCount;
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
      loop.goOnAfter(e);
    }
    task.loop = loop;
  }

  /**
   * The last owner has died outside slices, perhaps in the middle of a list operation: takes over
   * what can still be found, into new lists. Who is not lost stays in the list it was in.
   *
   * @param inTransit what that owner had in its hands
   */
  void startAfresh(int tick, @Nullable LoopTask inTransit) {
    Set<LoopTask> wereReady = found(visitor -> ready.forEach(visitor, MOST_TASKS));
    Set<LoopTask> wereWaiting = found(waiting::forEach);
    Set<LoopTask> hadDeadlines = found(wheel::forEach);
    List<Set<LoopTask>> all = List.of(wereReady, wereWaiting, hadDeadlines);
    wereReady.forEach(task -> task.next = null);
    all.forEach(tasks -> tasks.forEach(task -> task.place = 0));
    ready.clear();
    replaceBy(new TaskList(), new TimerWheel(tick));
    surveys = null; // whoever asked looks again in place, or gives up
    if (inTransit != null && all.stream().noneMatch(tasks -> tasks.contains(inTransit))) {
      inTransit.place = 0;
      isLost(inTransit);
    }
    wereReady.stream().filter(task -> !isLost(task)).forEach(this::ready);
    wereWaiting.stream().filter(task -> !isLost(task)).forEach(this::keepWaiting);
    hadDeadlines.stream().filter(task -> !isLost(task)).forEach(this::keepTimedOrFire);
  }

  private void replaceBy(TaskList waitingNow, TimerWheel wheelNow) {
    waiting = waitingNow;
    wheel = wheelNow;
    readyCount = 0;
    waitingCount = 0;
    timerCount = 0;
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
      return task.onLoopLost(loop);
    } catch (Throwable e) {
      loop.goOnAfter(e);
      return true;
    }
  }

  /** Tells those that wait that the loop has ended. */
  void close() {
    waiting.forEach(LoopTask::onClosed);
    wheel.forEach(LoopTask::onClosed);
  }

  void begin(Survey survey) {
    survey.next = surveys;
    surveys = survey;
  }

  boolean isSurveyed() {
    return surveys != null;
  }

  void advanceSurveys() {
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

  private void tellSurveys(LoopTask task) {
    for (Survey survey = surveys; survey != null; survey = survey.next) {
      survey.see(task);
    }
  }

  /** For a survey: the lists with places by number, in its order; null after the last one. */
  @Nullable TaskList list(int number) {
    return number == 0 ? waiting : wheel.list(number - 1);
  }

  /** Visits those that are ready. */
  void forEachReady(Consumer<LoopTask> visitor, int most) {
    ready.forEach(visitor, most);
  }

  /** Visits all. The owner, or a {@link LoopReader}. */
  void forEach(Consumer<LoopTask> visitor, int most) {
    forEachReady(visitor, most);
    waiting.forEach(visitor);
    wheel.forEach(visitor);
  }
}
