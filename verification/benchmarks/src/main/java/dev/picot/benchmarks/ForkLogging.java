/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.logging.LogManager;

/** Keeps what is only information out of the log of a fork; named to its JVM. */
public final class ForkLogging {
  private static final String CONFIGURATION =
      "handlers=java.util.logging.ConsoleHandler\n.level=WARNING\n";

  /**
   * Made by the JDK before the first line of the log.
   *
   * @throws IOException never: it reads from memory
   */
  public ForkLogging() throws IOException {
    LogManager.getLogManager()
        .readConfiguration(
            new ByteArrayInputStream(CONFIGURATION.getBytes(StandardCharsets.UTF_8)));
  }
}
