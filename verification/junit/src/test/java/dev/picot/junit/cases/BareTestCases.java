/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit.cases;

import dev.picot.junit.NoBlocking;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A test on nothing but the JDK. */
public class BareTestCases {
  @Test
  @NoBlocking
  void sleeps() {
    Blockers.sleep(Duration.ofMillis(1));
  }
}
