/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.techempower;

import dev.picot.benchmarks.Effort;
import dev.picot.benchmarks.Run;
import dev.picot.benchmarks.RunFailedException;
import dev.picot.benchmarks.techempower.server.Variant;
import java.io.IOException;
import java.util.Map;

/**
 * One variant under one load, for one round.
 *
 * @param servers that are up, or will be
 * @param variant that is asked
 * @param workload what it is asked for
 * @param connections how many requests there are at once
 */
record LoadRun(Servers servers, Variant variant, Workload workload, int connections)
    implements Run {
  /** Requests a second. */
  static final String RATE = "rate";

  /** Milliseconds until half of the answers were there. */
  static final String P50 = "p50";

  /** Milliseconds until 99 of 100 answers were there. */
  static final String P99 = "p99";

  /** Microseconds of processor time of the server's process for one request. */
  static final String CPU = "cpu";

  @Override
  public String label() {
    return "%s, %s, %d connections".formatted(variant.label(), workload.label(), connections);
  }

  @Override
  public int leastJdk() {
    return variant.leastJdk();
  }

  @Override
  public Map<String, Double> once(Effort effort) {
    try {
      return servers.started(variant, effort).measure(workload, connections);
    } catch (IOException | IllegalStateException e) {
      throw new RunFailedException(label(), e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RunFailedException(label(), "interrupted", e);
    }
  }
}
