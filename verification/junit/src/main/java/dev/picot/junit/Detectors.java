/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit;

import dev.picot.internal.BlockingCalls;
import dev.picot.junit.internal.blockhound.BlockHoundDetector;
import java.util.Optional;

/** The detectors of this JVM, ready with the first observed test. */
final class Detectors {
  private static final System.Logger LOG = System.getLogger("dev.picot.junit");
  private static final Watchdog WATCHDOG = ready();

  private Detectors() {}

  private static Watchdog ready() {
    BlockingCallRecorder recorder = new BlockingCallRecorder();
    recorder.warmUp();
    BlockingCalls.addFirstReceiver(recorder);
    Optional<String> missing = BlockHoundDetector.install();
    if (missing.isPresent()) {
      LOG.log(
          System.Logger.Level.WARNING,
          "@NoBlocking sees only what blocks for long. To see every blocking call, {0}.",
          missing.get());
    } else {
      LOG.log(
          System.Logger.Level.INFO,
          "@NoBlocking sees blocking calls with BlockHound, and all that blocks for long.");
    }
    return new Watchdog(recorder);
  }

  static Watchdog watchdog() {
    return WATCHDOG;
  }
}
