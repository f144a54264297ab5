/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Finds the platform threads of this library that live in this process, by what they are for. */
public final class Census {
  /** What a thread is for. */
  public enum Role {
    /** Owns a loop. */
    LOOP,
    /** Is stuck in a step, and its loop has another owner; or has just given its loop up. */
    DETACHED,
    /** Makes blocking calls. */
    ELASTIC,
    /** Finds stalls. */
    WATCHDOG,
    /** Logs, takes stacks, starts threads. */
    AUX,
    /** Waits to become the owner of a loop. */
    STANDBY,
    /** Writes incidents to the log, whatever the log does. */
    LOG,
    /** Tells incidents to the listener of a scheduler. */
    LISTENER,
    /** Delivers the events of a trace. */
    TRACE
  }

  /**
   * One thread.
   *
   * @param thread the thread
   * @param role what it is for
   * @param owner the name of its loop, or of its scheduler if it is elastic; empty if it has none
   */
  public record Entry(Thread thread, Role role, String owner) {}

  private Census() {}

  /**
   * Asks the virtual machine, so nothing that lives is missing. Takes no stacks.
   *
   * @return the threads that live, in no particular order
   */
  public static List<Entry> take() {
    List<Entry> all = new ArrayList<>();
    for (Thread thread : living()) {
      Entry entry = entry(thread);
      if (entry != null) {
        all.add(entry);
      }
    }
    return all;
  }

  private static List<Thread> living() {
    ThreadGroup root = Thread.currentThread().getThreadGroup();
    while (root.getParent() != null) {
      root = root.getParent();
    }
    for (int room = 2 * root.activeCount() + 64; ; room *= 2) {
      Thread[] threads = new Thread[room];
      int count = root.enumerate(threads, true);
      if (count < room) {
        return Arrays.asList(threads).subList(0, count);
      }
    }
  }

  private static @Nullable Entry entry(Thread thread) {
    if (thread instanceof LoopThread loopThread) {
      return loopThread.census();
    }
    if (thread instanceof ElasticThread elastic) {
      return new Entry(thread, Role.ELASTIC, elastic.poolName());
    }
    return thread instanceof HouseThread house ? new Entry(thread, house.role(), "") : null;
  }
}
