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
      "@NoBlocking sees only what blocks for long. To see every blocking call, ";

  @Test
  void withoutTheFlagItSaysOnceWhatToAddAndStillFindsStalls() throws Exception {
    List<String> lines =
        new ChildJvm()
            .run(CasesMain.class, CASES + "sleeps", CASES + "sleepsForLong", CASES + "spins");

    assertThat(lines)
        .filteredOn(line -> line.contains(LIMITED))
        .singleElement()
        .asString()
        .contains("add " + FLAG)
        .contains("to the JVM arguments");
    assertThat(lines)
        .contains("sleeps() SUCCESSFUL", "sleepsForLong() FAILED", "spins() FAILED")
        .anyMatch(line -> line.contains("java.lang.Thread.sleep (PARKED, "));
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
