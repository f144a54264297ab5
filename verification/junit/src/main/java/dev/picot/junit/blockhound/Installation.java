/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit.blockhound;

import dev.picot.internal.BlockingCalls;
import org.jspecify.annotations.Nullable;
import reactor.blockhound.BlockHound;

/** Installs BlockHound once per JVM. */
final class Installation {
  /** What is missing; null if detection is live. */
  static final @Nullable String PROBLEM = install();

  private Installation() {}

  private static @Nullable String install() {
    if (VmFlags.isKnownToBeMissing()) {
      return "add " + VmFlags.NEEDED + " to the JVM arguments of the tests";
    }
    try {
      BlockingCalls.installing(BlockHound::install);
    } catch (RuntimeException e) {
      return "BlockHound cannot be installed in this JVM ("
          + e.getMessage()
          + "); add "
          + VmFlags.NEEDED
          + " to the JVM arguments of the tests";
    }
    return SelfTest.passes()
        ? null
        : "BlockHound was installed by something else, without the integrations of the class path;"
            + " add .loadIntegrations() to its builder or remove that installation";
  }
}
