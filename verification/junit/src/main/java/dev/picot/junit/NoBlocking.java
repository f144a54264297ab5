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
 * Fails a test during which a thread that must not block was blocked.
 *
 * <p>For tests of any reactive application. Watched are the threads that Reactor calls
 * non-blocking, the event loops of Netty and Reactor Netty, and the loops of Picot. Everything that
 * holds one of them up between the first {@code @BeforeEach} and the last {@code @AfterEach} method
 * is an {@link Incident}; nothing is interrupted or thrown, so the application behaves as without
 * the annotation. When the test has ended it fails with a {@link BlockingDetectedError} that names
 * <em>every</em> incident, also those whose error was swallowed; if the test failed anyway, that
 * error is suppressed by the test's own.
 *
 * <p>Three detectors work together, and what several of them see is one incident. BlockHound, if it
 * is on the class path and the JVM was started with {@code
 * -XX:+AllowRedefinitionToAddDeleteMethods}, sees each call, however short, of the JDK's well-known
 * blocking methods. Flight Recorder sees files of NIO and contended {@code synchronized} that takes
 * 10 ms, and without BlockHound also sleeps, other files, and other waits that take 10 ms. A
 * watchdog sees whatever takes longer than {@link #stallAfterMillis()}: sockets of NIO, name
 * resolution, embedded databases, computations. The log tells once per JVM what it cannot see and
 * what to add.
 *
 * <p>On a class it applies to each of its tests and to those of nested classes and subclasses. It
 * can be part of a composed annotation.
 *
 * <h2>Parallel tests</h2>
 *
 * The watched threads serve all tests. An incident is reported to the test for which the thread
 * worked: as tell tasks of Reactor, which work for whoever has scheduled them, and callback threads
 * and executor tasks, which work for whoever has started them. Where nobody knows, as in a handler
 * of Netty, each observed test that runs at that time is told, as one that possibly caused it.
 *
 * @see AllowBlocking
 * @since 0.1
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
@ExtendWith({
  TestRunExtension.class,
  TimeoutExtension.class,
  SchedulerExtension.class,
  NoBlockingExtension.class
})
public @interface NoBlocking {
  /**
   * {@return for how many milliseconds one piece of work may hold a thread before the watchdog
   * calls it an incident; of a computation its CPU time counts, and pauses of the whole process
   * never do}
   */
  int stallAfterMillis() default 200;
}
