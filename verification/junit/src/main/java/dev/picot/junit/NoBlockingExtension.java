/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit;

import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** What {@link NoBlocking} does. */
final class NoBlockingExtension
    implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback {
  private static final ExtensionContext.Namespace NAMESPACE =
      ExtensionContext.Namespace.create(NoBlockingExtension.class);

  /** Early, so that Flight Recorder knows of all slices of schedulers that are made now. */
  @Override
  public void beforeAll(ExtensionContext context) {
    Detectors.watchdog();
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    Rules rules = Rules.of(context);
    Watchdog watchdog = Detectors.watchdog();
    ObservedTest test = ObservedTest.begin(TestRunExtension.of(context), rules);
    context.getStore(NAMESPACE).put(ObservedTest.class, test);
    watchdog.begin();
  }

  @Override
  public void afterEach(ExtensionContext context) {
    ObservedTest test = context.getStore(NAMESPACE).remove(ObservedTest.class, ObservedTest.class);
    if (test == null) {
      return;
    }
    try {
      Detectors.watchdog().end(test);
    } finally {
      test.end();
    }
    if (!test.findings().isEmpty()) {
      throw IncidentReport.of(test);
    }
  }
}
