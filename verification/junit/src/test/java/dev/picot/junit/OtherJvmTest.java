/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.junit.cases.BareTestCases;
import dev.picot.junit.cases.ReactorTestCases;
import dev.picot.junit.cases.RivalMain;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What {@link NoBlocking} does and says in a JVM without the flag, or without the libraries. */
class OtherJvmTest {
  private static final String CASES = ReactorTestCases.class.getName() + "#";
  private static final String FLAG = "-XX:+AllowRedefinitionToAddDeleteMethods";
  private static final String LIMITED =
      "@NoBlocking does not see every blocking call: for BlockHound, ";
  private static final String FLIGHTS =
      " Flight Recorder sees sleeps, files, and locks that take 10 ms.";
  private static final String NO_FLIGHTS =
      " Flight Recorder sees nothing: this JVM lacks the module jdk.jfr, or cannot record.";

  @Test
  void withoutTheFlagItSaysOnceWhatToAddAndStillFindsSleepsAndStalls() throws Exception {
    List<String> lines =
        new ChildJvm()
            .run(CasesMain.class, CASES + "sleeps", CASES + "sleepsForLong", CASES + "spins");

    assertThat(lines)
        .filteredOn(line -> line.contains(LIMITED))
        .singleElement()
        .asString()
        .contains("add " + FLAG)
        .contains("to the JVM arguments." + FLIGHTS);
    assertThat(lines)
        .contains("sleeps() FAILED", "sleepsForLong() FAILED", "spins() FAILED")
        .anyMatch(line -> line.contains("java.lang.Thread.sleep (SLEEP, "));
  }

  @Test
  void withoutFlightRecorderItSaysSoAndStillFindsStalls() throws Exception {
    List<String> lines =
        new ChildJvm()
            .with("--limit-modules", "java.se,jdk.unsupported,jdk.management")
            .run(CasesMain.class, CASES + "sleeps", CASES + "sleepsForLong");

    assertThat(lines)
        .contains("sleeps() SUCCESSFUL", "sleepsForLong() FAILED")
        .anyMatch(line -> line.contains(LIMITED) && line.contains(NO_FLIGHTS))
        .noneMatch(line -> line.contains(FLIGHTS));
  }

  @Test
  void withTheFlagItSeesEveryCall() throws Exception {
    List<String> lines = new ChildJvm().with(FLAG).run(CasesMain.class, CASES + "sleeps");

    assertThat(lines).contains("sleeps() FAILED").noneMatch(line -> line.contains(LIMITED));
  }

  @Test
  void withoutBlockHoundItSaysWhatToAdd() throws Exception {
    List<String> lines =
        new ChildJvm().without("blockhound-").run(CasesMain.class, CASES + "sleepsForLong");

    assertThat(lines)
        .filteredOn(line -> line.contains(LIMITED))
        .singleElement()
        .asString()
        .contains("add io.projectreactor.tools:blockhound to the test class path and " + FLAG);
    assertThat(lines).contains("sleepsForLong() FAILED");
  }

  @Test
  void withAnotherInstallationInForceItSaysSo() throws Exception {
    List<String> lines = new ChildJvm().with(FLAG).run(RivalMain.class, CASES + "sleepsForLong");

    assertThat(lines)
        .filteredOn(line -> line.contains(LIMITED))
        .singleElement()
        .asString()
        .contains("add .loadIntegrations() to its builder, or remove it");
    assertThat(lines).contains("sleepsForLong() FAILED");
  }

  @Test
  void whereSomebodyElseWantsBlockHoundItThrowsOutsideOfObservedTests() throws Exception {
    List<String> lines =
        new ChildJvm()
            .with(FLAG)
            .run(
                RivalMain.class,
                RivalMain.WITH_INTEGRATIONS,
                CASES + "sleeps",
                CASES + "sleepsUnobserved");

    assertThat(lines)
        .contains("sleeps() FAILED", "sleepsUnobserved() FAILED")
        .noneMatch(line -> line.contains(LIMITED))
        .anyMatch(line -> line.contains("BlockingDetectedError: 1 incident"))
        .anyMatch(line -> line.contains("BlockingOperationError: Blocking call!"));
  }

  @Test
  void needsNoneOfTheLibrariesItKnows() throws Exception {
    List<String> lines =
        new ChildJvm()
            .without("blockhound-", "reactor-", "netty-", "jspecify-", "reactive-streams-")
            .run(CasesMain.class, BareTestCases.class.getName() + "#sleeps");

    assertThat(lines).contains("sleeps() SUCCESSFUL");
  }
}
