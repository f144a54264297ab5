/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.junit.Incident.Kind;
import dev.picot.junit.cases.BridgeTestCases;
import dev.picot.junit.cases.LoopTestCases;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@link NoBlocking} finds in an application on Picot's loops. */
class LoopTest {
  @ParameterizedTest
  @ValueSource(strings = {"clean", "blocksWhereItMay"})
  void findsNothingOfPicotsOwn(String method) {
    assertThat(Cases.run(LoopTestCases.class, method)).isEmpty();
  }

  @Test
  void namesCallbackThreadAndStepOfABlockingCall() {
    Incident incident = onlyIncidentOf("stepSleeps");

    assertThat(incident.callbackThread()).isEqualTo("order");
    assertThat(incident.step()).isEqualTo("order > price");
    assertThat(incident.thread()).startsWith("checkout-");
    assertThat(incident.call()).isEqualTo("java.lang.Thread.sleep");
  }

  @Test
  void namesTheCallbackThreadOfAStall() {
    Incident incident = onlyIncidentOf("stepEntersAContendedMonitor");

    assertThat(incident.callbackThread()).isEqualTo("order");
    assertThat(incident.kind()).isEqualTo(Kind.MONITOR);
  }

  @Test
  void findsTasksThatAreNoCallbackThreads() {
    assertThat(onlyIncidentOf("executorTaskSleeps").callbackThread()).isNull();
  }

  @Test
  void findsNothingOfTheBridgesOwn() {
    assertThat(Cases.run(BridgeTestCases.class, "clean")).isEmpty();
  }

  @Test
  void findsOperatorsThatBlockALoop() {
    List<Incident> incidents = Cases.incidentsOf(BridgeTestCases.class, "operatorSleeps");

    assertThat(incidents).hasSize(1);
    assertThat(incidents.get(0).thread()).startsWith("checkout-");
  }

  @Test
  void namesTheElasticPoolAsTheRemedy() {
    assertThat(Cases.failureOf(LoopTestCases.class, "stepSleeps"))
        .hasMessageContaining("Task.blocking(...)");
  }

  private static Incident onlyIncidentOf(String method) {
    List<Incident> incidents = Cases.incidentsOf(LoopTestCases.class, method);
    assertThat(incidents).hasSize(1);
    return incidents.get(0);
  }
}
