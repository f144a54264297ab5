/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit.blockhound;

import java.util.Optional;

/** The door to BlockHound that can be used without BlockHound. */
public final class BlockHoundDetector {
  private BlockHoundDetector() {}

  /**
   * Installs BlockHound if nobody has, once per JVM, and proves that it reports to us.
   *
   * @return what is missing, as one sentence that says what to add; empty if detection is live
   */
  public static Optional<String> install() {
    try {
      Class.forName(
          "reactor.blockhound.BlockHound", false, BlockHoundDetector.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      return Optional.of(
          "add io.projectreactor.tools:blockhound to the test class path and "
              + VmFlags.NEEDED
              + " to the JVM arguments of the tests");
    }
    return Optional.ofNullable(Installation.PROBLEM);
  }
}
