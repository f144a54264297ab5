/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit;

import dev.picot.LoopScheduler;
import dev.picot.internal.Text;
import dev.picot.loop.Housekeeping;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Optional;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;
import org.junit.platform.commons.support.AnnotationSupport;
import org.opentest4j.IncompleteExecutionException;

/** What {@link SimulationTest} does. */
final class SimulationExtension implements ParameterResolver, InvocationInterceptor {
  private static final String SEED = "picot.simulation.seed";
  private static final String SEEDS = "picot.simulation.seeds";

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    Class<?> type = parameter.getParameter().getType();
    return (type == Simulation.class || type == LoopScheduler.class)
        && parameter.getDeclaringExecutable().equals(context.getTestMethod().orElse(null));
  }

  /** Only a place: each seed brings its own. */
  @Override
  public @Nullable Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return null;
  }

  @Override
  public void interceptTestMethod(
      Invocation<Void> invocation,
      ReflectiveInvocationContext<Method> test,
      ExtensionContext context)
      throws Throwable {
    invocation.skip();
    SimulationTest options =
        AnnotationSupport.findAnnotation(test.getExecutable(), SimulationTest.class).orElseThrow();
    Housekeeping house = Housekeeping.begin(); // once for all seeds
    try {
      int done = 0;
      for (long seed : seeds(options, context).toArray()) {
        repeat(seed, done++, options.failStalls(), test);
      }
    } finally {
      house.end();
    }
  }

  private static void repeat(
      long seed, int done, boolean failStalls, ReflectiveInvocationContext<Method> test)
      throws Throwable {
    Simulation simulation = new Simulation(seed, failStalls);
    try {
      invoke(test, simulation);
      simulation.checkNothingIsLeft();
    } catch (IncompleteExecutionException e) { // an assumption
      throw e;
    } catch (Throwable e) {
      throw new SimulationFailedError(seed, done, simulation.events(), e);
    } finally {
      simulation.close();
    }
  }

  private static void invoke(ReflectiveInvocationContext<Method> test, Simulation simulation)
      throws Throwable {
    Method method = test.getExecutable();
    Object[] arguments = test.getArguments().toArray();
    for (int i = 0; i < arguments.length; i++) {
      if (method.getParameterTypes()[i] == Simulation.class) {
        arguments[i] = simulation;
      } else if (method.getParameterTypes()[i] == LoopScheduler.class) {
        arguments[i] = simulation.scheduler();
      }
    }
    method.setAccessible(true);
    try {
      method.invoke(test.getTarget().orElse(null), arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause() == null ? e : e.getCause();
    }
  }

  private static LongStream seeds(SimulationTest options, ExtensionContext context) {
    Optional<Long> one = parameter(SEED, context);
    if (one.isPresent()) {
      return LongStream.of(one.get());
    }
    if (options.seed().length > 0) {
      return LongStream.of(options.seed());
    }
    long seeds = parameter(SEEDS, context).orElse((long) options.seeds());
    if (seeds < 1) {
      throw new ExtensionConfigurationException(
          Text.format(
              "seeds: %d (expected: > 0) of %s.%s",
              seeds,
              context.getRequiredTestClass().getSimpleName(),
              context.getRequiredTestMethod().getName()));
    }
    return LongStream.rangeClosed(1, seeds);
  }

  private static Optional<Long> parameter(String name, ExtensionContext context) {
    Optional<String> text = context.getConfigurationParameter(name);
    try {
      return text.map(Long::valueOf);
    } catch (NumberFormatException e) {
      throw new ExtensionConfigurationException(
          Text.format("%s: '%s' (expected: a number)", name, text.orElse("")), e);
    }
  }
}
