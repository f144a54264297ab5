/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit;

import dev.picot.internal.Text;
import java.lang.reflect.AnnotatedElement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

/**
 * What the annotations of a test, its class and the enclosing classes say.
 *
 * @param stallAfter when the watchdog calls it an incident
 * @param allowances what is excused
 */
record Rules(Duration stallAfter, List<Allowance> allowances) {
  static Rules of(ExtensionContext test) {
    Set<AnnotatedElement> elements = new LinkedHashSet<>();
    for (Optional<ExtensionContext> context = Optional.of(test);
        context.isPresent();
        context = context.get().getParent()) {
      context.get().getElement().ifPresent(elements::add);
    }
    List<Allowance> allowances = new ArrayList<>();
    for (AnnotatedElement element : elements) {
      for (AllowBlocking annotation :
          AnnotationSupport.findRepeatableAnnotations(element, AllowBlocking.class)) {
        allowances.add(Allowance.of(annotation, element.toString()));
      }
    }
    return new Rules(stallAfter(elements), List.copyOf(allowances));
  }

  /** The innermost annotation decides. */
  private static Duration stallAfter(Set<AnnotatedElement> elements) {
    for (AnnotatedElement element : elements) {
      Optional<NoBlocking> found = AnnotationSupport.findAnnotation(element, NoBlocking.class);
      if (found.isPresent()) {
        int millis = found.get().stallAfterMillis();
        if (millis < 1) {
          throw new ExtensionConfigurationException(
              Text.format(
                  "@NoBlocking on %s has stallAfterMillis: %d (expected: > 0)", element, millis));
        }
        return Duration.ofMillis(millis);
      }
    }
    throw new IllegalStateException("no @NoBlocking on any of " + elements);
  }
}
