/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The tasks of one loop that wait for a deadline, in a hierarchical wheel of 1 ms ticks.
 *
 * <p>Ticks are ints that wrap around and are compared by subtraction; a deadline lies at most
 * {@code Integer.MAX_VALUE} ticks (24.8 days) ahead. A task is never handed out early, and tasks
 * with equal deadlines come in the order in which they were added. Adding and removing is O(1) on
 * average.
 *
 * <h2>Threading</h2>
 *
 * Touched by the owner of the loop only, in phase OWNER. The exception is {@link #forEach}, which
 * another thread may call while it makes sure from outside that the owner did not write meanwhile.
 */
final class TimerWheel {
  /*
   * A tick is a number of six digits: five of 6 bits, and a top digit of the 2 bits that are left.
   * A task is kept at the level of the highest digit in which its deadline and the wheel's tick
   * differ, in the slot named by the deadline's digit there. So, below the top level, everything in
   * a level shares the higher digits with the tick, has a greater digit than the tick, and comes
   * before everything in a higher level. The next event is the lowest slot of the lowest level in
   * use: at level 0 its tasks are due, at another level they cascade, each to a lower level.
   *
   * The top digit wraps around. No deadline is more than half a turn ahead, so the slots in use are
   * among the two that follow the tick's digit, and counting from that digit finds the next one.
   *
   * Idle time costs nothing: the tick jumps from event to event and then to now. No slot begins
   * between two events, so no task would have changed its level on the way.
   *
   * FIFO among equals: the level of a deadline depends on the tick alone, not on who adds. It drops
   * only when the tick enters the slot, and then all that waited there move down in order before
   * anything else can be added.
   *
   * So deadline and tick tell at any time in which slot a task is, and nobody has to remember.
   *
   * Bits are hints. A set bit may stand for an empty slot, because whoever is removed leaves it; the
   * event then does nothing but clear it. A clear bit always means an empty slot, but for the one
   * that is being visited.
   */

  private static final int DIGIT_BITS = 6;
  private static final int SLOTS = 1 << DIGIT_BITS;
  private static final int LEVELS = 6;
  private static final int TOP = LEVELS - 1;
  private static final int TOP_SHIFT = TOP * DIGIT_BITS;
  private static final int TOP_SLOTS = 1 << (Integer.SIZE - TOP_SHIFT);

  /** Stands for lists that are not there. */
  private static final TaskList EMPTY = new TaskList();

  /** An entry is null until its level is first used. Owner writes; a dump reads. */
  private final @Nullable Level[] levels = new @Nullable Level[LEVELS];

  /** Bit n is set while a slot of level n is marked as occupied. Owner writes; a dump reads. */
  private int occupiedLevels;

  /** No event lies before it. Owner only. */
  private int tick;

  /** Creates an empty wheel that stands at {@code tick}. */
  TimerWheel(int tick) {
    this.tick = tick;
  }

  /**
   * Puts {@code task}, which is in no list, where its deadline says.
   *
   * @return false if the deadline is not after the tick of this wheel; the task is not added then
   * @throws OutOfMemoryError if there is no memory for it; then it is not added
   */
  boolean add(LoopTask task) {
    if (task.deadline - tick <= 0) {
      return false;
    }
    place(task);
    return true;
  }

  /**
   * Takes a task out if it is in this wheel.
   *
   * @return whether it was
   */
  boolean remove(LoopTask task) {
    for (int index = level(task.deadline); index < LEVELS; index++) { // higher if it is to cascade
      Level level = levels[index];
      TaskList list = level == null ? EMPTY : level.lists[slot(task.deadline, index)];
      if (list.holds(task)) {
        list.remove(task);
        return true;
      }
    }
    return false;
  }

  /**
   * Moves on to {@code now} and hands over what became due on the way, in the order of deadlines.
   * While {@code sink} runs, {@link #tick()} is the deadline of the task it is given; what it adds
   * comes in the same advance if it is due by {@code now}. Does nothing if {@code now} is before
   * the tick of this wheel, unless the wheel is empty, which may be set to any tick.
   *
   * @return how many tasks were handed over
   */
  int advance(int now, DueSink sink) {
    int count = 0;
    while (hasTimers()) {
      int event = nextEvent();
      if (event - now > 0) {
        if (now - tick > 0) {
          tick = now;
        }
        return count;
      }
      tick = event;
      count += visit(Integer.numberOfTrailingZeros(occupiedLevels), sink);
    }
    tick = now;
    return count;
  }

  /** {@return whether an event is to come, which may turn out to be a slot that was emptied} */
  boolean hasTimers() {
    return occupiedLevels != 0;
  }

  /**
   * {@return the tick of the next event: tasks become due or cascade, or an emptied slot is
   * noticed} Valid only while {@link #hasTimers()}; never before {@link #tick()}.
   */
  int nextEvent() {
    int index = Integer.numberOfTrailingZeros(occupiedLevels);
    long occupied = levelMade(index).occupied;
    if (index == TOP) {
      int digit = tick >>> TOP_SHIFT;
      int ahead = Long.numberOfTrailingZeros(occupied >>> digit | occupied << (TOP_SLOTS - digit));
      return (digit + ahead) << TOP_SHIFT;
    }
    int shift = index * DIGIT_BITS;
    int higherDigits = tick & (-SLOTS << shift);
    return higherDigits | Long.numberOfTrailingZeros(occupied) << shift;
  }

  /** {@return the moment up to which deadlines have been handed over} */
  int tick() {
    return tick;
  }

  /** Visits the tasks, in no particular order. Also for a reader, as {@link TaskList#forEach}. */
  void forEach(Consumer<? super LoopTask> visitor) {
    for (Level level : levels) {
      if (level != null) {
        for (long bits = level.occupied; bits != 0; bits &= bits - 1) {
          level.lists[Long.numberOfTrailingZeros(bits)].forEach(visitor);
        }
      }
    }
  }

  /** As {@link TaskList#drainTo}; those with equal deadlines in their order. */
  void drainTo(Consumer<LoopTask> sink) {
    for (Level level : levels) {
      if (level != null) {
        for (TaskList list : level.lists) {
          list.drainTo(sink);
        }
      }
    }
    occupiedLevels = 0;
    Arrays.fill(levels, null);
  }

  /**
   * {@return the lists of this wheel by number, from the highest level down; null after the last
   * one} Owner only. Tasks move to lists of higher numbers only.
   */
  @Nullable TaskList list(int number) {
    int index = TOP - number / SLOTS;
    int slot = number % SLOTS;
    if (index < 0) {
      return null;
    }
    Level level = levels[index];
    return level == null || slot >= level.lists.length ? EMPTY : level.lists[slot];
  }

  /** Also takes a task that is due at the very tick: it goes to level 0, where it is found next. */
  private void place(LoopTask task) {
    int index = level(task.deadline);
    int slot = slot(task.deadline, index);
    Level level = levelMade(index);
    level.occupied |= 1L << slot;
    occupiedLevels |= 1 << index;
    level.lists[slot].add(task);
  }

  /**
   * The tick has entered an occupied slot of the level: drains it. After an error those that were
   * not handed over or down stay for the next visit.
   */
  private int visit(int index, DueSink sink) {
    int slot = slot(tick, index);
    Level level = levelMade(index);
    TaskList list = level.lists[slot];
    level.occupied &= ~(1L << slot);
    if (level.occupied == 0) {
      occupiedLevels &= ~(1 << index);
    }
    int count = 0;
    int next = 0;
    try {
      // Whatever the sink adds meanwhile lies after the tick, so it never lands in this slot.
      while (next < list.end()) {
        LoopTask task = list.get(next);
        if (task != null && index > 0) {
          place(task);
        }
        next++;
        if (task != null && index == 0) {
          count++;
          task.place = 0;
          sink.due(task);
        }
      }
    } finally {
      list.forgetFirst(next);
      if (!list.isEmpty()) {
        level.occupied |= 1L << slot;
        occupiedLevels |= 1 << index;
      }
    }
    return count;
  }

  /** The level at which a deadline is kept. */
  private int level(int deadline) {
    int difference = deadline ^ tick;
    return (Integer.SIZE - 1 - Integer.numberOfLeadingZeros(difference | 1)) / DIGIT_BITS;
  }

  private static int slot(int tick, int index) {
    return tick >>> (index * DIGIT_BITS) & (SLOTS - 1);
  }

  private Level levelMade(int index) {
    Level level = levels[index];
    if (level == null) {
      level = new Level(index == TOP ? TOP_SLOTS : SLOTS);
      levels[index] = level;
    }
    return level;
  }

  /** One digit of the tick: a list of tasks for each of its values. */
  private static final class Level {
    final TaskList[] lists;

    /** Bit n is clear only if list n is empty. Owner writes; a dump reads. */
    long occupied;

    Level(int slots) {
      lists = new TaskList[slots];
      Arrays.setAll(lists, slot -> new TaskList());
    }
  }
}
