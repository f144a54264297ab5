/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.service;

import dev.picot.Backoff;
import dev.picot.CallbackThread;
import dev.picot.Effect;
import dev.picot.LoopScheduler;
import dev.picot.Outcome;
import dev.picot.RefusedException;
import dev.picot.Task;
import dev.picot.internal.Check;
import dev.picot.internal.Text;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * Keeps long-lived tasks running: a child that ends is started again by itself, and if that happens
 * too often the supervisor gives up and fails.
 *
 * <p>The idea is that of the supervisors of Erlang/OTP, of which this is the strategy "one for
 * one". Use it for several tasks that are to be started and stopped together; for a single one
 * {@link Task#retry} does as well.
 *
 * <p>A supervisor is an immutable description, as a task is. Each execution is a callback thread,
 * and each child another one, named {@code supervisor/child}, on the same scheduler or on one of
 * its own. What the child does is made anew for each start.
 *
 * <ul>
 *   <li>Children start in the order in which they were declared, without waiting for each other.
 *   <li>A {@linkplain RestartPolicy#PERMANENT permanent} child is restarted however it ends, a
 *       {@linkplain RestartPolicy#TRANSIENT transient} one only after a failure. An error, a failed
 *       stall and a refused start are failures; a cancellation by somebody else is not.
 *   <li>At most {@code maxRestarts} restarts happen within the period, counted over all children.
 *       One more and the supervisor stops the other children and fails with {@link
 *       RestartLimitException}. If it is the child of another supervisor, that restarts it.
 *   <li>Once no child is left that would be restarted, the supervisor completes.
 * </ul>
 *
 * <h2>Threading</h2>
 *
 * What a child does runs in its own callback thread, and so does the function that makes it. After
 * a failed stall of a child its stuck step may still be running when the child is started again.
 *
 * <h2>Cancellation</h2>
 *
 * A supervisor that is cancelled, times out or fails stops its children in reverse order: cancels
 * one, waits for its end, but no longer than {@code stopWithin}, and goes on with the next. Closing
 * the scheduler waits for a supervisor as for any callback thread: cancel it before.
 *
 * <h2>Errors</h2>
 *
 * A start that is refused because its scheduler is saturated counts as an end of the child, and is
 * tried again after a pause. If the scheduler of a child is closed, the supervisor fails with
 * {@link dev.picot.SchedulerClosedException}; if that is the supervisor's own one too, the child is
 * left as it is.
 *
 * <pre>
 * CallbackThread&lt;Void&gt; outbox =
 *     Supervisor.builder("outbox")
 *         .child("poller", () -&gt; poll)
 *         .maxRestarts(5, ofMinutes(1))
 *         .build()
 *         .start(jobs);
 * </pre>
 *
 * @see ServiceRouter
 * @since 0.1
 */
// Over 250 lines: one public type with its Javadoc and its builder; what it does is in Supervision.
public final class Supervisor {
  /** Which ends of a child are followed by a restart. */
  public enum RestartPolicy {
    /** Every one, also after it has completed or was cancelled by somebody else. */
    PERMANENT,
    /** Failures only. */
    TRANSIENT
  }

  /**
   * One end of a child.
   *
   * @param child the name of the child
   * @param outcome how it ended; failed with a {@link RefusedException} if it was not started
   * @param after how long it had been running
   */
  public record Ended(String child, Outcome<?> outcome, Duration after) {}

  /** What is known about a child before it is started. */
  record Child(
      String name,
      @Nullable LoopScheduler scheduler,
      RestartPolicy policy,
      Callable<? extends Task<?>> body) {}

  final String name;
  final List<Child> children;
  final int maxRestarts;
  final Duration period;
  final Duration stopWithin;
  final Backoff backoff;
  final Effect<? super Ended> onRestart;

  private Supervisor(Builder builder) {
    this.name = builder.name;
    this.children = List.copyOf(builder.children);
    this.maxRestarts = builder.maxRestarts;
    this.period = builder.period;
    this.stopWithin = builder.stopWithin;
    this.backoff = builder.backoff;
    this.onRestart = builder.onRestart;
  }

  /**
   * Begins to describe a supervisor.
   *
   * @param name of its callback thread, and before the names of its children
   * @return a builder with the defaults and without children
   */
  public static Builder builder(String name) {
    return new Builder(Check.notBlank("name", name));
  }

  /** {@return its name} */
  public String name() {
    return name;
  }

  /**
   * {@return a task that starts and supervises the children, for {@link LoopScheduler#spawn} or as
   * a child of another supervisor}
   */
  public Task<Void> task() {
    return Task.using(
            Task.call(() -> new Supervision(this)),
            Supervision::turn,
            (supervision, outcome) -> supervision.stop())
        .named(name);
  }

  /**
   * Starts it.
   *
   * @param scheduler runs it, and those of its children that have no other scheduler
   * @return the callback thread of the supervisor; cancel it to stop it and its children
   * @throws RefusedException if the scheduler is saturated or closed
   */
  public CallbackThread<Void> start(LoopScheduler scheduler) {
    return Objects.requireNonNull(scheduler, "scheduler").spawn(task());
  }

  @Override
  public String toString() {
    return Text.format("Supervisor[%s, %d children]", name, children.size());
  }

  /** Describes a supervisor. Not for use by several threads at a time. */
  public static final class Builder {
    private final String name;
    private final List<Child> children = new ArrayList<>();
    private int maxRestarts = 5;
    private Duration period = Duration.ofMinutes(1);
    private Duration stopWithin = Duration.ofSeconds(5);
    private Backoff backoff =
        Backoff.exponential(Duration.ofMillis(100), Duration.ofSeconds(10)).jitter(0);
    private Effect<? super Ended> onRestart = ended -> {};

    private Builder(String name) {
      this.name = name;
    }

    /**
     * Adds a permanent child on the scheduler of the supervisor.
     *
     * @param name of the child
     * @param body makes what it does, anew for each start, in a step of the child
     * @return this
     */
    public Builder child(String name, Callable<? extends Task<?>> body) {
      return child(name, RestartPolicy.PERMANENT, body);
    }

    /**
     * Adds a child on the scheduler of the supervisor.
     *
     * @param name of the child
     * @param policy which ends are followed by a restart
     * @param body makes what it does, anew for each start, in a step of the child
     * @return this
     */
    public Builder child(String name, RestartPolicy policy, Callable<? extends Task<?>> body) {
      return add(name, null, policy, body);
    }

    /**
     * Adds a child on another scheduler.
     *
     * @param name of the child
     * @param scheduler runs it
     * @param policy which ends are followed by a restart
     * @param body makes what it does, anew for each start, in a step of the child
     * @return this
     */
    public Builder childOn(
        LoopScheduler scheduler,
        String name,
        RestartPolicy policy,
        Callable<? extends Task<?>> body) {
      return add(name, Objects.requireNonNull(scheduler, "scheduler"), policy, body);
    }

    private Builder add(
        String name,
        @Nullable LoopScheduler scheduler,
        RestartPolicy policy,
        Callable<? extends Task<?>> body) {
      Check.notBlank("name", name);
      if (children.stream().anyMatch(child -> child.name().equals(name))) {
        throw new IllegalArgumentException(
            Text.format("name: '%s' (expected: a name that no child has yet)", name));
      }
      Objects.requireNonNull(policy, "policy");
      children.add(new Child(name, scheduler, policy, Objects.requireNonNull(body, "body")));
      return this;
    }

    /**
     * Limits the restarts. Default: 5 within a minute.
     *
     * @param restarts how many are allowed, over all children; 0 for none
     * @param within the time in which they are counted, above zero
     * @return this
     */
    public Builder maxRestarts(int restarts, Duration within) {
      maxRestarts = Check.inRange("restarts", restarts, 0, 1_000_000);
      period = Check.positive("within", within);
      return this;
    }

    /**
     * Sets the pauses before restarts. Default: 100 ms, doubling each time, at most 10 seconds,
     * without jitter.
     *
     * @param pauses gives the pause by how many times the child has ended within the period of
     *     {@link #maxRestarts}; what else it says, such as a number of attempts, does not count
     * @return this
     */
    public Builder backoff(Backoff pauses) {
      backoff = Objects.requireNonNull(pauses, "pauses");
      return this;
    }

    /**
     * Limits the time for each child to end after it was cancelled. A child that takes longer, such
     * as an uncancellable one, is left to itself, which is logged to {@code dev.picot}. Default: 5
     * seconds.
     *
     * @param limit above zero
     * @return this
     */
    public Builder stopWithin(Duration limit) {
      stopWithin = Check.positive("limit", limit);
      return this;
    }

    /**
     * Sets who is told of each end of a child that is followed by a restart, for logs and figures.
     * Default: nobody.
     *
     * @param listener called in a step of the supervisor before the pause; what it throws is logged
     *     to {@code dev.picot} and changes nothing
     * @return this
     */
    public Builder onRestart(Effect<? super Ended> listener) {
      onRestart = Objects.requireNonNull(listener, "listener");
      return this;
    }

    /**
     * {@return the supervisor}
     *
     * @throws IllegalArgumentException if it has no child
     */
    public Supervisor build() {
      if (children.isEmpty()) {
        throw new IllegalArgumentException("children: none (expected: at least one)");
      }
      return new Supervisor(this);
    }
  }
}
