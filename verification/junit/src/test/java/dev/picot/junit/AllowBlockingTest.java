/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.junit.cases.AllowanceTestCases;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@link AllowBlocking} excuses, and where the annotations may stand. */
class AllowBlockingTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "everywhere",
        "withinTheMethod",
        "withinALambdaOfTheMethod",
        "asOftenAsAllowed",
        "twoAllowances",
        "lockIsAllowed",
        "stallIsAllowed"
      })
  void excusesWhatItCovers(String method) {
    assertThat(Cases.run(AllowanceTestCases.class, method)).isEmpty();
  }

  @Test
  void excusesNothingElse() {
    assertThat(Cases.incidentsOf(AllowanceTestCases.class, "withinAnotherMethod")).hasSize(1);
  }

  @Test
  void excusesNoMoreLocksThanAtMost() {
    assertThat(Cases.incidentsOf(AllowanceTestCases.class, "lockIsAllowedLessOften"))
        .singleElement()
        .extracting(Incident::kind)
        .isEqualTo(Incident.Kind.MONITOR);
  }

  @Test
  void excusesNoMoreThanAtMost() {
    Throwable failure = Cases.failureOf(AllowanceTestCases.class, "oftenerThanAllowed");

    assertThat(failure)
        .hasMessageContaining("3 times")
        .hasMessageContaining("Allowed only 2 times (seeds itself twice).");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "blankReason|reason: '' (expected: a sentence that says why blocking is accepted)",
        "withinIsNotAMethod|within: 'sleep' (expected: fully.qualified.Class.method)",
        "atMostIsZero|atMost: 0 (expected: > 0)",
        "stallAfterZero|stallAfterMillis: 0 (expected: > 0)"
      })
  void refusesBadValuesAndNamesThem(String method, String message) {
    assertThat(Cases.failureOf(AllowanceTestCases.class, method))
        .isInstanceOf(ExtensionConfigurationException.class)
        .hasMessageContaining(message)
        .hasMessageContaining("AllowanceTestCases." + method);
  }

  @Test
  void isFoundOnComposedAnnotations() {
    assertThat(Cases.incidentsOf(AllowanceTestCases.class, "composed")).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(classes = {AllowanceTestCases.Base.class, AllowanceTestCases.Sub.class})
  void isFoundOnClassesAndInherited(Class<?> type) {
    assertThat(Cases.run(type, "blocksOnce")).isEmpty();
    assertThat(Cases.incidentsOf(type, "blocksTwice")).hasSize(1);
  }

  @Test
  void isFoundOnEnclosingClassesAndAddsUp() {
    assertThat(Cases.incidentsOf(AllowanceTestCases.Base.Inner.class, "blocksTwice")).hasSize(1);
    assertThat(Cases.run(AllowanceTestCases.Base.Inner.class, "blocksTwiceAsAllowed")).isEmpty();
  }
}
