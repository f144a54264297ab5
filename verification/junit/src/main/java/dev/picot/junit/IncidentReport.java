/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit;

import java.util.List;
import java.util.stream.Collectors;

/** Words the failure of a test. */
final class IncidentReport {
  /** Enough to see how the application came there. */
  private static final int MOST_FRAMES = 8;

  private IncidentReport() {}

  static BlockingDetectedError of(ObservedTest test) {
    List<Finding> findings = test.findings();
    StringBuilder text = new StringBuilder();
    text.append(findings.size())
        .append(findings.size() == 1 ? " incident" : " incidents")
        .append(" of blocking on a non-blocking thread during ")
        .append(test.name());
    int number = 1;
    for (Finding finding : findings) {
      describe(finding, number++, text);
    }
    return new BlockingDetectedError(
        text.toString(), findings.stream().map(Finding::incident).toList());
  }

  private static void describe(Finding finding, int number, StringBuilder text) {
    Incident incident = finding.incident();
    text.append("\n\n").append(number).append(") ").append(incident);
    if (finding.times() > 1) {
      text.append(", ").append(finding.times()).append(" times");
    }
    int frames = 0;
    for (StackTraceElement frame : incident.stack()) {
      if (Origin.of(frame) == Origin.APPLICATION && frames++ < MOST_FRAMES) {
        text.append("\n     at ").append(frame);
      }
    }
    if (finding.isShared()) {
      text.append("\n   Possibly caused by this test: others were running at that time.");
    }
    Allowance exceeded = finding.exceeded();
    if (exceeded != null) {
      text.append("\n   Allowed only ").append(exceeded.atMost());
      text.append(exceeded.atMost() == 1 ? " time (" : " times (").append(exceeded.reason());
      text.append(").");
    }
    text.append("\n   Seen by ").append(detectors(incident)).append('.');
    text.append("\n   ").append(incident.remedy());
  }

  private static String detectors(Incident incident) {
    return incident.detectors().stream()
        .sorted()
        .map(Incident.Detector::toString)
        .collect(Collectors.joining(" and "));
  }
}
