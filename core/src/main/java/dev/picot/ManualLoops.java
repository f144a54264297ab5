/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import dev.picot.internal.Check;
import dev.picot.internal.Nanos;
import dev.picot.internal.Text;
import dev.picot.loop.LoopDriver;
import dev.picot.loop.LoopThread;
import java.time.Duration;
import java.util.Objects;

/**
 * Drives a {@link LoopScheduler} that has no threads of its own: every step and every blocking call
 * is made by the calling thread, within a method of this class, {@link CallbackThread#block} or
 * {@link LoopScheduler#close}.
 *
 * <p>For programs that want one thread only, and for tests: what a program does in virtual time is
 * the same each time. It is the same program as on a scheduler with threads, and ends the same.
 *
 * <h2>Threading</h2>
 *
 * Any thread may drive, one at a time; what one does happens before what the next one does. Other
 * threads may spawn, cancel and complete what is awaited at any time; they wake a driver that
 * sleeps. No method may be called by a step of a callback thread, of this scheduler or another.
 *
 * <p>Blocking calls are made between slices, one after the other in the order in which they were
 * begun, so a long one holds up everything else. Such a call may {@code block} on a callback thread
 * of this scheduler: that goes on driving.
 *
 * <p>A driver that is interrupted returns as soon as nothing is ready, and is still interrupted.
 *
 * <h2>Stalls</h2>
 *
 * A step that does not return is reported like any other; nobody takes the loop over.
 *
 * <h2>Lifecycle</h2>
 *
 * {@link #close()} drives the live callback threads to their end; after {@link
 * LoopScheduler#shutdown} and {@link LoopScheduler#closeNow} somebody has to drive until {@link
 * LoopScheduler#onClosed()}.
 *
 * <h2>Errors</h2>
 *
 * {@link BlockedOnLoopException} on a loop; {@link IllegalStateException} while another thread
 * drives, which names both threads.
 *
 * <pre>
 * try (ManualLoops loops = LoopScheduler.builder("test").manualInVirtualTime()) {
 *   CallbackThread&lt;Void&gt; sleeping = loops.scheduler().spawn(Task.sleep(ofHours(1)));
 *   loops.advance(ofHours(1)); // takes no time
 * }
 * </pre>
 *
 * @see LoopScheduler#manual(String)
 * @since 0.1
 */
public final class ManualLoops implements AutoCloseable {
  private final LoopScheduler scheduler;
  private final LoopDriver driver;
  private final long begunNanos;

  ManualLoops(LoopScheduler scheduler) {
    this.scheduler = scheduler;
    this.driver = Objects.requireNonNull(scheduler.driver(), "driver");
    this.begunNanos = scheduler.now();
  }

  /** {@return the scheduler whose loops these are} */
  public LoopScheduler scheduler() {
    return scheduler;
  }

  /**
   * {@return how much time has passed for the loops since they were made: virtual time if theirs
   * is} Any thread; also in steps.
   */
  public Duration elapsed() {
    return Duration.ofNanos(scheduler.now() - begunNanos);
  }

  /**
   * Drives until no callback thread is live and nothing is left to run, or the scheduler is closed.
   * When nothing is ready it sleeps until the next timer, or, in virtual time, moves on to it; if
   * there is none it waits for other threads.
   *
   * @throws BlockedOnLoopException on a loop
   * @throws IllegalStateException if another thread drives, or this one does already
   */
  public void run() {
    refuseOnLoop("run()");
    driver.drive("run()", () -> scheduler.isDrained() && driver.isIdle());
  }

  /**
   * Drives until nothing is ready and no timer is due. Never sleeps, and leaves virtual time alone.
   *
   * @throws BlockedOnLoopException on a loop
   * @throws IllegalStateException if another thread drives, or this one does already
   */
  public void runUntilIdle() {
    refuseOnLoop("runUntilIdle()");
    driver.runUntilIdle("runUntilIdle()");
  }

  /**
   * Moves virtual time on, from timer to timer, and at each of them drives until nothing is ready
   * any more; so everybody runs at the time for which they waited.
   *
   * @param time how far, not negative
   * @throws BlockedOnLoopException on a loop
   * @throws IllegalStateException if time is not virtual, if another thread drives, or if this one
   *     does already
   */
  public void advance(Duration time) {
    Check.notNegative("time", time);
    refuseOnLoop("advance(Duration)");
    driver.advance("advance(Duration)", Nanos.of(time));
  }

  /**
   * Closes the scheduler as {@link LoopScheduler#close()} does, and drives it to its end. In
   * virtual time there is no grace: what is live is cancelled at once.
   *
   * @throws BlockedOnLoopException on a loop
   */
  @Override
  public void close() {
    scheduler.close();
  }

  private void refuseOnLoop(String call) {
    LoopThread thread = LoopThread.current();
    if (thread != null) {
      throw new BlockedOnLoopException(
          Text.format("%s of manual scheduler '%s'", call, scheduler.name()),
          thread.loop().name(),
          CallbackThread.current()
              .map(c -> "callback thread '" + c.name() + "'")
              .orElse("a task of the loop"),
          "Steps are driven already: join the callback thread instead.");
    }
  }

  @Override
  public String toString() {
    return Text.format("ManualLoops[%s]", scheduler);
  }
}
