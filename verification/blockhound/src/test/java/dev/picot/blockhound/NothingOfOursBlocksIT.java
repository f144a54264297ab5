/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.blockhound;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Reads what the sessions wrote that ran the tests of the other modules. */
class NothingOfOursBlocksIT {
  /** Initializers of Reactor's libraries, on whatever thread is the first to need them. */
  private static final List<String> READS_SERVICES =
      List.of("io.micrometer.context.ContextRegistry.load");

  private static List<String> callsIn(String session) throws IOException {
    return Files.readAllLines(Path.of("target", session + ".txt"));
  }

  @ParameterizedTest
  @CsvSource({"core, Blockers", "reactor, Blockers", "reactor-netty, HangsTest", "r2dbc, Blockers"})
  void theTests_blockLoopsOnPurpose_andWereSeen(String session, String blocker) throws IOException {
    assertThat(callsIn(session)).anyMatch(call -> call.contains(blocker));
  }

  @ParameterizedTest
  @CsvSource({"core", "reactor", "reactor-netty", "r2dbc"})
  void nobodyElse_blocksALoop(String session) throws IOException {
    assertThat(callsIn(session))
        .filteredOn(call -> !call.startsWith(Caller.Code.TEST.name()))
        .noneMatch(call -> READS_SERVICES.stream().noneMatch(call::contains));
  }
}
