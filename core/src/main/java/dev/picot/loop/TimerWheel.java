/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The tasks of one loop that wait for a deadline, in a hierarchical wheel of 1 ms ticks.
 *
 * <p>Ticks are ints that wrap around and are compared by subtraction; a deadline lies at most
 * {@code Integer.MAX_VALUE} ticks (24.8 days) ahead. A task is never handed out early, and tasks
 * with equal deadlines come in the order in which they were added. Adding is O(1) and allocates
 * nothing once a level is in use. There is no removal of a single one: {@link Link#unlink} takes a
 * task out without telling the wheel.
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
   * Bits are hints. A set bit may stand for an empty slot, because tasks are unlinked without
   * notice; the event then does nothing but clear it. A clear bit always means an empty slot: the
   * bit is set before the task is linked, and cleared after the list of the slot was taken.
   */

  private static final int DIGIT_BITS = 6;
  private static final int SLOTS = 1 << DIGIT_BITS;
  private static final int LEVELS = 6;
  private static final int TOP = LEVELS - 1;
  private static final int TOP_SHIFT = TOP * DIGIT_BITS;
  private static final int TOP_SLOTS = 1 << (Integer.SIZE - TOP_SHIFT);

  /** An entry is null until its level is first used. Owner writes; a dump reads. */
  private final @Nullable Level[] levels = new @Nullable Level[LEVELS];

  /** Bit n is set while a slot of level n is marked as occupied. Owner writes; a dump reads. */
  private int occupiedLevels;

  /** Stands for lists that are not there. */
  private final Link empty = new Link();

  /** No event lies before it. Owner only. */
  private int tick;

  /** Creates an empty wheel that stands at {@code tick}. */
  TimerWheel(int tick) {
    this.tick = tick;
    empty.becomeHead();
  }

  /**
   * Puts {@code task}, which is in no list, where its deadline says.
   *
   * @return false if the deadline is not after the tick of this wheel; the task is not linked then
   */
  boolean add(LoopTask task) {
    if (task.deadline - tick <= 0) {
      return false;
    }
    place(task);
    return true;
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
    long occupied = level(index).occupied;
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

  /**
   * Shows the tasks to {@code consumer}, in no particular order, and changes nothing.
   *
   * <p>Also for a thread that does not own the loop. If the owner writes meanwhile, tasks may be
   * missing, come twice or belong to another list, and {@code maxSteps} alone bounds the walk; the
   * caller finds that out afterwards and throws the result away.
   *
   * @return false if {@code maxSteps} tasks were shown and the walk was not at its end
   */
  boolean forEach(Consumer<? super LoopTask> consumer, int maxSteps) {
    int steps = 0;
    for (Level level : levels) {
      if (level == null) {
        continue;
      }
      for (long bits = level.occupied; bits != 0; bits &= bits - 1) {
        Link link = level.heads[Long.numberOfTrailingZeros(bits)].next;
        while (link instanceof LoopTask task) {
          if (steps == maxSteps) {
            return false;
          }
          steps++;
          link = task.next;
          consumer.accept(task);
        }
      }
    }
    return true;
  }

  /**
   * Takes all tasks out and appends them to a list; those with equal deadlines keep their order.
   */
  void moveTo(Link head) {
    for (Level level : levels) {
      if (level != null) {
        for (long bits = level.occupied; bits != 0; bits &= bits - 1) {
          level.heads[Long.numberOfTrailingZeros(bits)].moveTo(head);
        }
        level.occupied = 0;
      }
    }
    occupiedLevels = 0;
  }

  /**
   * {@return the lists of this wheel by number, from the highest level down; null after the last
   * one} Owner only. Tasks move to lists of higher numbers only.
   */
  @Nullable Link list(int number) {
    int index = TOP - number / SLOTS;
    int slot = number % SLOTS;
    if (index < 0) {
      return null;
    }
    Level level = levels[index];
    return level == null || slot >= level.heads.length ? empty : level.heads[slot];
  }

  /** Also takes a task that is due at the very tick: it goes to level 0, where it is found next. */
  private void place(LoopTask task) {
    int difference = task.deadline ^ tick;
    int index = (Integer.SIZE - 1 - Integer.numberOfLeadingZeros(difference | 1)) / DIGIT_BITS;
    int slot = slot(task.deadline, index);
    Level level = level(index);
    level.occupied |= 1L << slot;
    occupiedLevels |= 1 << index;
    level.heads[slot].append(task);
  }

  /**
   * The tick has entered an occupied slot of the level: drains it. Its list is taken apart from the
   * front, without keeping the rest in order, which would store two references for each task.
   */
  private int visit(int index, DueSink sink) {
    int count = 0;
    int slot = slot(tick, index);
    Level level = level(index);
    Link at = level.heads[slot].takeAll();
    level.occupied &= ~(1L << slot);
    if (level.occupied == 0) {
      occupiedLevels &= ~(1 << index);
    }
    try {
      // Whatever the sink adds meanwhile lies after the tick, so it never lands in this slot.
      while (at instanceof LoopTask task) {
        at = Objects.requireNonNull(task.next);
        task.letGo();
        if (index == 0) {
          count++;
          sink.due(task);
        } else {
          place(task);
        }
      }
    } finally {
      putBack(at, index, slot);
    }
    return count;
  }

  /** After an error: the rest of a slot, for the next visit. */
  private void putBack(Link rest, int index, int slot) {
    Link at = rest;
    while (at instanceof LoopTask task) {
      Level level = level(index);
      level.occupied |= 1L << slot;
      occupiedLevels |= 1 << index;
      at = Objects.requireNonNull(task.next);
      task.letGo();
      level.heads[slot].append(task);
    }
  }

  private static int slot(int tick, int index) {
    return tick >>> (index * DIGIT_BITS) & (SLOTS - 1);
  }

  private Level level(int index) {
    Level level = levels[index];
    if (level == null) {
      level = new Level(index == TOP ? TOP_SLOTS : SLOTS);
      levels[index] = level;
    }
    return level;
  }

  /** One digit of the tick: a list of tasks for each of its values. */
  private static final class Level {
    final Link[] heads;

    /** Bit n is clear only if list n is empty. Owner writes; a dump reads. */
    long occupied;

    Level(int slots) {
      heads = new Link[slots];
      for (int i = 0; i < slots; i++) {
        heads[i] = new Link();
        heads[i].becomeHead();
      }
    }
  }
}
