/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.engine;

import dev.picot.benchmarks.Figure;
import dev.picot.benchmarks.Group;
import dev.picot.benchmarks.JmhRun;
import dev.picot.benchmarks.Measurement;
import dev.picot.benchmarks.ProgramRun;
import dev.picot.benchmarks.Run;
import dev.picot.benchmarks.VirtualThreads;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The rows of the engine, with their goals and first milestones. */
public final class EngineGroup implements Group {
  private static final int ANY_JDK = 17;
  private static final int JDK_WITH_COMPACT_HEADERS = 25;

  /** Made by the service loader. */
  public EngineGroup() {}

  @Override
  public String name() {
    return "engine";
  }

  @Override
  public String about() {
    return "callback threads, timers, stalls and dumps";
  }

  @Override
  public List<Measurement> measurements() {
    List<Measurement> all = new ArrayList<>();
    all.add(parkedHeap());
    all.add(spawn(1));
    all.add(spawn(4));
    all.add(execute(1));
    all.add(execute(4));
    all.add(yielding());
    all.add(steps("endless", "endless", "Mono.expand", "monoEndless"));
    all.add(steps("chain of one function", "repeated", "Mono.repeat", "monoRepeated"));
    all.add(steps("chain of ten functions", "functions", "Mono.repeat", "monoFunctions"));
    all.add(wakeUp("callback threads", "callbackThreads"));
    all.add(wakeUp("execute", "execute"));
    all.add(hop(1).beside("Mono", hopOf("mono", 1)));
    all.add(hop(64).times("Mono", hopOf("mono", 64), 12, 8));
    all.add(hop(1_000).beside("Mono", hopOf("mono", 1_000)));
    all.add(timers("insert and fire", "fire"));
    all.add(timers("insert and cancel", "cancel"));
    all.add(heartbeats());
    all.add(housekeeping("yield", "yielding"));
    all.add(housekeeping("spawn", "spawning"));
    all.add(stall("G1", "-XX:+UseG1GC"));
    all.add(stall("Serial", "-XX:+UseSerialGC"));
    all.add(dump("first", "first").atMost(200, 1_000));
    all.add(dump("warm", "warm").atMost(200, 1_000));
    all.add(dump("longest pause of the other loop", "pause").atMost(10));
    all.add(growth("one more yields", "yield"));
    all.add(growth("one more is spawned", "spawn"));
    all.add(growth("one more sleeps", "sleep"));
    all.add(growth("all yield in turns", "yieldAll"));
    return all;
  }

  private static Measurement parkedHeap() {
    boolean isCompact = Run.JDK >= JDK_WITH_COMPACT_HEADERS;
    Measurement line =
        Measurement.of(
                "P1",
                isCompact ? "heap per parked unit, compact headers" : "heap per parked unit",
                "B",
                parked("ours", ANY_JDK))
            .beside("Mono.delay", parked("mono", ANY_JDK))
            .beside("CompletableFuture", parked("future", ANY_JDK))
            .beside("Netty schedule", parked("netty", ANY_JDK))
            .beside("Kotlin delay", parked("kotlin", ANY_JDK))
            .part("virtual thread", parked("virtual", VirtualThreads.LEAST_JDK), 0.1);
    return isCompact ? line.atMost(72, 96) : line.atMost(80, 112);
  }

  private static Figure parked(String who, int leastJdk) {
    List<String> compact =
        Run.JDK >= JDK_WITH_COMPACT_HEADERS ? List.of("-XX:+UseCompactObjectHeaders") : List.of();
    return new Figure(
        new ProgramRun(ParkedHeapProgram.class, List.of(who), compact, leastJdk), "bytes");
  }

  private static Measurement spawn(int producers) {
    return Measurement.of(
            "P2", "submit, " + producers(producers), "ns", submit("spawn", producers, ANY_JDK))
        .times("Schedulers.newSingle", submit("reactorSchedule", producers, ANY_JDK), 8, 5)
        .beside("Netty execute", nettySubmit(producers, true))
        .times("Netty execute without selector", nettySubmit(producers, false), 3.5, 2)
        .times(
            "virtual thread start",
            submit("virtualThreadStart", producers, VirtualThreads.LEAST_JDK),
            4,
            2.5)
        .beside("Kotlin launch", submit("kotlinLaunch", producers, ANY_JDK));
  }

  private static Measurement execute(int producers) {
    return Measurement.of(
            "P2",
            "executor().execute, " + producers(producers),
            "ns",
            submit("execute", producers, ANY_JDK))
        .times("Schedulers.newSingle", submit("reactorSchedule", producers, ANY_JDK), 8, 5)
        .beside("Netty execute", nettySubmit(producers, true))
        .times("Netty execute without selector", nettySubmit(producers, false), 3.5, 2);
  }

  private static Figure nettySubmit(int producers, boolean selector) {
    return jmh(
        SubmitBenchmark.class,
        "nettyExecute",
        Map.of("producers", String.valueOf(producers), "selector", String.valueOf(selector)),
        ANY_JDK);
  }

  private static Figure netty(Class<?> benchmark, boolean selector) {
    return jmh(benchmark, "nettyExecute", Map.of("selector", String.valueOf(selector)), ANY_JDK);
  }

  private static String producers(int count) {
    return count == 1 ? "1 producer" : count + " producers";
  }

  private static Figure submit(String method, int producers, int leastJdk) {
    return jmh(
        SubmitBenchmark.class, method, Map.of("producers", String.valueOf(producers)), leastJdk);
  }

  private static Measurement yielding() {
    return Measurement.of("P3", "yield", "ns", jmh(YieldBenchmark.class, "ours"))
        .times(
            "virtual thread yield",
            jmh(YieldBenchmark.class, "virtualThreads", Map.of(), VirtualThreads.LEAST_JDK),
            6,
            3)
        .beside("Netty execute", netty(YieldBenchmark.class, true))
        .times("Netty execute without selector", netty(YieldBenchmark.class, false), 3, 1.7)
        .times("Reactor workers", jmh(YieldBenchmark.class, "reactorWorkers"), 5, 2.7)
        .beside("Kotlin yield", jmh(YieldBenchmark.class, "kotlinYield"));
  }

  private static Measurement steps(String what, String ours, String peer, String peerMethod) {
    return Measurement.of("P4", "flatMap steps, " + what, "ns", jmh(StepsBenchmark.class, ours))
        .part(peer, jmh(StepsBenchmark.class, peerMethod), 1 / 3.0, 1 / 2.0);
  }

  private static Measurement wakeUp(String what, String ours) {
    return Measurement.of(
            "P5", "cross-loop wake-up, " + what, "ns", jmh(WakeUpBenchmark.class, ours))
        .part("Netty execute", netty(WakeUpBenchmark.class, true), 1, 1.1)
        .part("Netty execute without selector", netty(WakeUpBenchmark.class, false), 1, 1.1)
        .beside("Schedulers.newSingle", jmh(WakeUpBenchmark.class, "reactorSchedule"))
        .beside(
            "virtual threads",
            jmh(WakeUpBenchmark.class, "virtualThreads", Map.of(), VirtualThreads.LEAST_JDK));
  }

  private static Measurement hop(int atOnce) {
    return Measurement.of(
        "P6",
        String.format("blocking hop and home, %,d at once", atOnce),
        "ns",
        hopOf("ours", atOnce));
  }

  private static Figure hopOf(String method, int atOnce) {
    return jmh(HopBenchmark.class, method, Map.of("atOnce", String.valueOf(atOnce)), ANY_JDK);
  }

  private static Measurement timers(String what, String key) {
    return Measurement.of("P7", "1 million timers, " + what, "ns CPU", timersOf("ours", key))
        .times("Netty schedule", timersOf("netty", key), 5, 3)
        .times("ScheduledThreadPoolExecutor", timersOf("executor", key), 10, 5);
  }

  private static Figure timersOf(String who, String key) {
    return new Figure(new ProgramRun(TimersProgram.class, List.of(who), List.of(), ANY_JDK), key);
  }

  private static Measurement heartbeats() {
    return Measurement.of("P7", "1 million timers, fire and insert again", "ns CPU", beat("ours"))
        .times("Netty schedule", beat("netty"), 5, 3)
        .times("ScheduledThreadPoolExecutor", beat("executor"), 10, 5);
  }

  private static Figure beat(String who) {
    return new Figure(
        new ProgramRun(HeartbeatsProgram.class, List.of(who), List.of(), ANY_JDK), "again");
  }

  private static Measurement housekeeping(String what, String method) {
    return Measurement.of("P9", "housekeeping on, " + what, "ns", housekeepingOf(method, true))
        .part("off", housekeepingOf(method, false), 1.02, 1.03);
  }

  private static Figure housekeepingOf(String method, boolean on) {
    return jmh(HousekeepingBenchmark.class, method, Map.of("on", String.valueOf(on)), ANY_JDK);
  }

  private static Measurement stall(String collector, String flag) {
    return Measurement.of(
            "P15",
            "stall, all others served, after takeoverAfter, " + collector,
            "ms",
            new Figure(
                new ProgramRun(StallProgram.class, List.of(), List.of(flag), ANY_JDK), "late"))
        .atMost(30, 100);
  }

  private static Measurement dump(String what, String key) {
    return Measurement.of(
        "P16",
        "dump of 100,000 while a loop is stuck, " + what,
        "ms",
        new Figure(new ProgramRun(DumpProgram.class, List.of(), List.of(), ANY_JDK), key));
  }

  private static Measurement growth(String what, String key) {
    return Measurement.of("P17", "1,000 live, " + what, "ns", growthOf(1_000, key))
        .growth("10,000", growthOf(10_000, key), 1.5, 2)
        .growth("100,000", growthOf(100_000, key), 1.5, 2)
        .growth("1,000,000", growthOf(1_000_000, key), 1.5, 2);
  }

  private static Figure growthOf(int live, String key) {
    return new Figure(
        new ProgramRun(GrowthProgram.class, List.of(String.valueOf(live)), List.of(), ANY_JDK),
        key);
  }

  private static Figure jmh(Class<?> benchmark, String method) {
    return jmh(benchmark, method, Map.of(), ANY_JDK);
  }

  private static Figure jmh(
      Class<?> benchmark, String method, Map<String, String> params, int leastJdk) {
    return new Figure(new JmhRun(benchmark, method, params, leastJdk), Figure.SCORE);
  }
}
