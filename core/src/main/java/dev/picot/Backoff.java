/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import dev.picot.internal.Check;
import dev.picot.internal.Nanos;
import dev.picot.internal.Text;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.DoubleSupplier;

/**
 * Which errors {@link Task#retry} tries again after, how often, and how long it pauses before.
 *
 * <p>Immutable: each method gives a changed copy. Unless told otherwise the number of attempts is
 * unlimited, any {@link Exception} is retried, and errors such as {@link StackOverflowError} are
 * not. A {@link CancellationException} is never retried: somebody wanted the end.
 *
 * <pre>
 * Backoff.exponential(ofMillis(200), ofSeconds(30)).maxAttempts(5).on(IOException.class)
 * </pre>
 *
 * @see Task#retry
 * @since 0.1
 */
public final class Backoff {
  private final long firstNanos;
  private final long maxNanos;
  private final int maxAttempts;
  private final double jitter;
  private final long resetAfterNanos;
  private final Class<? extends Throwable> type;
  private final DoubleSupplier random;

  private Backoff(
      long firstNanos,
      long maxNanos,
      int maxAttempts,
      double jitter,
      long resetAfterNanos,
      Class<? extends Throwable> type,
      DoubleSupplier random) {
    this.firstNanos = firstNanos;
    this.maxNanos = maxNanos;
    this.maxAttempts = maxAttempts;
    this.jitter = jitter;
    this.resetAfterNanos = resetAfterNanos;
    this.type = type;
    this.random = random;
  }

  private static Backoff of(long firstNanos, long maxNanos, double jitter) {
    return new Backoff(
        firstNanos,
        maxNanos,
        Integer.MAX_VALUE,
        jitter,
        Nanos.FOREVER,
        Exception.class,
        () -> ThreadLocalRandom.current().nextDouble());
  }

  /**
   * Pauses that double each time, with full jitter; see {@link #jitter}.
   *
   * @param first the pause after the first failure, above zero
   * @param max the longest pause, not below {@code first}
   * @return a backoff
   * @throws IllegalArgumentException if a pause is out of range
   */
  public static Backoff exponential(Duration first, Duration max) {
    Check.positive("first", first);
    Check.positive("max", max);
    if (max.compareTo(first) < 0) {
      throw new IllegalArgumentException(
          Text.format("max: %s (expected: at least first, %s)", max, first));
    }
    return of(Nanos.of(first), Nanos.of(max), 1);
  }

  /**
   * Pauses that are always the same, without jitter.
   *
   * @param pause the pause, not negative
   * @return a backoff
   * @throws IllegalArgumentException if the pause is negative
   */
  public static Backoff fixed(Duration pause) {
    long nanos = Nanos.of(Check.notNegative("pause", pause));
    return of(nanos, nanos, 0);
  }

  /**
   * Limits the attempts.
   *
   * @param attempts how many at most, the first one included, from 1
   * @return a copy with this limit
   * @throws IllegalArgumentException if it is below 1
   */
  public Backoff maxAttempts(int attempts) {
    Check.inRange("attempts", attempts, 1, Integer.MAX_VALUE);
    return new Backoff(firstNanos, maxNanos, attempts, jitter, resetAfterNanos, type, random);
  }

  /**
   * Shortens each pause by a random part, so that many who failed at one moment do not come back at
   * one moment.
   *
   * @param factor the greatest part: 0 for none; 1 for anything from no pause to the whole, which
   *     is called "full jitter" (Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog,
   *     2015); 0.5 for its "equal jitter"
   * @return a copy with this jitter
   * @throws IllegalArgumentException if it is not from 0 to 1
   */
  public Backoff jitter(double factor) {
    if (!(factor >= 0 && factor <= 1)) {
      throw new IllegalArgumentException(Text.format("factor: %s (expected: 0 to 1)", factor));
    }
    return new Backoff(firstNanos, maxNanos, maxAttempts, factor, resetAfterNanos, type, random);
  }

  /**
   * Begins anew, with the first pause and all attempts, when an attempt fails after a time in which
   * all was well.
   *
   * @param healthy how long an attempt lasts at least for that, above zero
   * @return a copy with this time
   * @throws IllegalArgumentException if it is not above zero
   */
  public Backoff resetAfter(Duration healthy) {
    long nanos = Nanos.of(Check.positive("healthy", healthy));
    return new Backoff(firstNanos, maxNanos, maxAttempts, jitter, nanos, type, random);
  }

  /**
   * Limits the errors.
   *
   * @param errors the type of those to retry after; others fail at once
   * @return a copy with this type
   */
  public Backoff on(Class<? extends Throwable> errors) {
    Objects.requireNonNull(errors, "errors");
    return new Backoff(firstNanos, maxNanos, maxAttempts, jitter, resetAfterNanos, errors, random);
  }

  /** For tests: with numbers from 0 to below 1 of their own. */
  Backoff random(DoubleSupplier numbers) {
    return new Backoff(firstNanos, maxNanos, maxAttempts, jitter, resetAfterNanos, type, numbers);
  }

  boolean retries(Throwable error, long failures) {
    return failures < maxAttempts
        && type.isInstance(error)
        && !(error instanceof CancellationException);
  }

  boolean resets(long lastedNanos) {
    return lastedNanos >= resetAfterNanos;
  }

  /**
   * Computes a pause, for those who try again by other means than {@link Task#retry}.
   *
   * @param failures how many there were in a row, from 1
   * @return the pause before the next attempt, with its jitter
   */
  public Duration pause(long failures) {
    long doublings = failures - 1;
    long whole =
        doublings >= Long.numberOfLeadingZeros(firstNanos) - 1
            ? maxNanos
            : Math.min(maxNanos, firstNanos << doublings);
    long part = jitter == 0 ? 0 : (long) (whole * jitter * random.getAsDouble());
    return Duration.ofNanos(Math.max(0, whole - part));
  }
}
