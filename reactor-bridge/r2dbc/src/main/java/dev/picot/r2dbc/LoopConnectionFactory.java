/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.r2dbc;

import dev.picot.LoopScheduler;
import dev.picot.internal.Check;
import dev.picot.internal.Text;
import dev.picot.loop.LoopGroup;
import io.r2dbc.spi.Closeable;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryMetadata;
import io.r2dbc.spi.ValidationDepth;
import io.r2dbc.spi.Wrapped;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;

/**
 * A {@code ConnectionFactory} that keeps the connections of another one open, lends them, and
 * brings their signals home to the callback threads that use them.
 *
 * <p>Whatever works on R2DBC's interfaces works on it: Spring Data R2DBC, jOOQ, r2dbc-proxy. It
 * takes the place of r2dbc-pool. Where the driver's cost per query matters more than anything else,
 * JDBC in {@code Task.blocking} may be the better door; the guide says when.
 *
 * <p>The connections live in one of three places:
 *
 * <ul>
 *   <li>{@link #perLoop}: each loop has a pool of its own, and makes its connections itself. With a
 *       driver whose event loops are the loops of the scheduler no query leaves its loop.
 *   <li>{@link #shared}: one pool for all loops. The driver reads with threads of its own.
 *   <li>{@link #offloaded}: one pool for all loops, for a driver that works on the thread that
 *       calls it, such as that of embedded H2. Each call is made on the scheduler's elastic pool,
 *       and a connection makes one at a time.
 * </ul>
 *
 * <h2>Threading</h2>
 *
 * Every method may be called by any thread, and none waits. What is subscribed to on a loop, or by
 * a step that was detached from one, signals in slices of that loop, and within the subscribing
 * step only what is known at once. What is subscribed to elsewhere signals wherever the driver
 * does; but a caller that had to wait for a connection gets it in a slice of a loop. Mappers of
 * rows run where the driver decodes, so they are short and never block.
 *
 * <h2>Connections</h2>
 *
 * {@code create()} gives callers a connection in the order in which they came. {@code close()} of
 * the connection gives it back: an open transaction is rolled back, and autocommit and isolation
 * level are set back. It is closed, and another one opened when needed, if the driver says that it
 * is lost, if a lock wait or statement timeout was set on it, or if something was cancelled and it
 * does not answer within {@link Builder#cleanupTimeout}. It may be closed repeatedly; using it
 * afterwards fails with {@link ConnectionReturnedException}.
 *
 * <h2>Cancellation</h2>
 *
 * Nothing that is cancelled leaks a connection: a connection that is being opened stays for others,
 * one that was just lent goes back, and what a cancelled query has left is asked for before anybody
 * else gets the connection.
 *
 * <h2>Errors</h2>
 *
 * {@link AcquireTimeoutException}, {@link AcquireRefusedException}, {@link PoolClosedException},
 * and those of the driver: if a connection cannot be opened, the caller that has waited longest
 * gets the driver's error.
 *
 * <pre>
 * LoopConnectionFactory connections =
 *     LoopConnectionFactory.shared(scheduler, driver).maxSize(16).build();
 * </pre>
 *
 * @since 0.1
 */
public final class LoopConnectionFactory
    implements ConnectionFactory, Closeable, Wrapped<ConnectionFactory> {
  private final Setup setup;
  private final Pools pools;
  private final WarmUp warmUp;

  private LoopConnectionFactory(Setup setup, LoopScheduler scheduler) {
    this.setup = setup;
    this.pools = new Pools(setup);
    this.warmUp = new WarmUp(pools);
    var unused = scheduler.onClosed().whenComplete((done, error) -> pools.close());
  }

  /**
   * Begins to make a factory with a pool for each loop of a scheduler. The total of {@link
   * Builder#maxSize} is divided over them, and divided anew when {@link LoopScheduler#loops} has
   * changed their number. A caller on one of the loops gets a connection of that loop, others get
   * one of the loop with the fewest callers.
   *
   * @param scheduler whose loops
   * @param driver makes the connections; it is called on the loop that wants one
   * @return a builder
   */
  public static Builder perLoop(LoopScheduler scheduler, ConnectionFactory driver) {
    return new Builder(scheduler, driver, Placement.PER_LOOP);
  }

  /**
   * Begins to make a factory with one pool, for a driver that reads with threads of its own.
   *
   * @param scheduler whose timers it uses, and on whose loops connections are opened
   * @param driver makes the connections
   * @return a builder
   */
  public static Builder shared(LoopScheduler scheduler, ConnectionFactory driver) {
    return new Builder(scheduler, driver, Placement.SHARED);
  }

  /**
   * Begins to make a factory with one pool, for a driver that works on the thread that calls it.
   *
   * @param scheduler on whose elastic pool the driver is called
   * @param driver makes the connections
   * @return a builder
   */
  public static Builder offloaded(LoopScheduler scheduler, ConnectionFactory driver) {
    return new Builder(scheduler, driver, Placement.OFFLOADED);
  }

  /** {@return a {@code Mono} that lends a connection to each subscriber} */
  @Override
  public Mono<Connection> create() {
    return new AcquireMono(pools, null);
  }

  @Override
  public ConnectionFactoryMetadata getMetadata() {
    return setup.driver().getMetadata();
  }

  /**
   * {@return a {@code Mono} that opens connections until each pool has its share of {@link
   * Builder#minSize}, and at least one; its value is how many there are then; one at a time, others
   * wait for its end}
   */
  public Mono<Integer> warmUp() {
    return warmUp(0, connection -> Mono.empty());
  }

  /**
   * Opens connections as {@link #warmUp()}, and does some work on them before anybody else gets
   * them: a driver's first ten thousands of queries cost many times what the later ones do.
   *
   * @param times how often the work is done in all, by all of these connections together
   * @param work what to do with a connection, such as the query that is most frequent
   * @return a {@code Mono} whose value is how many connections there are; it fails with the first
   *     error
   */
  public Mono<Integer> warmUp(
      int times, Function<? super Connection, ? extends Publisher<?>> work) {
    Check.inRange("times", times, 0, 10_000_000);
    Objects.requireNonNull(work, "work");
    return warmUp.inTurn(times, work);
  }

  /** {@return figures of this moment} */
  public PoolStats stats() {
    return pools.stats();
  }

  /** {@return the name that errors, logs and meters show} */
  public String name() {
    return setup.options().name();
  }

  /**
   * {@return a {@code Mono} that closes the factory when it is subscribed to: callers that wait
   * fail with {@link PoolClosedException}, as new ones do, and connections are closed, those in use
   * when they come back; it completes when all are closed}
   */
  public Mono<Void> disposeLater() {
    return Mono.defer(
        () -> {
          pools.close();
          return Mono.fromFuture(pools.closed(), true);
        });
  }

  /** {@return the same as {@link #disposeLater()}} */
  @Override
  public Mono<Void> close() {
    return disposeLater();
  }

  /** {@return the driver's factory} */
  @Override
  public ConnectionFactory unwrap() {
    return setup.driver();
  }

  @Override
  public <E> @Nullable E unwrap(Class<E> type) {
    return Lease.unwrap(type, this, unwrap());
  }

  @Override
  public String toString() {
    return Text.format("LoopConnectionFactory[%s, %s]", name(), setup.placement());
  }

  /**
   * Makes a {@link LoopConnectionFactory}.
   *
   * <p>Threading: one thread.
   *
   * @since 0.1
   */
  public static final class Builder {
    private final LoopScheduler scheduler;
    private final ConnectionFactory driver;
    private final Placement placement;
    private String name;
    private int maxSize = 10;
    private int minSize;
    private int maxWaiting = 10_000;
    private Duration acquireTimeout = Duration.ofSeconds(30);
    private Duration connectTimeout = Duration.ofSeconds(30);
    private Duration cleanupTimeout = Duration.ofSeconds(5);
    private Duration maxIdle = Duration.ofMinutes(10);
    private Duration maxAge = Duration.ofMinutes(30);
    private Duration validateAfter = Duration.ofMillis(500);
    private ValidationDepth validation = ValidationDepth.LOCAL;
    private @Nullable String validationQuery;

    private Builder(LoopScheduler scheduler, ConnectionFactory driver, Placement placement) {
      this.scheduler = Objects.requireNonNull(scheduler, "scheduler");
      this.driver = Objects.requireNonNull(driver, "driver");
      this.placement = placement;
      this.name = driver.getMetadata().getName();
    }

    /**
     * Says what errors, logs and meters call the factory; by default as its driver.
     *
     * @param name not blank
     * @return this
     */
    public Builder name(String name) {
      this.name = Check.notBlank("name", name);
      return this;
    }

    /**
     * Limits how many connections there are, over all pools; 10 by default.
     *
     * @param connections 1 to 10,000
     * @return this
     */
    public Builder maxSize(int connections) {
      this.maxSize = Check.inRange("maxSize", connections, 1, 10_000);
      return this;
    }

    /**
     * Says how many connections are kept open, in use or not, over all pools: from the first
     * acquire on, also when they are not needed or the database was away; 0 by default.
     *
     * @param connections 0 to {@code maxSize}
     * @return this
     */
    public Builder minSize(int connections) {
      this.minSize = Check.inRange("minSize", connections, 0, 10_000);
      return this;
    }

    /**
     * Limits how many callers of a pool wait for a connection to come back; 10,000 by default. More
     * are refused with {@link AcquireRefusedException}.
     *
     * @param callers 0 to 10,000,000
     * @return this
     */
    public Builder maxWaiting(int callers) {
      this.maxWaiting = Check.inRange("maxWaiting", callers, 0, 10_000_000);
      return this;
    }

    /**
     * Limits how long a caller waits for a connection; 30 seconds by default. Then it fails with
     * {@link AcquireTimeoutException}. While a connection that it may get is being validated only
     * {@link #cleanupTimeout} counts, and what it has waited is looked at afterwards.
     *
     * @param time above zero
     * @return this
     */
    public Builder acquireTimeout(Duration time) {
      this.acquireTimeout = Check.positive("acquireTimeout", time);
      return this;
    }

    /**
     * Limits how long the driver may take to open a connection; 30 seconds by default. Then that is
     * cancelled, and the caller that has waited longest fails with {@code R2dbcTimeoutException}.
     *
     * @param time above zero
     * @return this
     */
    public Builder connectTimeout(Duration time) {
      this.connectTimeout = Check.positive("connectTimeout", time);
      return this;
    }

    /**
     * Limits how long it may take to bring a connection back into order when it is given back, to
     * validate it, and to close it; 5 seconds by default. Then it is closed, or counts as closed.
     *
     * @param time above zero
     * @return this
     */
    public Builder cleanupTimeout(Duration time) {
      this.cleanupTimeout = Check.positive("cleanupTimeout", time);
      return this;
    }

    /**
     * Limits how long a connection stays open that nobody uses; 10 minutes by default. Does not
     * count for {@link #minSize} connections.
     *
     * @param time zero for as long as you like
     * @return this
     */
    public Builder maxIdle(Duration time) {
      this.maxIdle = Check.notNegative("maxIdle", time);
      return this;
    }

    /**
     * Limits how long a connection is used again; 30 minutes by default, each up to a tenth shorter
     * so that they do not end together.
     *
     * @param time zero for as long as you like
     * @return this
     */
    public Builder maxAge(Duration time) {
      this.maxAge = Check.notNegative("maxAge", time);
      return this;
    }

    /**
     * Says after which time of not being used a connection is validated before somebody gets it;
     * 500 milliseconds by default.
     *
     * @param time zero for each time
     * @return this
     */
    public Builder validateAfter(Duration time) {
      this.validateAfter = Check.notNegative("validateAfter", time);
      return this;
    }

    /**
     * Says how connections are validated; {@code LOCAL} by default, which asks the driver and not
     * the database.
     *
     * @param depth {@code REMOTE} where something between may drop connections silently
     * @return this
     */
    public Builder validation(ValidationDepth depth) {
      this.validation = Objects.requireNonNull(depth, "depth");
      return this;
    }

    /**
     * Says with which query connections are validated, instead of {@link #validation}.
     *
     * @param query any statement that succeeds
     * @return this
     */
    public Builder validationQuery(String query) {
      this.validationQuery = Check.notBlank("validationQuery", query);
      return this;
    }

    /**
     * {@return a factory without connections}
     *
     * @throws IllegalArgumentException if {@code minSize} is above {@code maxSize}
     */
    public LoopConnectionFactory build() {
      Check.inRange("minSize", minSize, 0, maxSize);
      PoolOptions options =
          new PoolOptions(
              name,
              maxSize,
              minSize,
              maxWaiting,
              acquireTimeout,
              connectTimeout,
              cleanupTimeout,
              maxIdle,
              maxAge,
              validateAfter,
              validation,
              validationQuery);
      Setup setup = new Setup(driver, LoopGroup.of(scheduler), placement, options);
      return new LoopConnectionFactory(setup, scheduler);
    }
  }
}
