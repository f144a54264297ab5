/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import dev.picot.internal.Text;
import dev.picot.loop.Census;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;

/**
 * All schedulers of this process, to look at.
 *
 * <h2>Threading</h2>
 *
 * Every method may be called by any thread; {@link #dump()} by one that may wait.
 *
 * @see LoopScheduler#inspect()
 * @since 0.1
 */
public final class CallbackThreads {
  /**
   * A platform thread of this library.
   *
   * @param name of the thread
   * @param role what it is for
   * @param owner the name of its loop, or of its scheduler if it is elastic; empty if it belongs to
   *     the whole process
   * @since 0.1
   */
  public record PlatformThread(String name, Role role, String owner) {}

  /**
   * What a platform thread is for.
   *
   * @since 0.1
   */
  public enum Role {
    /** Owns a loop. */
    LOOP,
    /** Is stuck in a step, and its loop has another owner. */
    DETACHED,
    /** Makes blocking calls. */
    ELASTIC,
    /** Finds stalls; one for the process. */
    WATCHDOG,
    /** Logs, takes stacks and starts threads; one for the process. */
    AUX,
    /** Waits to become the owner of a loop; one for the process. */
    STANDBY,
    /** Writes to the log; one for the process, since its first line. */
    LOG,
    /** Tells incidents to the listener of a scheduler, since the first one. */
    LISTENER,
    /** Delivers the events of a {@link Trace}; one for each. */
    TRACE
  }

  /** Those that were built and whose loops have not ended. Any thread. */
  private static final List<LoopScheduler> SCHEDULERS = new CopyOnWriteArrayList<>();

  private CallbackThreads() {}

  static void add(LoopScheduler scheduler) {
    SCHEDULERS.add(scheduler);
  }

  static void remove(LoopScheduler scheduler) {
    SCHEDULERS.remove(scheduler);
  }

  /** {@return the schedulers that have not ended, in the order in which they were made} */
  public static List<LoopScheduler> schedulers() {
    return List.copyOf(SCHEDULERS);
  }

  /**
   * Lists the platform threads that this library has in this process: with its schedulers idle, one
   * for each loop, and three for the process.
   *
   * @return one entry for each that lives, by role and name
   */
  public static List<PlatformThread> census() {
    return Census.take().stream()
        .map(
            entry ->
                new PlatformThread(
                    entry.thread().getName(), Role.valueOf(entry.role().name()), entry.owner()))
        .sorted(Comparator.comparing(PlatformThread::role).thenComparing(PlatformThread::name))
        .toList();
  }

  /**
   * {@return the {@linkplain Inspection#dump() dumps} of all schedulers, and the census, as text} A
   * scheduler that cannot be read now is named with the reason.
   */
  public static String dump() {
    StringBuilder out = new StringBuilder("platform threads:\n");
    census()
        .forEach(
            thread ->
                out.append(
                    Text.format(
                        "%s '%s'%s%n",
                        thread.role(),
                        thread.name(),
                        thread.owner().isEmpty() ? "" : " of '" + thread.owner() + "'")));
    for (LoopScheduler scheduler : SCHEDULERS) {
      try {
        out.append(scheduler.inspect().dump());
      } catch (IllegalStateException e) {
        out.append(Text.format("scheduler '%s': %s%n", scheduler.name(), e.getMessage()));
      }
    }
    return out.toString();
  }

  /** {@return the same as {@link #dump()}, as a JSON object} */
  public static String dumpJson() {
    String threads = census().stream().map(Dump::json).collect(Collectors.joining(","));
    String schedulers =
        SCHEDULERS.stream().map(CallbackThreads::dumpJson).collect(Collectors.joining(","));
    return "{\"platformThreads\":[" + threads + "],\"schedulers\":[" + schedulers + "]}";
  }

  private static String dumpJson(LoopScheduler scheduler) {
    try {
      return scheduler.inspect().dumpJson();
    } catch (IllegalStateException e) {
      return Dump.json(scheduler.name(), e);
    }
  }
}
