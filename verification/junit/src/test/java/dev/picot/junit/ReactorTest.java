/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.junit.Incident.Kind;
import dev.picot.junit.cases.Blockers;
import dev.picot.junit.cases.ReactorTestCases;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What {@link NoBlocking} finds in an application on plain Reactor. */
class ReactorTest {
  private static final String BLOCKERS = Blockers.class.getName();

  @Test
  void findsNothingInACleanTest() {
    assertThat(Cases.run(ReactorTestCases.class, "clean")).isEmpty();
  }

  @Test
  void ignoresThreadsThatMayBlock() {
    assertThat(Cases.run(ReactorTestCases.class, "sleepsWhereItMay")).isEmpty();
  }

  @Test
  void ignoresTestsWithoutTheAnnotation() {
    assertThat(Cases.run(ReactorTestCases.class, "sleepsUnobserved")).isEmpty();
  }

  @Test
  void namesThreadCallAndCallerOfABlockingCall() {
    List<Incident> incidents = Cases.incidentsOf(ReactorTestCases.class, "sleeps");

    assertThat(incidents).hasSize(1);
    Incident incident = incidents.get(0);
    assertThat(incident.thread()).startsWith("parallel-");
    assertThat(incident.kind()).isEqualTo(Kind.SLEEP);
    assertThat(incident.call()).isEqualTo("java.lang.Thread.sleep");
    assertThat(incident.caller().getClassName()).isEqualTo(BLOCKERS);
    assertThat(incident.caller().getMethodName()).isEqualTo("sleep");
    assertThat(incident.callbackThread()).isNull();
    assertThat(incident.step()).isNull();
    assertThat(incident.stack().get(0).toString()).contains("java.lang.Thread.sleep");
  }

  @Test
  void failsWithTheStackOfTheIncident() {
    Throwable failure = Cases.failureOf(ReactorTestCases.class, "sleeps");

    assertThat(failure.getStackTrace()).anyMatch(frame -> frame.getClassName().equals(BLOCKERS));
  }

  @Test
  void tellsWhatHappenedAndWhatToDo() {
    assertThat(Cases.failureOf(ReactorTestCases.class, "sleeps").getMessage().lines())
        .satisfiesExactly(
            line ->
                assertThat(line)
                    .isEqualTo(
                        "1 incident of blocking on a non-blocking thread during"
                            + " ReactorTestCases.sleeps"),
            line -> assertThat(line).isEmpty(),
            line ->
                assertThat(line)
                    .matches(
                        "1\\) parallel-\\d+: java\\.lang\\.Thread\\.sleep \\(SLEEP(, \\d+ ms)?\\),"
                            + " called by .*"
                            + "Blockers\\.sleep\\(Blockers\\.java:\\d+\\)"),
            line -> assertThat(line).startsWith("     at ").contains("Blockers.sleep"),
            line -> assertThat(line).startsWith("     at ").contains("ReactorTestCases.lambda$"),
            line -> assertThat(line).isEqualTo("   Seen by BlockHound and Flight Recorder."),
            line ->
                assertThat(line)
                    .contains("boundedElastic")
                    .contains(
                        "@AllowBlocking(reason = \"...\", within = \"" + BLOCKERS + ".sleep\")"));
  }

  @Test
  void findsIncidentsWhoseErrorWasSwallowed() {
    assertThat(Cases.incidentsOf(ReactorTestCases.class, "sleepsAndSwallowsTheError")).hasSize(1);
  }

  @Test
  void isSuppressedByTheTestsOwnError() {
    Throwable failure = Cases.failureOf(ReactorTestCases.class, "sleepsAndFails");

    assertThat(failure).isInstanceOf(IllegalStateException.class).hasMessage("the test's own");
    assertThat(failure.getSuppressed()).singleElement().isInstanceOf(BlockingDetectedError.class);
  }

  @Test
  void listsEveryIncidentAndCountsEqualOnes() {
    Throwable failure =
        Cases.failureOf(ReactorTestCases.class, "sleepsInTwoPlacesAndOneOfThemTwice");

    List<Incident> incidents = ((BlockingDetectedError) failure).incidents();
    assertThat(incidents).hasSize(2);
    assertThat(incidents.get(0).thread()).startsWith("parallel-");
    assertThat(incidents.get(1).thread()).startsWith("single-");
    assertThat(failure.getMessage())
        .startsWith("2 incidents ")
        .containsPattern("2\\) single-.*, 2 times");
  }

  @Test
  void namesTheCallThatTheApplicationMade() {
    Incident incident = Cases.incidentsOf(ReactorTestCases.class, "waitsForAFuture").get(0);

    assertThat(incident.call()).isEqualTo("java.util.concurrent.CompletableFuture.get");
    assertThat(incident.caller().getMethodName()).isEqualTo("waitFor");
  }

  @Test
  void reportsAStallThatBothDetectorsSeeOnceAndWithItsDuration() {
    long began = System.nanoTime();
    List<Incident> incidents = Cases.incidentsOf(ReactorTestCases.class, "sleepsForLong");
    Duration elapsed = Duration.ofNanos(System.nanoTime() - began);

    assertThat(incidents).hasSize(1);
    assertThat(incidents.get(0).call()).isEqualTo("java.lang.Thread.sleep");
    assertThat(incidents.get(0).duration()).isBetween(ofMillis(100), elapsed);
  }

  @Test
  void findsAContendedMonitor() {
    Incident incident = onlyIncidentOf("entersAContendedMonitor");

    assertThat(incident.kind()).isEqualTo(Kind.MONITOR);
    assertThat(incident.call())
        .startsWith("synchronized (java.lang.Object, held by thread '")
        .endsWith("')");
    assertThat(incident.caller().getMethodName()).isEqualTo("enter");
    assertThat(incident.duration()).isGreaterThanOrEqualTo(ofMillis(60));
  }

  @Test
  void findsAStallThatIsShortWhenTheTestEnds() {
    assertThat(onlyIncidentOf("endsBeforeItsStallIsLong").kind()).isEqualTo(Kind.MONITOR);
  }

  @Test
  void findsABlockingChannel() {
    Incident incident = onlyIncidentOf("receivesADatagram");

    assertThat(incident.kind()).isEqualTo(Kind.SOCKET);
    assertThat(incident.call()).endsWith("DatagramChannelImpl.receive");
    assertThat(incident.caller().getMethodName()).isEqualTo("receive");
  }

  @Test
  void findsAThreadThatSpins() {
    Incident incident = onlyIncidentOf("spins");

    assertThat(incident.kind()).isEqualTo(Kind.CPU);
    assertThat(incident.caller().getClassName()).isEqualTo(BLOCKERS);
  }

  private static Incident onlyIncidentOf(String method) {
    List<Incident> incidents = Cases.incidentsOf(ReactorTestCases.class, method);
    assertThat(incidents).hasSize(1);
    return incidents.get(0);
  }

  private static Duration ofMillis(long millis) {
    return Duration.ofMillis(millis);
  }
}
