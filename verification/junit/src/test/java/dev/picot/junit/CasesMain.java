/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit;

import java.io.PrintStream;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** Runs test methods in a JVM of their own and prints how each ended. */
final class CasesMain {
  private CasesMain() {}

  public static void main(String[] methods) {
    PrintStream out = System.out;
    try (LauncherSession session = LauncherFactory.openSession()) {
      LauncherDiscoveryRequestBuilder request = LauncherDiscoveryRequestBuilder.request();
      for (String method : methods) {
        request.selectors(DiscoverySelectors.selectMethod(method));
      }
      session
          .getLauncher()
          .execute(
              request.build(),
              new TestExecutionListener() {
                @Override
                public void executionFinished(TestIdentifier test, TestExecutionResult result) {
                  if (test.isTest()) {
                    out.println(test.getDisplayName() + " " + result.getStatus());
                  }
                  result.getThrowable().ifPresent(failure -> out.println(failure));
                }
              });
    }
  }
}
