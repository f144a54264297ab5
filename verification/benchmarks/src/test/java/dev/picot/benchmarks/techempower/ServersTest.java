/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.techempower;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.picot.benchmarks.Effort;
import dev.picot.benchmarks.RunFailedException;
import dev.picot.benchmarks.techempower.server.Parent;
import dev.picot.benchmarks.techempower.server.Variant;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ServersTest {
  private Servers servers;

  /** In place of a database: one that ends at once, or one that nobody can connect to. */
  static final class Program {
    private Program() {}

    public static void main(String[] arguments) throws IOException {
      if (arguments[0].equals("none")) {
        System.out.println("no room for it");
        System.exit(2);
      }
      System.out.println(Parent.MARK + "1 " + ProcessHandle.current().pid());
      System.in.read();
    }
  }

  @AfterEach
  void end() {
    servers.close();
  }

  @Test
  void databaseThatDoesNotStartFailsEveryServerWithOneReason() {
    start("none");

    Throwable first = catchThrowable(() -> servers.started(Variant.VERTX, Effort.SMOKE));
    Throwable second = catchThrowable(() -> servers.started(Variant.ISOLATED, Effort.SMOKE));

    assertThat(first)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("PostgreSQL: has nothing more to say")
        .hasMessageContaining("exit code 2")
        .hasMessageContaining("no room for it");
    assertThat(second).isSameAs(first);
  }

  @Test
  void serverThatDoesNotStartIsNamedAndNotTriedAgain() {
    start("unreachable");
    LoadRun run = new LoadRun(servers, Variant.REACTOR_NETTY, Workload.DB, 1);

    assertThatThrownBy(() -> run.once(Effort.SMOKE))
        .isInstanceOf(RunFailedException.class)
        .hasMessageStartingWith("Reactor Netty, db, 1 connections gave no result: Reactor Netty: ")
        .hasMessageContaining("it has ended with exit code 1")
        .hasMessageContaining("ServerProgram REACTOR_NETTY")
        .hasMessageContaining("cannot start: ");
    assertThatThrownBy(() -> run.once(Effort.SMOKE)).hasMessageContaining("cannot start: ");
  }

  @Test
  void nothingThatWasStartedIsLeft() {
    start("unreachable");
    assertThatThrownBy(() -> servers.started(Variant.REACTOR_NETTY, Effort.SMOKE))
        .isInstanceOf(IllegalStateException.class);

    servers.close();

    assertThat(ProcessHandle.current().descendants().map(ProcessHandle::info))
        .noneMatch(info -> info.commandLine().orElse("").contains(Program.class.getName()));
  }

  private void start(String what) {
    servers = new Servers(Child.java(Effort.SMOKE, Program.class, List.of("-Xms8m"), what));
  }
}
