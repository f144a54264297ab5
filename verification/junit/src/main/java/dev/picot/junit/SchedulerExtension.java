/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit;

import dev.picot.LoopScheduler;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.platform.commons.support.AnnotationSupport;

/** Gives tests a scheduler, and does what {@link NoLeaks} does. */
final class SchedulerExtension implements ParameterResolver, AfterEachCallback {
  private static final ExtensionContext.Namespace NAMESPACE =
      ExtensionContext.Namespace.create(SchedulerExtension.class);

  /** In a simulation the test method is given a simulated one. */
  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == LoopScheduler.class
        && context.getTestMethod().isPresent()
        && !AnnotationSupport.isAnnotated(parameter.getDeclaringExecutable(), SimulationTest.class);
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return context
        .getStore(NAMESPACE)
        .getOrComputeIfAbsent(
            LoopScheduler.class,
            type ->
                LoopScheduler.builder(context.getRequiredTestMethod().getName()).loops(2).build());
  }

  @Override
  public void afterEach(ExtensionContext context) {
    TestRun run = TestRunExtension.of(context);
    if (run == null) {
      return; // the test was aborted before it began
    }
    List<String> leaks = new ArrayList<>();
    LoopScheduler given =
        context.getStore(NAMESPACE).remove(LoopScheduler.class, LoopScheduler.class);
    if (given != null) {
      try {
        leaks.addAll(Leaks.in(given));
      } finally {
        given.closeNow();
        given.close();
      }
    }
    if (isNoLeaks(context)) {
      leaks.addAll(Leaks.of(run));
    }
    if (!leaks.isEmpty()) {
      throw new LeaksDetectedError(run.name(), leaks);
    }
  }

  private static boolean isNoLeaks(ExtensionContext test) {
    for (Optional<ExtensionContext> context = Optional.of(test);
        context.isPresent();
        context = context.get().getParent()) {
      if (AnnotationSupport.isAnnotated(context.get().getElement(), NoLeaks.class)) {
        return true;
      }
    }
    return false;
  }
}
