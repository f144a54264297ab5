/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.demo;

import java.time.Duration;

/** What must not be done on a loop. */
final class Blockers {
  private Blockers() {}

  static void sleep(Duration duration) throws InterruptedException {
    Thread.sleep(duration.toMillis()); // the incident that the test expects
  }
}
