/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.reactor;

import dev.picot.benchmarks.Figure;
import dev.picot.benchmarks.Group;
import dev.picot.benchmarks.JmhRun;
import dev.picot.benchmarks.Measurement;
import dev.picot.benchmarks.reactor.On.Where;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The row of Reactor on our loops, with its goal and first milestone. */
public final class ReactorGroup implements Group {
  private static final int ANY_JDK = 17;

  /** Made by the service loader. */
  public ReactorGroup() {}

  @Override
  public String name() {
    return "reactor";
  }

  @Override
  public String about() {
    return "Mono and Flux on our loops and on Reactor's schedulers";
  }

  @Override
  public List<Measurement> measurements() {
    List<Measurement> all = new ArrayList<>();
    all.add(onAllProcessors("subscribeOn", "subscribeOn"));
    all.add(onOneThread("subscribeOn", "subscribeOn"));
    all.add(onAllProcessors("publishOn", "publishOn"));
    all.add(onOneThread("publishOn", "publishOn"));
    all.add(onAllProcessors("delay of 1 ms", "delay"));
    all.add(onOneThread("delay of 1 ms", "delay"));
    all.add(onAllProcessors("flatMap fan-out", "fanOut"));
    all.add(onOneThread("flatMap fan-out", "fanOut"));
    all.add(items());
    all.add(home(1));
    all.add(home(64));
    all.add(burstHome(1));
    all.add(burstHome(64));
    all.add(task());
    return all;
  }

  private static Measurement onAllProcessors(String what, String method) {
    return Measurement.of("P8", what + ", all processors", "ns", operators(method, Where.LOOPS))
        .times("Schedulers.parallel", operators(method, Where.PARALLEL), 2, 1);
  }

  private static Measurement onOneThread(String what, String method) {
    return Measurement.of("P8", what + ", one thread", "ns", operators(method, Where.LOOP))
        .times("Schedulers.single", operators(method, Where.SINGLE), 2, 1);
  }

  private static Measurement items() {
    return Measurement.of(
            "P8", "items through publishOn, one thread", "ns", operators("items", Where.LOOP))
        .beside("Schedulers.single", operators("items", Where.SINGLE));
  }

  private static Measurement home(int atOnce) {
    return Measurement.of(
            "P8", "home from another thread, " + atOnce + " at once", "ns", homeOf("home", atOnce))
        .times("publishOn(our loop)", homeOf("publishOnLoop", atOnce), 1, 1)
        .times("Schedulers.single", homeOf("publishOnSingle", atOnce), 2, 1);
  }

  private static Measurement burstHome(int atOnce) {
    return Measurement.of(
            "P8",
            "home of a Flux of 100, " + atOnce + " at once",
            "ns",
            homeOf("burstHome", atOnce))
        .times("publishOn(our loop)", homeOf("burstPublishOnLoop", atOnce), 1, 1)
        .beside("Schedulers.single", homeOf("burstPublishOnSingle", atOnce));
  }

  private static Measurement task() {
    return Measurement.of("P8", "CallbackMono of a task", "ns", home("task", Map.of()))
        .times("Mono.subscribeOn(single)", home("mono", Map.of()), 2, 1);
  }

  private static Figure operators(String method, Where where) {
    return new Figure(
        new JmhRun(OperatorsBenchmark.class, method, Map.of("where", where.name()), ANY_JDK),
        Figure.SCORE);
  }

  private static Figure homeOf(String method, int atOnce) {
    return home(method, Map.of("atOnce", String.valueOf(atOnce)));
  }

  private static Figure home(String method, Map<String, String> params) {
    return new Figure(new JmhRun(HomeBenchmark.class, method, params, ANY_JDK), Figure.SCORE);
  }
}
