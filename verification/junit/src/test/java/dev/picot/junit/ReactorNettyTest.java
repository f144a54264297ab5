/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.junit.Incident.Kind;
import dev.picot.junit.cases.NettyTestCases;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@link NoBlocking} on a class finds in an HTTP service on Reactor Netty's own loops. */
class ReactorNettyTest {
  @ParameterizedTest
  @ValueSource(strings = {"clean", "webClientIsClean"})
  void findsNothingInACleanService(String method) {
    assertThat(Cases.run(NettyTestCases.class, method)).isEmpty();
  }

  @Test
  void findsAHandlerThatSleeps() {
    Incident incident = onlyIncidentOf("handlerSleeps");

    assertThat(incident.thread()).startsWith("reactor-http-");
    assertThat(incident.call()).isEqualTo("java.lang.Thread.sleep");
    assertThat(incident.stack())
        .anyMatch(
            frame ->
                frame.getClassName().equals(NettyTestCases.class.getName())
                    && frame.getMethodName().equals("sleepy"));
  }

  @Test
  void findsAHandlerThatEntersAContendedMonitor() {
    Incident incident = onlyIncidentOf("handlerEntersAContendedMonitor");

    assertThat(incident.thread()).startsWith("reactor-http-");
    assertThat(incident.kind()).isEqualTo(Kind.MONITOR);
    assertThat(incident.caller().getMethodName()).isEqualTo("enter");
  }

  @ParameterizedTest
  @ValueSource(strings = {"clientSleepsInItsPipeline", "webClientSleepsInItsPipeline"})
  void findsAClientThatBlocksItsLoop(String method) {
    assertThat(onlyIncidentOf(method).caller().getMethodName()).isEqualTo("sleep");
  }

  private static Incident onlyIncidentOf(String method) {
    List<Incident> incidents = Cases.incidentsOf(NettyTestCases.class, method);
    assertThat(incidents).hasSize(1);
    return incidents.get(0);
  }
}
