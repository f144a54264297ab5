/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * One fork of one JMH benchmark.
 *
 * @param benchmark the class
 * @param method the method
 * @param params the values of its parameters
 * @param leastJdk the least JDK that it needs
 */
public record JmhRun(Class<?> benchmark, String method, Map<String, String> params, int leastJdk)
    implements Run {
  /** Makes it; with a copy of the parameters, in order. */
  public JmhRun {
    params = Map.copyOf(params);
  }

  @Override
  public String label() {
    String name = benchmark.getSimpleName() + "." + method;
    return params.isEmpty() ? name : name + " " + new TreeMap<>(params);
  }

  @Override
  public Map<String, Double> once(Effort effort) {
    TimeValue time = TimeValue.milliseconds(effort.millis());
    ChainedOptionsBuilder options =
        new OptionsBuilder()
            .include("^" + Pattern.quote(benchmark.getName() + "." + method) + "$")
            .forks(1)
            .warmupIterations(effort.warmups())
            .warmupTime(time)
            .measurementIterations(effort.iterations())
            .measurementTime(time)
            .timeout(TimeValue.minutes(2))
            .shouldFailOnError(true)
            .verbosity(VerboseMode.SILENT)
            .jvmArgs(ProgramRun.commonArguments(effort).toArray(String[]::new));
    params.forEach(options::param);
    try {
      Collection<RunResult> results = new Runner(options.build()).run();
      List<Double> scores =
          results.stream().map(result -> result.getPrimaryResult().getScore()).toList();
      if (scores.size() != 1) {
        throw new RunFailedException(label(), scores.size() + " results", null);
      }
      return Map.of(Figure.SCORE, scores.get(0));
    } catch (RunnerException e) {
      throw new RunFailedException(label(), e.getMessage(), e);
    }
  }
}
