/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.techempower.server;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.summingInt;

import java.util.Arrays;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What this process really runs on: looked up in the stacks of its threads, because names and
 * settings only tell what was meant.
 *
 * @param transports of Netty that a thread is in now
 * @param threads how many there are by name, {@code #} in place of their numbers
 */
record ThreadCensus(Set<String> transports, Map<String, Integer> threads) {
  private static final Map<String, String> HANDLERS =
      Map.of(
          "io.netty.channel.epoll.EpollIoHandler", "epoll",
          "io.netty.channel.kqueue.KQueueIoHandler", "kqueue",
          "io.netty.channel.nio.NioIoHandler", "nio",
          "io.netty.channel.uring.IoUringIoHandler", "io_uring");

  private static final Set<String> GROUPS_OF_THE_JDK = Set.of("system", "InnocuousThreadGroup");

  static ThreadCensus now() {
    Map<Thread, StackTraceElement[]> stacks = Thread.getAllStackTraces();
    return of(
        stacks.values(),
        stacks.keySet().stream().filter(ThreadCensus::isMade).map(Thread::getName).toList());
  }

  static ThreadCensus of(Collection<StackTraceElement[]> stacks, Collection<String> names) {
    Set<String> transports = new TreeSet<>();
    for (StackTraceElement[] stack : stacks) {
      Arrays.stream(stack)
          .map(frame -> HANDLERS.get(frame.getClassName()))
          .filter(transport -> transport != null)
          .forEach(transports::add);
    }
    return new ThreadCensus(
        transports,
        names.stream()
            .map(name -> name.replaceAll("\\d+", "#"))
            .collect(groupingBy(name -> name, TreeMap::new, summingInt(name -> 1))));
  }

  /** Leaves out the threads of the JDK itself and the one that speaks with the parent. */
  private static boolean isMade(Thread thread) {
    ThreadGroup group = thread.getThreadGroup();
    return group != null
        && !GROUPS_OF_THE_JDK.contains(group.getName())
        && thread != Thread.currentThread();
  }

  String text() {
    return String.join("+", transports)
        + "; "
        + threads.entrySet().stream()
            .map(entry -> entry.getValue() + " x " + entry.getKey())
            .collect(joining(", "));
  }
}
