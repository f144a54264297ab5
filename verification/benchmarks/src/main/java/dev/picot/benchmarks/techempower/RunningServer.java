/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.techempower;

import dev.picot.benchmarks.techempower.LoadGenerator.Load;
import dev.picot.benchmarks.techempower.server.ServerProgram;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** A server that is up. */
final class RunningServer {
  private static final Duration ANSWER_LIMIT = Duration.ofSeconds(10);
  private static final long WARM_UP_LIMIT_NANOS = TimeUnit.MINUTES.toNanos(2);
  private static final int WARM_UP_CONNECTIONS = 64;
  private static final String UNASKED = "io_uring";

  private final Child child;
  private final URI uri;
  private final LoadGenerator load;
  private final Pace pace;
  private String warmth = "cold";

  RunningServer(Child child, int port, LoadGenerator load, Pace pace) {
    this.child = child;
    this.uri = URI.create("http://127.0.0.1:" + port);
    this.load = load;
    this.pace = pace;
  }

  /** Looks whether it answers rightly, and warms it up. */
  void prepare(Supplier<Map<Integer, Integer>> table) throws InterruptedException {
    try {
      new Verifier(uri, table).verify();
    } catch (IOException | IllegalStateException e) {
      throw child.failure(e.getMessage(), e);
    }
    warmth = warmUp();
    String census = child.ask(ServerProgram.THREADS, ANSWER_LIMIT);
    if (!isAsMeant(census)) {
      throw child.failure("uses what nobody asked for: " + census);
    }
  }

  /** Which transport and threads it has now, and how warm it was made. */
  String describe() {
    try {
      return child.ask(ServerProgram.THREADS, ANSWER_LIMIT) + "; " + warmth;
    } catch (IllegalStateException e) {
      return e.getMessage();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "interrupted";
    }
  }

  /** Whether no transport is in use only because its jar is there. */
  static boolean isAsMeant(String census) {
    return !census.contains(UNASKED);
  }

  private String warmUp() throws InterruptedException {
    long start = System.nanoTime();
    long statements = 0;
    long others = 0;
    long share = pace.warmUp() / (Workload.values().length - 1);
    for (Workload workload : Workload.values()) {
      long wanted = workload.isWithRows() ? share : pace.warmUp();
      int each = workload.isWithRows() ? workload.queries() : 1;
      long done = 0;
      long begin = System.nanoTime();
      while (done < wanted && System.nanoTime() - begin < WARM_UP_LIMIT_NANOS) {
        done += each * run(workload, WARM_UP_CONNECTIONS, Duration.ofSeconds(1)).requests();
      }
      statements += workload.isWithRows() ? done : 0;
      others += workload.isWithRows() ? 0 : done;
    }
    return "warmed up by %,d statements and %,d requests without any in %d s"
        .formatted(statements, others, TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start));
  }

  /** Measures one load, with the keys of {@link LoadRun}. */
  Map<String, Double> measure(Workload workload, int connections) throws InterruptedException {
    if (!pace.settle().isZero()) {
      run(workload, connections, pace.settle());
    }
    Duration before = child.processorTime();
    Load seen = run(workload, connections, pace.measure());
    Duration used = child.processorTime().minus(before);
    return Map.of(
        LoadRun.RATE,
        seen.requests() / seen.seconds(),
        LoadRun.P50,
        seen.p50(),
        LoadRun.P99,
        seen.p99(),
        LoadRun.CPU,
        used.toNanos() / 1e3 / seen.requests());
  }

  private Load run(Workload workload, int connections, Duration duration)
      throws InterruptedException {
    try {
      return load.run(uri.resolve(workload.target()), connections, duration);
    } catch (IOException | IllegalStateException e) {
      throw child.failure(e.getMessage(), e);
    }
  }
}
