/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.techempower;

import dev.picot.benchmarks.Effort;
import dev.picot.benchmarks.Figure;
import dev.picot.benchmarks.Group;
import dev.picot.benchmarks.Measurement;
import dev.picot.benchmarks.techempower.server.Variant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** HTTP and PostgreSQL, with goals and first milestones. */
public final class TechEmpowerGroup implements Group {
  private static final List<Integer> CONNECTIONS = List.of(64, 256);

  private final Servers servers = new Servers();

  /** Made by the service loader. */
  public TechEmpowerGroup() {}

  @Override
  public String name() {
    return "techempower";
  }

  @Override
  public String about() {
    return "the TechEmpower service over HTTP, on PostgreSQL";
  }

  @Override
  public List<Measurement> measurements() {
    return measurements(Effort.FULL);
  }

  @Override
  public List<Measurement> measurements(Effort effort) {
    List<Measurement> all = new ArrayList<>();
    for (int connections : effort == Effort.FULL ? CONNECTIONS : CONNECTIONS.subList(0, 1)) {
      for (Workload workload : Workload.values()) {
        for (Variant ours : variants(true)) {
          all.add(requests(workload, connections, ours));
          all.add(half(workload, connections, ours));
          all.add(tail(workload, connections, ours));
          all.add(processor(workload, connections, ours));
        }
      }
    }
    return all;
  }

  private Measurement requests(Workload workload, int connections, Variant ours) {
    Measurement line = line(workload, "requests", "req/s", LoadRun.RATE, connections, ours);
    for (Variant peer : peers(workload)) {
      Figure figure = figure(peer, workload, connections, LoadRun.RATE);
      line =
          switch (workload.isWithRows() ? peer : Variant.ELASTIC) {
            case REACTOR_NETTY -> line.rate(peer.label(), figure, 2, 1.4);
            case VERTX -> line.rate(peer.label(), figure, 1);
            default -> line.besideRate(peer.label(), figure);
          };
    }
    return line;
  }

  private Measurement half(Workload workload, int connections, Variant ours) {
    Measurement line = line(workload, "p50", "ms", LoadRun.P50, connections, ours);
    for (Variant peer : peers(workload)) {
      line = line.beside(peer.label(), figure(peer, workload, connections, LoadRun.P50));
    }
    return line;
  }

  private Measurement tail(Workload workload, int connections, Variant ours) {
    Measurement line = line(workload, "p99", "ms", LoadRun.P99, connections, ours);
    for (Variant peer : peers(workload)) {
      Figure figure = figure(peer, workload, connections, LoadRun.P99);
      line =
          workload.isWithRows() && peer == Variant.REACTOR_NETTY
              ? line.part(peer.label(), figure, 0.5, 0.7)
              : line.beside(peer.label(), figure);
    }
    return line;
  }

  private Measurement processor(Workload workload, int connections, Variant ours) {
    Measurement line = line(workload, "CPU per request", "us", LoadRun.CPU, connections, ours);
    for (Variant peer : peers(workload)) {
      Figure figure = figure(peer, workload, connections, LoadRun.CPU);
      line =
          !workload.isWithRows() && peer == Variant.REACTOR_NETTY
              ? line.part(peer.label(), figure, 1.05, 1.15)
              : line.beside(peer.label(), figure);
    }
    return line;
  }

  private Measurement line(
      Workload workload, String what, String unit, String key, int connections, Variant ours) {
    return Measurement.of(
        workload.row(),
        "%s %s, %s, %d connections".formatted(workload.label(), what, ours.label(), connections),
        unit,
        figure(ours, workload, connections, key));
  }

  private Figure figure(Variant variant, Workload workload, int connections, String key) {
    return new Figure(new LoadRun(servers, variant, workload, connections), key);
  }

  /** Without rows there is nothing that blocks, and the elastic pool is not used. */
  private static List<Variant> peers(Workload workload) {
    return variants(false).stream()
        .filter(peer -> workload.isWithRows() || peer != Variant.ELASTIC)
        .toList();
  }

  private static List<Variant> variants(boolean ours) {
    return Arrays.stream(Variant.values()).filter(variant -> variant.isOurs() == ours).toList();
  }

  @Override
  public List<String> notes() {
    return servers.notes();
  }

  @Override
  public void close() {
    servers.close();
  }
}
