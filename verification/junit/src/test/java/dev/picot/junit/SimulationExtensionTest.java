/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.junit.cases.SimulationTestCases;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.opentest4j.TestAbortedException;

/** What {@link SimulationTest} does with a test, and what a {@link Simulation} gives it. */
class SimulationExtensionTest {
  @BeforeEach
  void forget() {
    SimulationTestCases.SEEDS.clear();
    SimulationTestCases.EVENTS.clear();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "givesBackWhatItBorrowed_wheneverItIsCancelled",
        "timePasses_withoutTakingAny",
        "waitsForWhatComesFromOutside",
        "blocksNobody"
      })
  void programsThatAreRight_pass(String method) {
    assertThat(Cases.run(SimulationTestCases.class, method)).isEmpty();
  }

  @Test
  void aStepThatBlocks_isCaught() {
    assertThat(Cases.failureOf(SimulationTestCases.class, "blocksItsLoop"))
        .isInstanceOf(BlockingDetectedError.class)
        .hasMessageContaining("java.lang.Thread.sleep");
  }

  @Test
  void runsEachSeed() {
    assertThat(Cases.run(SimulationTestCases.class, "notesItsSeeds")).isEmpty();

    assertThat(SimulationTestCases.SEEDS)
        .containsExactlyElementsOf(LongStream.rangeClosed(1, 20).boxed().toList());
  }

  @Test
  void runsTheNamedSeedsOnly() {
    assertThat(Cases.run(SimulationTestCases.class, "namesItsSeeds")).isEmpty();

    assertThat(SimulationTestCases.SEEDS).containsExactly(42L, 7L);
  }

  @Test
  void aConfigurationParameter_namesTheSeed_orHowMany() {
    assertThat(runWith("picot.simulation.seed", "5", "namesItsSeeds").getThrowable()).isEmpty();
    assertThat(SimulationTestCases.SEEDS).containsExactly(5L);

    SimulationTestCases.SEEDS.clear();
    assertThat(runWith("picot.simulation.seeds", "3", "notesItsSeeds").getThrowable()).isEmpty();
    assertThat(SimulationTestCases.SEEDS).containsExactly(1L, 2L, 3L);
  }

  @Test
  void aProgramThatIsWrong_fails_withASeedThatReplays() {
    Throwable failure = Cases.failureOf(SimulationTestCases.class, "sellsEachSeatOnce");

    assertThat(failure)
        .isInstanceOf(SimulationFailedError.class)
        .hasCauseInstanceOf(AssertionError.class)
        .hasMessageContaining("@SimulationTest(seed = ")
        .hasMessageContaining("goes on");
    String seed = String.valueOf(((SimulationFailedError) failure).seed());
    TestExecutionResult replayed = runWith("picot.simulation.seed", seed, "sellsEachSeatOnce");
    assertThat(happened(replayed.getThrowable().orElseThrow()))
        .hasSizeGreaterThan(5)
        .isEqualTo(happened(failure));
  }

  /** What a failure says but for the names of callback threads, which are never the same. */
  private static List<String> happened(Throwable failure) {
    return failure.getMessage().lines().dropWhile(line -> !line.startsWith("Replay it")).toList();
  }

  @Test
  void aSeed_replaysExactly() {
    for (int i = 0; i < 3; i++) {
      assertThat(Cases.run(SimulationTestCases.class, "notesWhatHappens")).isEmpty();
    }

    List<List<String>> events = SimulationTestCases.EVENTS;
    assertThat(events.get(0)).contains("guest 0").isEqualTo(events.get(1)).isEqualTo(events.get(2));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "leavesACallbackThread|left at the end: 1 live callback threads",
        "anActionFromOutsideThrows|IllegalStateException: outside"
      })
  void whatIsLeft_orThrownOutside_fails(String method, String message) {
    assertThat(Cases.failureOf(SimulationTestCases.class, method))
        .isInstanceOf(SimulationFailedError.class)
        .hasMessageContaining(message);
  }

  @Test
  void noSeeds_isRefused() {
    assertThat(Cases.failureOf(SimulationTestCases.class, "noSeeds"))
        .isInstanceOf(ExtensionConfigurationException.class)
        .hasMessageContaining("seeds: 0 (expected: > 0) of SimulationTestCases.noSeeds");
  }

  @Test
  void aSeedThatIsNoNumber_isRefused() {
    assertThat(runWith("picot.simulation.seed", "x", "notesItsSeeds").getThrowable().orElseThrow())
        .isInstanceOf(ExtensionConfigurationException.class)
        .hasMessageContaining("picot.simulation.seed: 'x' (expected: a number)");
  }

  @Test
  void anAssumption_abortsTheTest() {
    assertThat(Cases.failureOf(SimulationTestCases.class, "assumesWhatDoesNotHold"))
        .isInstanceOf(TestAbortedException.class);
  }

  @Test
  void stoppedSteps_areTakenOver_andFailOnlyWhereTheyMay() {
    assertThat(Cases.run(SimulationTestCases.class, "stepsAreStopped_butNeverFailed")).isEmpty();
    assertThat(SimulationTestCases.EVENTS)
        .anySatisfy(
            events -> assertThat(events).anyMatch(event -> event.endsWith("is taken over")));

    assertThat(Cases.run(SimulationTestCases.class, "stepsAreFailed")).isEmpty();
    assertThat(SimulationTestCases.SEEDS).as("seeds that failed a stall").isNotEmpty();
  }

  private static TestExecutionResult runWith(String parameter, String value, String method) {
    return EngineTestKit.engine("junit-jupiter")
        .configurationParameter(parameter, value)
        .selectors(
            DiscoverySelectors.selectMethod(
                SimulationTestCases.class.getName()
                    + "#"
                    + method
                    + "(dev.picot.junit.Simulation)"))
        .execute()
        .testEvents()
        .finished()
        .list()
        .get(0)
        .getRequiredPayload(TestExecutionResult.class);
  }
}
