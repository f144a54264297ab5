/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit;

import dev.picot.LoopScheduler;
import dev.picot.Stats;
import dev.picot.internal.Check;
import dev.picot.internal.Nanos;
import dev.picot.internal.Text;
import dev.picot.loop.Simulator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;

/**
 * One repetition of a {@link SimulationTest}: schedulers whose threads run one at a time, in
 * virtual time and in an order that the seed decides.
 *
 * <p>A thread may be stopped before and after each slice, wherever its loop looks at the clock, and
 * at {@link #pause()}. While it is stopped others go on, time may pass, and its loop may be taken
 * over. What a program does depends on the seed alone, as long as it has no threads, no clock and
 * no chance of its own: use {@link #outside}, {@code Task.sleep} and {@link #random()} instead, and
 * {@code Backoff.jitter(0)}.
 *
 * <h2>Threading</h2>
 *
 * {@link #pause()}, {@link #note}, {@link #outside} and {@link #random()} may be called by the test
 * and by whatever runs in the simulation; the others by the test only. A step must not wait for
 * another by locks or latches, for the other may not have its turn: then {@link #run()} fails after
 * 30 seconds. Nor may the test {@code block}.
 *
 * <pre>
 * CallbackThread&lt;String&gt; thread = simulation.scheduler().spawn(task);
 * simulation.outside(Duration.ofSeconds(1), thread::cancel);
 * simulation.run();
 * </pre>
 *
 * @since 0.1
 */
public final class Simulation {
  private final long seed;
  private final Random random;
  private final Simulator simulator;
  private final List<LoopScheduler> schedulers = new ArrayList<>();

  Simulation(long seed, boolean failStalls) {
    this.seed = seed;
    this.random = new Random(seed);
    this.simulator =
        new Simulator(
            seed,
            new Simulator.Faults(
                random.nextBoolean(), random.nextBoolean(), failStalls && random.nextBoolean()));
  }

  /** {@return the seed} */
  public long seed() {
    return seed;
  }

  /** {@return the scheduler of this simulation, with one to three loops} */
  public LoopScheduler scheduler() {
    return schedulers.isEmpty()
        ? scheduler(LoopScheduler.builder("simulated").loops(1 + random.nextInt(3)))
        : schedulers.get(0);
  }

  /**
   * Makes a scheduler, perhaps one more. Its watchdog's times are not used: the seed decides when a
   * step is stuck.
   *
   * @param builder its options
   * @return the scheduler; closed after the test
   */
  public LoopScheduler scheduler(LoopScheduler.Builder builder) {
    Objects.requireNonNull(builder, "builder");
    LoopScheduler made = (LoopScheduler) simulator.build(builder);
    schedulers.add(made);
    return made;
  }

  /** {@return chance that the seed decides} */
  public Random random() {
    return random;
  }

  /** {@return how much virtual time has passed} */
  public Duration now() {
    return Duration.ofNanos(simulator.nanosNow());
  }

  /**
   * Runs until nothing can happen any more: everything has ended or waits for what never comes. To
   * be called by the test, again after it has started more.
   *
   * @throws IllegalStateException if an action from {@link #outside} threw, or the program does not
   *     end, or a thread waits for one that does not have its turn
   */
  public void run() {
    simulator.run();
  }

  /**
   * Marks a place where a step, a blocking call or an action from outside may be stopped in the
   * middle. Does nothing elsewhere.
   */
  public void pause() {
    simulator.pause();
  }

  /**
   * Adds a line to {@link #events()}. Does nothing outside the simulation.
   *
   * @param event what has happened
   */
  public void note(String event) {
    simulator.note(Objects.requireNonNull(event, "event"));
  }

  /**
   * Does something on a thread that is none of the schedulers', at a moment that the seed decides.
   *
   * @param action runs once; what it throws fails {@link #run()}
   */
  public void outside(Runnable action) {
    outside(Duration.ZERO, action);
  }

  /**
   * Does something on a thread that is none of the schedulers'.
   *
   * @param delay not before so much virtual time has passed; not negative
   * @param action runs once; what it throws fails {@link #run()}
   */
  public void outside(Duration delay, Runnable action) {
    simulator.outside(
        Nanos.of(Check.notNegative("delay", delay)), Objects.requireNonNull(action, "action"));
  }

  /** {@return what has happened, an event a line; the same for the same seed and program} */
  public List<String> events() {
    return simulator.events();
  }

  /** Refuses what is left at the end. */
  void checkNothingIsLeft() {
    for (LoopScheduler scheduler : schedulers) {
      Stats stats = scheduler.stats();
      if (stats.live() > 0 || stats.detached() > 0 || stats.elastic().active() > 0) {
        throw new AssertionError(
            Text.format(
                "left at the end: %d live callback threads, %d stuck steps, %d blocking calls"
                    + " (expected: none). Was run() called?%n%s",
                stats.live(),
                stats.detached(),
                stats.elastic().active(),
                scheduler.inspect().dump()));
      }
    }
  }

  void close() {
    simulator.release();
    schedulers.forEach(LoopScheduler::closeNow);
    schedulers.forEach(LoopScheduler::close);
  }
}
