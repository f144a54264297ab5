/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.junit.cases.OverlappingTestCases;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whose incident it is when observed tests overlap. */
class OverlappingTest {
  @ParameterizedTest
  @ValueSource(
      classes = {
        OverlappingTestCases.OnReactor.class,
        OverlappingTestCases.StallOnReactor.class,
        OverlappingTestCases.LockOnReactor.class,
        OverlappingTestCases.OnLoops.class
      })
  void isOfTheTestForWhichTheThreadWorked(Class<?> pair) {
    Map<String, Optional<Throwable>> failures = Cases.runOverlapping(pair);

    assertThat(failures.get("runsAtTheSameTime()")).isEmpty();
    assertThat(failures.get("blocks()").orElseThrow())
        .isInstanceOf(BlockingDetectedError.class)
        .hasMessageContaining("Blockers.")
        .message()
        .doesNotContain("Possibly");
  }

  @Test
  void ofCallbackThreadsEachIsNamed() {
    Throwable failure =
        Cases.runOverlapping(OverlappingTestCases.OnLoops.class).get("blocks()").orElseThrow();

    assertThat(((BlockingDetectedError) failure).incidents())
        .extracting(Incident::callbackThread)
        .containsExactly("child", null, "order");
  }

  @Test
  void isReportedToEachOfThemAsPossiblyItsOwn_ifNobodyKnows() {
    Map<String, Optional<Throwable>> failures =
        Cases.runOverlapping(OverlappingTestCases.OnAThreadOfItsOwn.class);

    assertThat(failures).hasSize(2);
    assertThat(failures.values())
        .allSatisfy(
            failure ->
                assertThat(failure.orElseThrow())
                    .isInstanceOf(BlockingDetectedError.class)
                    .hasMessageContaining("Blockers.sleep")
                    .hasMessageContaining("Possibly caused by this test"));
  }
}
