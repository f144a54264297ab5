/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.techempower;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.picot.benchmarks.Effort;
import dev.picot.benchmarks.techempower.server.Parent;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ChildTest {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private Child child;

  /** Does what its arguments say, one after the other. */
  static final class Program {
    private Program() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
      for (String argument : arguments) {
        switch (argument) {
          case "say" -> System.out.println(Parent.MARK + ProcessHandle.current().pid());
          case "chat" -> {
            for (int i = 1; i <= 100; i++) {
              System.out.println("line " + i);
            }
          }
          case "echo" -> {
            BufferedReader in =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            for (String line = in.readLine(); line != null; line = in.readLine()) {
              System.out.println(Parent.MARK + line);
            }
          }
          case "start" -> {
            Process other = new ProcessBuilder("sleep", "60").start();
            System.out.println(Parent.MARK + other.pid());
          }
          case "hang" -> new CountDownLatch(1).await();
          default -> System.exit(Integer.parseInt(argument));
        }
      }
    }
  }

  @AfterEach
  void end() {
    child.close(LIMIT);
  }

  @Test
  void linesWithTheMarkAreHeardAndTheOthersAreNot() throws Exception {
    start("chat", "say", "echo");

    assertThat(child.hear(LIMIT)).matches("\\d+");
    assertThat(child.ask("how are you?", LIMIT)).isEqualTo("how are you?");
  }

  @Test
  void processorTimeIsThatOfTheProcess() throws Exception {
    start("say", "echo");
    child.hear(LIMIT);

    assertThat(child.processorTime()).isPositive().isLessThan(LIMIT);
  }

  @Test
  void processThatEndsIsAnErrorWithAllThatHelps() throws Exception {
    start("chat", "3");

    assertThatThrownBy(() -> child.hear(LIMIT))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("tested: has nothing more to say; it has ended with exit code 3")
        .hasMessageContaining("command: ")
        .hasMessageContaining(" -cp ... " + Program.class.getName() + " chat 3")
        .hasMessageContaining("line 81\n")
        .hasMessageContaining("line 100")
        .hasMessageNotContaining("line 80\n");
  }

  @Test
  void processThatIsSilentIsAnErrorInTheEnd() throws Exception {
    start("echo");

    assertThatThrownBy(() -> child.hear(Duration.ofMillis(100)))
        .hasMessageContaining("tested: said nothing")
        .hasMessageContaining("it is alive");
  }

  @Test
  void processEndsWithItsInput() throws Exception {
    start("say", "echo");
    ProcessHandle own = spoken();

    child.close(LIMIT);

    assertThat(own.onExit()).succeedsWithin(LIMIT);
  }

  @Test
  void processThatHangsIsEndedByForceWithWhatItHasStarted() throws Exception {
    start("start", "say", "hang");
    ProcessHandle other = spoken();
    ProcessHandle own = spoken();

    child.close(Duration.ZERO);

    assertThat(own.onExit()).succeedsWithin(LIMIT);
    assertThat(other.onExit()).succeedsWithin(LIMIT);
  }

  private ProcessHandle spoken() throws InterruptedException {
    return ProcessHandle.of(Long.parseLong(child.hear(LIMIT))).orElseThrow();
  }

  private void start(String... arguments) throws IOException {
    child =
        Child.start(
            "tested", Child.java(Effort.SMOKE, Program.class, List.of("-Xms8m"), arguments));
  }
}
