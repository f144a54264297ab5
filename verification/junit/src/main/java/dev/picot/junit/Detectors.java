/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit;

import dev.picot.internal.BlockingCalls;
import dev.picot.junit.internal.blockhound.BlockHoundDetector;
import dev.picot.junit.internal.flight.FlightRecording;
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
    Optional<FlightRecording> recording = FlightRecording.running();
    tell(missing, recording.isPresent());
    return new Watchdog(recorder, new FlightDetector(recording.orElse(null), missing.isEmpty()));
  }

  private static void tell(Optional<String> blockHoundNeeds, boolean recordsFlights) {
    String flights =
        recordsFlights
            ? " Flight Recorder sees sleeps, files, and locks that take 10 ms."
            : " Flight Recorder sees nothing: this JVM lacks the module jdk.jfr, or cannot record.";
    if (blockHoundNeeds.isPresent()) {
      LOG.log(
          System.Logger.Level.WARNING,
          "@NoBlocking does not see every blocking call: for BlockHound, {0}.{1} The watchdog sees"
              + " what blocks for long.",
          blockHoundNeeds.get(),
          flights);
    } else {
      LOG.log(
          System.Logger.Level.INFO,
          "@NoBlocking sees blocking calls with BlockHound.{0} The watchdog sees what blocks for"
              + " long.",
          flights);
    }
  }

  static Watchdog watchdog() {
    return WATCHDOG;
  }
}
