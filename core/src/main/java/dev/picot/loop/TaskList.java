/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import java.util.Arrays;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Tasks that wait; each knows its place.
 *
 * <p>An array, because a generational collector looks again at each reference that is stored in an
 * old object: one that is linked to its neighbours stores four of them when it comes and two when
 * it goes, each in another object; here neighbours share what is looked at, and who goes leaves
 * null.
 *
 * <h2>Threading</h2>
 *
 * Touched by the owner of the loop only, in phase OWNER. The exception is {@link #forEach}.
 */
final class TaskList {
  private static final @Nullable LoopTask[] NONE = {};
  private static final int LEAST_ROOM = 4;

  /** An empty list keeps no more room than this. */
  private static final int MOST_SPARE_ROOM = 256;

  /** Null where a task has left. */
  private @Nullable LoopTask[] tasks = NONE;

  /** The end of what is in use: the last one in use holds a task. */
  private int end;

  /** How many have left a place that is in use. */
  private int gaps;

  /** How often those that stayed got other places. */
  private int moves;

  boolean isEmpty() {
    return end == 0;
  }

  /** {@return after how many places, empty ones too, the list ends} */
  int end() {
    return end;
  }

  /** {@return how often tasks of this list have moved to lower places} */
  int moves() {
    return moves;
  }

  /** {@return the task at a place before the end; null if it has left} */
  @Nullable LoopTask get(int index) {
    return tasks[index];
  }

  /**
   * Puts a task, which is in no list, at the end.
   *
   * @throws OutOfMemoryError if there is no room and no memory for more; then nothing has changed
   */
  void add(LoopTask task) {
    if (end == tasks.length) {
      makeRoom();
    }
    tasks[end++] = task;
    task.place = end;
  }

  /** Whether a task is in this list. */
  boolean holds(LoopTask task) {
    int index = task.place - 1;
    return index >= 0 && index < end && tasks[index] == task;
  }

  /** Takes out a task that is in this list; the others keep their order. */
  void remove(LoopTask task) {
    tasks[task.place - 1] = null;
    task.place = 0;
    gaps++;
    while (end > 0 && tasks[end - 1] == null) {
      end--;
      gaps--;
    }
    giveRoomBack();
  }

  /**
   * Takes out a task that is in this list, in which every task came or was taken out like that: the
   * last one comes to its place, so that a long list needs never be moved as a whole.
   *
   * @return the last one
   */
  LoopTask replaceByLast(LoopTask task) {
    LoopTask last = Objects.requireNonNull(tasks[--end]);
    tasks[end] = null;
    if (last != task) {
      tasks[task.place - 1] = last;
      last.place = task.place;
    }
    task.place = 0;
    giveRoomBack();
    return last;
  }

  /** Forgets the tasks before a place, wherever they are now; the others move to the front. */
  void forgetFirst(int count) {
    int kept = 0;
    for (int i = count; i < end; i++) {
      LoopTask task = tasks[i];
      if (task != null) {
        tasks[kept++] = task;
        task.place = kept;
      }
    }
    Arrays.fill(tasks, kept, end, null);
    end = kept;
    gaps = 0;
    moves++;
    giveRoomBack();
  }

  /**
   * Hands over all that were in this list, wherever they are now; nobody is added or removed any
   * more. If that throws, the rest stay, and with them the one that was handed over last.
   */
  void drainTo(Consumer<LoopTask> sink) {
    for (int i = 0; i < end; i++) {
      LoopTask task = tasks[i];
      if (task != null) {
        sink.accept(task);
        tasks[i] = null;
      }
    }
    end = 0;
    gaps = 0;
    giveRoomBack();
  }

  /**
   * Visits the tasks. Also for a reader that the owner does not know of and that checks afterwards
   * whether the list has changed meanwhile.
   */
  void forEach(Consumer<? super LoopTask> visitor) {
    @Nullable LoopTask[] seen = tasks;
    for (int i = 0, last = Math.min(end, seen.length); i < last; i++) {
      LoopTask task = seen[i];
      if (task != null) {
        visitor.accept(task);
      }
    }
  }

  private void makeRoom() {
    if (gaps > end / 2) {
      forgetFirst(0);
    } else {
      tasks = Arrays.copyOf(tasks, Math.max(LEAST_ROOM, 2 * end));
    }
  }

  private void giveRoomBack() {
    if (end == 0 && tasks.length > MOST_SPARE_ROOM) {
      tasks = NONE;
    }
  }
}
