/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit;

import dev.picot.internal.Text;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;

/**
 * What one {@link AllowBlocking} says, checked.
 *
 * @param reason why
 * @param within the method, as in {@code java.util.UUID.randomUUID}; empty is everywhere
 * @param atMost how often
 */
record Allowance(String reason, String within, int atMost) {
  static Allowance of(AllowBlocking annotation, String where) {
    if (annotation.reason().isBlank()) {
      throw invalid(where, "reason", "''", "a sentence that says why blocking is accepted");
    }
    String within = annotation.within();
    int dot = within.lastIndexOf('.');
    if (!within.isEmpty() && (dot < 1 || dot == within.length() - 1 || within.isBlank())) {
      throw invalid(where, "within", "'" + within + "'", "fully.qualified.Class.method");
    }
    if (annotation.atMost() < 1) {
      throw invalid(where, "atMost", String.valueOf(annotation.atMost()), "> 0");
    }
    return new Allowance(annotation.reason(), within, annotation.atMost());
  }

  private static ExtensionConfigurationException invalid(
      String where, String attribute, String value, String expected) {
    return new ExtensionConfigurationException(
        Text.format(
            "@AllowBlocking on %s has %s: %s (expected: %s)", where, attribute, value, expected));
  }

  boolean covers(CallStack stack) {
    if (within.isEmpty()) {
      return true;
    }
    for (StackTraceElement frame : stack.frames()) {
      String method = CallStack.describe(frame);
      if (method.equals(within) || method.replace('$', '.').equals(within)) {
        return true;
      }
    }
    return false;
  }
}
