/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit;

import java.lang.reflect.Constructor;
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
    TestRun.Work before = begun(context).enter();
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

  private static TestRun begun(ExtensionContext context) {
    return context
        .getStore(NAMESPACE)
        .getOrComputeIfAbsent(TestRun.class, type -> new TestRun(nameOf(context)), TestRun.class);
  }

  private static String nameOf(ExtensionContext context) {
    String method = context.getRequiredTestMethod().getName();
    String display = context.getDisplayName();
    return context.getRequiredTestClass().getSimpleName()
        + "."
        + method
        + (display.startsWith(method) ? "" : " (" + display + ")");
  }

  /** So that what the fields of a test make is the test's. */
  @Override
  public ExtensionContextScope getTestInstantiationExtensionContextScope(ExtensionContext root) {
    return ExtensionContextScope.TEST_METHOD;
  }

  @Override
  public <T> T interceptTestClassConstructor(
      Invocation<T> invocation,
      ReflectiveInvocationContext<Constructor<T>> constructor,
      ExtensionContext context)
      throws Throwable {
    return context.getTestMethod().isPresent()
        ? perform(invocation, begun(context))
        : invocation.proceed(); // one instance for all tests: what it makes may go on
  }

  @Override
  public void interceptTestMethod(
      Invocation<Void> invocation,
      ReflectiveInvocationContext<Method> method,
      ExtensionContext context)
      throws Throwable {
    var unused = perform(invocation, of(context));
  }

  @Override
  public void interceptTestTemplateMethod(
      Invocation<Void> invocation,
      ReflectiveInvocationContext<Method> method,
      ExtensionContext context)
      throws Throwable {
    var unused = perform(invocation, of(context));
  }

  /** With a timeout the method may run on a thread of its own. */
  private static <T> T perform(Invocation<T> invocation, TestRun run) throws Throwable {
    TestRun.@Nullable Work before = run.enter();
    try {
      return invocation.proceed();
    } finally {
      TestRun.leave(before);
    }
  }
}
