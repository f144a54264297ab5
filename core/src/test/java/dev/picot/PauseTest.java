/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A pause of the whole process, or of the whole machine, is nobody's stall. */
class PauseTest {
  private static final int STOPS = 2;
  private static final Duration STOP = Duration.ofSeconds(2);

  @Test
  void aProcessThatIsStoppedAndContinuedAsByADebuggerFailsNobody() throws Exception {
    Process program = start("-XX:+UseG1GC", "stop");
    assertThat(program.inputReader().readLine()).isEqualTo("running");
    for (int i = 0; i < STOPS; i++) {
      Takeovers.rest(TimeUnit.MILLISECONDS.toNanos(300));
      signal("-STOP", program);
      Takeovers.rest(STOP.toNanos());
      signal("-CONT", program);
    }
    Takeovers.rest(TimeUnit.MILLISECONDS.toNanos(300));
    program.outputWriter().close();

    assertNobodyFailed(program);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-XX:+UseG1GC", "-XX:+UseSerialGC"})
  void aLongGarbageCollectionFailsNobody(String collector) throws Exception {
    assertNobodyFailed(start(collector, "collect"));
  }

  @Test
  void aStarvedProcessorFailsNobody() throws Exception {
    assertNobodyFailed(start("-XX:+UseG1GC", "starve", "4"));
  }

  private static Process start(String collector, String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(System.getProperty("java.home") + File.separator + "bin" + File.separator + "java");
    command.add("-Xmx600m");
    command.add(collector);
    command.add(
        "-Djava.util.logging.config.file="
            + System.getProperty("java.util.logging.config.file", ""));
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(PausedProgram.class.getName());
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }

  private static void signal(String signal, Process program) throws Exception {
    Process kill =
        new ProcessBuilder("kill", signal, Long.toString(program.pid())).inheritIO().start();
    assertThat(kill.waitFor()).isZero();
  }

  private static void assertNobodyFailed(Process program) throws Exception {
    String output = new String(program.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(program.waitFor(1, TimeUnit.MINUTES)).isTrue();
    System.out.print(output);
    assertThat(output).contains("failed 0 of ");
  }
}
