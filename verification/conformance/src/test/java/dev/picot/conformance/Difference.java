/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.conformance;

import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What some schedulers do otherwise than a rule expects: the one place that says so.
 *
 * @param rule the method of the rule
 * @param subjects who differ
 * @param answer what they answer instead
 * @param reason why
 */
record Difference(String rule, Set<Subject> subjects, Object answer, String reason) {
  private static final Set<Subject> EVERYBODY_ELSE =
      EnumSet.complementOf(EnumSet.of(Subject.OURS, Subject.OURS_ON_ONE_LOOP));

  static final List<Difference> ALL = List.of();

  static Optional<Difference> find(Subject subject, String rule) {
    return ALL.stream()
        .filter(difference -> difference.rule.equals(rule))
        .filter(difference -> difference.subjects.contains(subject))
        .findFirst();
  }
}
