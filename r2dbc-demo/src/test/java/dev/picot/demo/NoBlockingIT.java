/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.junit.BlockingDetectedError;
import dev.picot.junit.Incident;
import java.util.Optional;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.testkit.engine.EngineTestKit;

/** What the detectors say of Rooms. */
@Timeout(60)
class NoBlockingIT {
  private static Optional<Throwable> failureOf(String testCase) {
    return EngineTestKit.engine("junit-jupiter")
        .selectors(DiscoverySelectors.selectMethod(NoBlockingTestCases.class, testCase))
        .execute()
        .testEvents()
        .finished()
        .stream()
        .findFirst()
        .orElseThrow()
        .getRequiredPayload(TestExecutionResult.class)
        .getThrowable();
  }

  @Test
  void nothingBlocksOnALoop() {
    assertThat(failureOf("asTheyAre")).isEmpty();
  }

  @Test
  void aStepThatSleepsIsNamedWithItsCallbackThread() {
    assertThat(failureOf("oneOfThemSleepingInAStep"))
        .get(InstanceOfAssertFactories.type(BlockingDetectedError.class))
        .extracting(BlockingDetectedError::incidents, InstanceOfAssertFactories.LIST)
        .singleElement(InstanceOfAssertFactories.type(Incident.class))
        .satisfies(
            incident -> {
              assertThat(incident.callbackThread()).isEqualTo("reporting");
              assertThat(incident.step()).isEqualTo("reporting > nap");
              assertThat(incident.call()).isEqualTo("java.lang.Thread.sleep");
              assertThat(incident.caller().getClassName()).isEqualTo(Blockers.class.getName());
            });
  }
}
