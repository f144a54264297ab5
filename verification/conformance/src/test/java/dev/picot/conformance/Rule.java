/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.conformance;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ArgumentsSource;

/**
 * A rule of the contract: a test with one {@link Trial} as parameter, which it asks exactly one
 * question; run with each scheduler that has what the rule needs.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
@ParameterizedTest(name = "{0}")
@ArgumentsSource(Trials.class)
@interface Rule {
  /** {@return the rule, as the page of the contract says it} */
  String value();

  /** {@return what a scheduler must have for the rule to mean something} */
  Trait[] needs() default {};
}
