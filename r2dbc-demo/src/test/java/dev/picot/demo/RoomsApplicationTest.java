/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class RoomsApplicationTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int execute(String... args) {
    CommandLine commandLine =
        RoomsApplication.commandLine()
            .setOut(new PrintWriter(out, true))
            .setErr(new PrintWriter(err, true));
    return commandLine.execute(args);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "--port=x           | Invalid value for option '--port': 'x' is not an int",
        "--port=-1          | --port: -1 (expected: 0 to 65535)",
        "--port=65536       | --port: 65536 (expected: 0 to 65535)",
        "--loops=0          | --loops: 0 (expected: 1 to 1000)",
        "--database-url=foo | --database-url: 'foo' (expected: r2dbc:h2:file:///PATH,",
        "--placement=moon   | Invalid value for option '--placement': expected one of [ISOLATED, COLOCATED]",
        "--prot=1           | Unknown option: '--prot=1'",
        "rooms              | Unmatched argument at index 0: 'rooms'"
      })
  void refusesArgumentsThatMakeNoSense(String argument, String message) {
    assertThat(execute(argument)).isEqualTo(2);
    assertThat(err.toString()).startsWith("rooms: " + message).contains("Try 'rooms --help'.");
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void explainsItself() {
    assertThat(execute("--help")).isZero();
    assertThat(out.toString())
        .contains(
            "--port=PORT",
            "--loops=N",
            "--placement=WHERE",
            "--database-url=URL",
            "rooms.mv.db",
            "SIGTERM");
  }

  @Test
  void knowsItsVersion() {
    assertThat(execute("--version")).isZero();
    assertThat(out.toString()).matches("rooms \\d+\\.\\d+\\.\\d+.*\\R");
  }
}
