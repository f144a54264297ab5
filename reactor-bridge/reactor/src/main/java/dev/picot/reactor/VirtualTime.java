/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor;

import dev.picot.LoopScheduler;
import dev.picot.internal.Text;
import dev.picot.loop.LoopGroup;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import org.jspecify.annotations.Nullable;

/**
 * Reactor's virtual time, which moves the clock of Reactor's schedulers and no other. A test that
 * believes it moves that of a loop scheduler as well would wait for as long as its task does.
 */
final class VirtualTime {
  /** Null where there is no reactor-test: everywhere but in tests. */
  private static final @Nullable MethodHandle IS_ON = find();

  private VirtualTime() {}

  private static @Nullable MethodHandle find() {
    try {
      Class<?> virtual = Class.forName("reactor.test.scheduler.VirtualTimeScheduler");
      return MethodHandles.publicLookup()
          .findStatic(virtual, "isFactoryEnabled", MethodType.methodType(boolean.class));
    } catch (ReflectiveOperationException | LinkageError e) {
      return null;
    }
  }

  /** Whether Reactor's time is virtual and that of the scheduler is not driven by the test. */
  static boolean isNotOf(LoopScheduler scheduler) {
    return IS_ON != null && isOn(IS_ON) && !LoopGroup.of(scheduler).isDriven();
  }

  private static boolean isOn(MethodHandle query) {
    try {
      return (boolean) query.invokeExact();
    } catch (Throwable e) {
      throw new IllegalStateException("VirtualTimeScheduler.isFactoryEnabled() has failed", e);
    }
  }

  static IllegalStateException refusal(LoopScheduler scheduler) {
    return new IllegalStateException(
        Text.format(
            "Reactor's time is virtual (StepVerifier.withVirtualTime), but that of loop scheduler '%s' is not, so its tasks would really wait. Give the test LoopScheduler.builder(name).manualInVirtualTime(), and move its time with .then(() -> loops.advance(duration)).",
            scheduler.name()));
  }
}
