/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class ProgramRunTest {
  /** Prints figures, or fails if it is told a reason. */
  static final class Program {
    private Program() {}

    public static void main(String[] arguments) {
      System.out.println("Not a figure 1");
      ProgramRun.print("effort " + arguments[0], 1.5);
      ProgramRun.print("jvm", Double.parseDouble(System.getProperty("jvm", "-1")));
      if (arguments.length > 1) {
        throw new IllegalStateException(arguments[1]);
      }
    }
  }

  @Test
  void figuresAreWhatTheProgramPrints() {
    ProgramRun run = new ProgramRun(Program.class, List.of(), List.of("-Djvm=4"), 17);

    assertThat(run.once(Effort.SMOKE))
        .hasSize(2)
        .containsEntry("effort SMOKE", 1.5)
        .containsEntry("jvm", 4.0);
  }

  @Test
  void programThatFailsShowsItsOutput() {
    ProgramRun run = new ProgramRun(Program.class, List.of("out of luck"), List.of(), 17);

    assertThatThrownBy(() -> run.once(Effort.SMOKE))
        .isInstanceOf(RunFailedException.class)
        .hasMessageContaining("Program out of luck gave no result: exit code 1")
        .hasMessageContaining("IllegalStateException: out of luck");
  }
}
