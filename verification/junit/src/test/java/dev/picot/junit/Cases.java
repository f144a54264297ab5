/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Event;

/** Runs test cases and tells how they ended. */
final class Cases {
  private Cases() {}

  /** Runs one test method, which must fail. */
  static Throwable failureOf(Class<?> type, String method) {
    Optional<Throwable> failure = run(type, method);
    assertThat(failure).as("failure of %s.%s", type.getSimpleName(), method).isPresent();
    return failure.get();
  }

  /** Runs one test method, which must fail for its incidents alone. */
  static List<Incident> incidentsOf(Class<?> type, String method) {
    Throwable failure = failureOf(type, method);
    assertThat(failure).isInstanceOf(BlockingDetectedError.class);
    return ((BlockingDetectedError) failure).incidents();
  }

  /** Runs one test method. */
  static Optional<Throwable> run(Class<?> type, String method) {
    List<Event> finished =
        EngineTestKit.engine("junit-jupiter")
            .selectors(DiscoverySelectors.selectMethod(type, the(method, type)))
            .execute()
            .testEvents()
            .finished()
            .list();
    assertThat(finished).hasSize(1);
    return finished.get(0).getRequiredPayload(TestExecutionResult.class).getThrowable();
  }

  /** Runs the two tests of a class at the same time, and tells how each ended. */
  static Map<String, Optional<Throwable>> runOverlapping(Class<?> type) {
    return EngineTestKit.engine("junit-jupiter")
        .configurationParameter("junit.jupiter.execution.parallel.enabled", "true")
        .configurationParameter("junit.jupiter.execution.parallel.config.strategy", "fixed")
        .configurationParameter("junit.jupiter.execution.parallel.config.fixed.parallelism", "2")
        .selectors(DiscoverySelectors.selectClass(type))
        .execute()
        .testEvents()
        .finished()
        .stream()
        .collect(
            Collectors.toMap(
                event -> event.getTestDescriptor().getDisplayName(),
                event -> event.getRequiredPayload(TestExecutionResult.class).getThrowable()));
  }

  private static Method the(String name, Class<?> type) {
    for (Class<?> at = type; at != null; at = at.getSuperclass()) {
      for (Method method : at.getDeclaredMethods()) {
        if (method.getName().equals(name)) {
          return method;
        }
      }
    }
    throw new AssertionError("no method " + name + " in " + type);
  }
}
