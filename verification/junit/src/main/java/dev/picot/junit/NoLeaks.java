/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Fails a test that leaves something behind in the {@link dev.picot.LoopScheduler LoopSchedulers}
 * that it has made.
 *
 * <p>When the {@code @AfterEach} methods are done nothing may be left: no callback thread that has
 * not ended, no task or timer of an executor or of a Reactor {@code Scheduler}, no blocking call,
 * no permit, and no scheduler that was not closed. What is about to end gets two seconds for it.
 * The test fails with a {@link LeaksDetectedError} that names each thing; if it failed anyway, that
 * error is suppressed by the test's own. Schedulers that were made before the test, as in
 * {@code @BeforeAll}, may go on.
 *
 * <p>On a class it applies to each of its tests and to those of nested classes and subclasses. It
 * can be part of a composed annotation.
 *
 * <h2>A scheduler as a parameter</h2>
 *
 * A test method, {@code @BeforeEach} and {@code @AfterEach} methods may have a parameter of type
 * {@link dev.picot.LoopScheduler}, also under {@link NoBlocking} alone. They all get the same one:
 * it has two loops and the name of the test method, must be left as above, and is closed after the
 * test.
 *
 * <pre>
 * &#64;Test
 * &#64;NoLeaks
 * void sells(LoopScheduler scheduler) throws Exception {
 *   assertEquals("sold", scheduler.spawn(shop.sell()).block(ofSeconds(5)));
 * }
 * </pre>
 *
 * <h2>Timeouts</h2>
 *
 * If the test fails because of JUnit's {@code @Timeout}, what all callback threads of the process
 * did at that moment is suppressed by the failure, as {@link dev.picot.CallbackThreads#dump()}
 * shows it; also under {@link NoBlocking} alone.
 *
 * <h2>Parallel tests</h2>
 *
 * A scheduler belongs to the test for which the thread that made it worked: the test's own thread,
 * its callback threads, and tasks that these have scheduled with Reactor.
 *
 * @since 0.1
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
@ExtendWith({TestRunExtension.class, TimeoutExtension.class, SchedulerExtension.class})
public @interface NoLeaks {}
