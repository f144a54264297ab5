/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit;

import java.lang.reflect.Method;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;

/** Knows which threads work for which test. The first of our extensions of a test. */
final class TestRunExtension
    implements BeforeEachCallback, AfterEachCallback, InvocationInterceptor {
  private static final ExtensionContext.Namespace NAMESPACE =
      ExtensionContext.Namespace.create(TestRunExtension.class);
  private static final String BEFORE = "before";

  @Override
  public void beforeEach(ExtensionContext context) {
    TestRun run = new TestRun(nameOf(context));
    context.getStore(NAMESPACE).put(TestRun.class, run);
    TestRun.Work before = run.enter();
    if (before != null) { // a test that runs tests
      context.getStore(NAMESPACE).put(BEFORE, before);
    }
  }

  @Override
  public void afterEach(ExtensionContext context) {
    TestRun.leave(context.getStore(NAMESPACE).get(BEFORE, TestRun.Work.class));
  }

  static TestRun of(ExtensionContext context) {
    return context.getStore(NAMESPACE).get(TestRun.class, TestRun.class);
  }

  private static String nameOf(ExtensionContext context) {
    String method = context.getRequiredTestMethod().getName();
    String display = context.getDisplayName();
    return context.getRequiredTestClass().getSimpleName()
        + "."
        + method
        + (display.startsWith(method) ? "" : " (" + display + ")");
  }

  @Override
  public void interceptTestMethod(
      Invocation<Void> invocation,
      ReflectiveInvocationContext<Method> method,
      ExtensionContext context)
      throws Throwable {
    perform(invocation, context);
  }

  @Override
  public void interceptTestTemplateMethod(
      Invocation<Void> invocation,
      ReflectiveInvocationContext<Method> method,
      ExtensionContext context)
      throws Throwable {
    perform(invocation, context);
  }

  /** With a timeout the method may run on a thread of its own. */
  private static void perform(Invocation<Void> invocation, ExtensionContext context)
      throws Throwable {
    TestRun.@Nullable Work before = of(context).enter();
    try {
      invocation.proceed();
    } finally {
      TestRun.leave(before);
    }
  }
}
