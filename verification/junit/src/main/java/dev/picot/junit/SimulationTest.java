/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A test that is repeated with many seeds, each of which decides in which order the threads of the
 * program run, when blocking calls return and when loops are taken over.
 *
 * <p>The method takes a {@link Simulation} as a parameter, starts its program on {@link
 * Simulation#scheduler()}, lets it {@linkplain Simulation#run run} and looks at what came out. It
 * may also take that scheduler as a parameter, a {@link dev.picot.LoopScheduler LoopScheduler}. All
 * repetitions together are one test: {@code @BeforeEach} and {@code @AfterEach} methods run once,
 * and fields keep their values from seed to seed.
 *
 * <p>After each repetition nothing may be left: no live callback thread, no stuck step, no blocking
 * call. The first seed that fails ends the test with a {@link SimulationFailedError} that names it.
 * To replay it write {@code @SimulationTest(seed = 42)}, or set {@code picot.simulation.seed} as a
 * system property or a configuration parameter of JUnit, which wins over the annotation; {@code
 * picot.simulation.seeds} changes how many seeds there are.
 *
 * <pre>
 * &#64;SimulationTest(seeds = 1_000)
 * void sellsEachSeatOnce(Simulation simulation) {
 *   LoopScheduler scheduler = simulation.scheduler();
 *   CallbackThread&lt;Boolean&gt; ann = scheduler.spawn(hall.book("ann"));
 *   CallbackThread&lt;Boolean&gt; bob = scheduler.spawn(hall.book("bob"));
 *   simulation.run();
 *   assertNotEquals(ann.outcome(), bob.outcome());
 * }
 * </pre>
 *
 * @since 0.1
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.METHOD, ElementType.ANNOTATION_TYPE})
@Test
@ExtendWith(SimulationExtension.class)
public @interface SimulationTest {
  /** {@return how many seeds are tried, from 1 on} */
  int seeds() default 100;

  /** {@return the only seeds to be tried; none for as many as {@link #seeds()} says} */
  long[] seed() default {};

  /**
   * {@return whether a step that is stopped in the middle may be given up, as after the {@code
   * failAfter} of the watchdog, so that its callback thread fails}
   */
  boolean failStalls() default false;
}
