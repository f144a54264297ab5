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
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

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

  /** Those that ran: more of them under the profile of all. */
  static List<String> sessions() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("target"))) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".txt"))
          .map(name -> name.substring(0, name.length() - ".txt".length()))
          .toList();
    }
  }

  @ParameterizedTest
  @MethodSource("sessions")
  void nobodyElse_blocksALoop(String session) throws IOException {
    assertThat(callsIn(session))
        .filteredOn(call -> !call.startsWith(Caller.Code.TEST.name()))
        .noneMatch(call -> READS_SERVICES.stream().noneMatch(call::contains));
  }
}
