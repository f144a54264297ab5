/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.techempower;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.picot.benchmarks.Effort;
import dev.picot.benchmarks.techempower.FakeServer.Wrong;
import dev.picot.benchmarks.techempower.server.Parent;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RunningServerTest {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private Child child;

  /** A server with the fault that it is told. */
  static final class Program {
    private Program() {}

    public static void main(String[] arguments) throws IOException {
      System.out.println(Parent.MARK + new FakeServer(Wrong.valueOf(arguments[0])).port());
      System.in.read();
    }
  }

  @AfterEach
  void end() {
    if (child != null) {
      child.close(LIMIT);
    }
  }

  @Test
  void serverThatAnswersWronglyIsAnErrorThatNamesIt() throws Exception {
    RunningServer server = start(Wrong.JSON_AS_TEXT);

    assertThatThrownBy(() -> server.prepare(Map::of))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("tested: the answer to /json has Content-Type text/plain")
        .hasMessageContaining("command: ")
        .hasMessageContaining(Program.class.getName());
  }

  @Test
  void serverThatHasEndedIsAnErrorThatNamesIt() throws Exception {
    RunningServer server = start(Wrong.NOTHING);
    child.close(LIMIT);

    assertThatThrownBy(() -> server.measure(Workload.PLAINTEXT, 1))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("tested: ")
        .hasMessageContaining("it has ended with exit code");
  }

  @Test
  void loadIsMeasuredByAllFigures() throws Exception {
    RunningServer server = start(Wrong.NOTHING);

    Map<String, Double> figures = server.measure(Workload.PLAINTEXT, 2);

    assertThat(figures)
        .containsOnlyKeys(LoadRun.RATE, LoadRun.P50, LoadRun.P99, LoadRun.CPU)
        .allSatisfy((key, figure) -> assertThat(figure).isNotNegative());
  }

  @Test
  void transportThatNobodyAskedForIsNotAsMeant() {
    assertThat(RunningServer.isAsMeant("epoll; 2 x loop-epoll-#")).isTrue();
    assertThat(RunningServer.isAsMeant("io_uring; 2 x loop-epoll-#")).isFalse();
    assertThat(RunningServer.isAsMeant("epoll+io_uring; 2 x loop-epoll-#")).isFalse();
  }

  private RunningServer start(Wrong wrong) throws Exception {
    child =
        Child.start(
            "tested", Child.java(Effort.SMOKE, Program.class, List.of("-Xms16m"), wrong.name()));
    int port = Integer.parseInt(child.hear(LIMIT));
    return new RunningServer(child, port, new LoopbackClient(), Pace.of(Effort.SMOKE));
  }
}
