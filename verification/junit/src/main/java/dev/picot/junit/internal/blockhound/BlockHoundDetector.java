/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit.internal.blockhound;

import dev.picot.internal.BlockHoundSetup;
import java.util.Optional;

/** The door to BlockHound that can be used without BlockHound. */
public final class BlockHoundDetector {
  private BlockHoundDetector() {}

  /**
   * Installs BlockHound if nobody has, once per JVM, and proves that it reports to us.
   *
   * @return what to do to make it work, as half a sentence; empty if detection is live
   */
  public static Optional<String> install() {
    return BlockHoundSetup.isOnClassPathOf(BlockHoundDetector.class)
        ? Installation.MISSING
        : Optional.of(
            "add io.projectreactor.tools:blockhound to the test class path and "
                + BlockHoundSetup.neededFlags()
                + " to the JVM arguments");
  }
}
