/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.r2dbc;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.LoopScheduler;
import dev.picot.ManualLoops;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.R2dbcTimeoutException;
import io.r2dbc.spi.R2dbcTransientResourceException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;

/** The states of a pool, its slots and its callers, in virtual time. */
class PoolTest {
  private final ManualLoops loops = LoopScheduler.builder("db").manualInVirtualTime();
  private final FakeDriver driver = new FakeDriver();
  private LoopConnectionFactory factory = make(builder -> builder);

  private LoopConnectionFactory make(UnaryOperator<LoopConnectionFactory.Builder> options) {
    return options
        .apply(LoopConnectionFactory.shared(loops.scheduler(), driver).maxSize(2))
        .build();
  }

  private Caller<Connection> acquire() {
    Caller<Connection> caller = Caller.acquires(factory);
    loops.runUntilIdle();
    return caller;
  }

  private void giveBack(Caller<Connection> caller) {
    Caller.close(caller.value);
    loops.runUntilIdle();
  }

  private FakeConnection connectionOf(Caller<Connection> caller) {
    return (FakeConnection) ((Lease) caller.value).unwrap();
  }

  private void assertThatNothingIsInUse() {
    PoolStats stats = factory.stats();
    assertThat(stats.acquired()).isZero();
    assertThat(stats.pending()).isZero();
    assertThat(stats.connecting()).isZero();
    assertThat((long) stats.idle()).isEqualTo(driver.openConnections());
  }

  @AfterEach
  void everythingIsClosedInTheEnd() {
    driver.held.clear();
    Caller<Void> closing = Caller.of(factory.disposeLater());
    loops.runUntilIdle();
    if (!closing.isComplete) { // somebody has a connection still
      assertThat(factory.stats().acquired()).isPositive();
    } else {
      assertThat(driver.openConnections()).isZero();
    }
    loops.close();
  }

  @Test
  void acquire_whileNothingIsOpen_opensAConnection() {
    driver.hold("connect");

    Caller<Connection> caller = acquire();

    assertThat(caller.waits()).isTrue();
    assertThat(factory.stats().connecting()).isEqualTo(1);
    driver.open(0);
    loops.runUntilIdle();
    assertThat(caller.value).isNotNull();
    assertThat(caller.isComplete).isTrue();
    assertThat(factory.stats().acquired()).isEqualTo(1);
  }

  @Test
  void acquire_whileOneIsIdle_getsItAtOnce() {
    giveBack(acquire());

    Caller<Connection> caller = Caller.acquires(factory);

    assertThat(caller.isComplete).isTrue();
    assertThat(driver.connections).hasSize(1);
  }

  @Test
  void acquire_whileAllAreLent_waitsForTheFirstThatComesBack() {
    Caller<Connection> one = acquire();
    Caller<Connection> other = acquire();
    List<Caller<Connection>> waiting = IntStream.range(0, 3).mapToObj(i -> acquire()).toList();

    assertThat(factory.stats().pending()).isEqualTo(3);
    assertThat(driver.connections).hasSize(2);
    giveBack(other);
    assertThat(waiting.get(0).value).isNotNull();
    assertThat(connectionOf(waiting.get(0)).number).isEqualTo(1);
    giveBack(one);
    assertThat(waiting.get(1).value).isNotNull();
    assertThat(waiting.get(2).waits()).isTrue();
    giveBack(waiting.get(0));
    assertThat(waiting.get(2).value).isNotNull();
    giveBack(waiting.get(1));
    giveBack(waiting.get(2));
    assertThatNothingIsInUse();
    assertThat(factory.stats().acquires()).isEqualTo(5);
  }

  @Test
  void acquire_whileAsManyWaitAsMay_isRefused() {
    factory = make(builder -> builder.maxSize(1).maxWaiting(1));
    Caller<Connection> has = acquire();
    Caller<Connection> waits = acquire();

    Caller<Connection> refused = acquire();

    assertThat(refused.error)
        .isInstanceOf(AcquireRefusedException.class)
        .isInstanceOf(R2dbcTransientResourceException.class)
        .hasMessage(
            "Pool 'fake' refused a caller: 1 wait for a connection (limit: maxWaiting = 1). Send less, raise maxSize or maxWaiting, or handle AcquireRefusedException.");
    assertThat(((AcquireRefusedException) refused.error).waiting()).isEqualTo(1);
    assertThat(((AcquireRefusedException) refused.error).maxWaiting()).isEqualTo(1);
    giveBack(has);
    giveBack(waits);
    assertThatNothingIsInUse();
  }

  @Test
  void time_whileACallerWaits_failsItAtItsDeadline() {
    factory = make(builder -> builder.maxSize(1).acquireTimeout(ofMillis(500)));
    Caller<Connection> has = acquire();
    Caller<Connection> first = acquire();
    loops.advance(ofMillis(200));
    Caller<Connection> second = acquire();

    loops.advance(ofMillis(299));
    assertThat(first.waits()).isTrue();
    loops.advance(ofMillis(20));

    assertThat(first.error)
        .isInstanceOf(AcquireTimeoutException.class)
        .isInstanceOf(R2dbcTimeoutException.class)
        .hasMessage(
            "Pool 'fake' gave no connection within 500 ms (limit: acquireTimeout): 1 of at most 1 connections are in use, 0 are being opened, 1 others wait. Give connections back sooner, raise maxSize or acquireTimeout, or handle AcquireTimeoutException.");
    assertThat(((AcquireTimeoutException) first.error).limit()).isEqualTo(ofMillis(500));
    assertThat(((AcquireTimeoutException) first.error).pool().pending()).isEqualTo(1);
    assertThat(second.waits()).isTrue();
    giveBack(has);
    assertThat(second.value).isNotNull();
    giveBack(second);
    assertThat(factory.stats().timeouts()).isEqualTo(1);
    assertThatNothingIsInUse();
  }

  @Test
  void cancel_whileWaiting_leavesTheQueue() {
    factory = make(builder -> builder.maxSize(1));
    Caller<Connection> has = acquire();
    Caller<Connection> cancelled = acquire();
    Caller<Connection> next = acquire();

    cancelled.cancel();

    assertThat(factory.stats().pending()).isEqualTo(1);
    giveBack(has);
    assertThat(cancelled.waits()).isTrue();
    assertThat(next.value).isNotNull();
    giveBack(next);
    assertThatNothingIsInUse();
  }

  @Test
  void cancel_whileItsConnectionIsOpened_leavesThatToOthers() {
    driver.hold("connect");
    Caller<Connection> caller = acquire();

    caller.cancel();
    driver.open(0);
    loops.runUntilIdle();

    assertThat(driver.openings.get(0).isCancelled).isFalse();
    assertThat(factory.stats().idle()).isEqualTo(1);
    assertThatNothingIsInUse();
  }

  @Test
  void cancel_whileItsConnectionIsOnItsWay_givesThatBack() {
    factory = make(builder -> builder.maxSize(1));
    Caller<Connection> has = acquire();
    Caller<Connection> caller = acquire();

    Caller.close(has.value); // posts to the loop
    assertThat(factory.stats().acquired()).isEqualTo(1);
    caller.cancel();
    loops.runUntilIdle();

    assertThat(caller.waits()).isTrue();
    assertThat(factory.stats().idle()).isEqualTo(1);
    assertThat(factory.stats().acquires()).isEqualTo(1);
    assertThatNothingIsInUse();
  }

  @Test
  void cancel_beforeTheRequest_asksForNothing() {
    factory
        .create()
        .subscribe(
            new reactor.core.publisher.BaseSubscriber<Connection>() {
              @Override
              protected void hookOnSubscribe(org.reactivestreams.Subscription subscription) {
                subscription.cancel();
              }
            });
    loops.runUntilIdle();

    assertThat(driver.openings).isEmpty();
    assertThatNothingIsInUse();
  }

  @Test
  void connectError_whileCallersWait_failsTheFirstAndTriesAgainForTheNext() {
    factory = make(builder -> builder.maxSize(1));
    driver.hold("connect");
    Caller<Connection> first = acquire();
    Caller<Connection> second = acquire();

    driver.openings.get(0).fail(new IllegalStateException("no server"));
    loops.runUntilIdle();

    assertThat(first.error).hasMessage("no server");
    assertThat(second.waits()).isTrue();
    assertThat(driver.openings).hasSize(2);
    driver.open(1);
    loops.runUntilIdle();
    giveBack(second);
    assertThatNothingIsInUse();
  }

  @Test
  void connect_thatCompletesWithoutAConnection_isAnError() {
    driver.hold("connect");
    Caller<Connection> caller = acquire();

    driver.openings.get(0).complete();
    loops.runUntilIdle();

    assertThat(caller.error).hasMessage("The driver of pool 'fake' completed without a connection");
    assertThatNothingIsInUse();
  }

  @Test
  void connect_thatTakesTooLong_isCancelledAndALateConnectionIsClosed() {
    factory = make(builder -> builder.connectTimeout(ofSeconds(2)));
    driver.hold("connect");
    Caller<Connection> caller = acquire();

    loops.advance(ofMillis(2_010));

    assertThat(caller.error)
        .isInstanceOf(R2dbcTimeoutException.class)
        .hasMessageContaining("could not open a connection within 2000 ms (limit: connectTimeout)");
    assertThat(driver.openings.get(0).isCancelled).isTrue();
    assertThatNothingIsInUse();
  }

  @Test
  void time_closesWhatIsIdleForTooLong() {
    factory = make(builder -> builder.minSize(1).maxIdle(ofMinutes(1)));
    Caller<Connection> one = acquire();
    Caller<Connection> other = acquire();
    giveBack(one);
    loops.advance(ofSeconds(30));
    giveBack(other);

    loops.advance(ofSeconds(31));
    assertThat(driver.connections.get(0).isClosed).isTrue();
    loops.advance(ofMinutes(5));

    assertThat(driver.connections.get(1).isClosed).isFalse(); // minSize
    assertThatNothingIsInUse();
  }

  @Test
  void time_closesWhatIsTooOld_upToATenthSooner() {
    factory = make(builder -> builder.maxAge(ofMinutes(10)).maxIdle(ofMinutes(60)));
    Caller<Connection> lent = acquire();
    giveBack(acquire());

    loops.advance(ofMinutes(9));
    assertThat(driver.openConnections()).isEqualTo(2);
    loops.advance(ofSeconds(61));

    assertThat(connectionOf(lent).isClosed).isFalse();
    assertThat(driver.openConnections()).isEqualTo(1);
    giveBack(lent);
    assertThat(driver.openConnections()).isZero();
    assertThatNothingIsInUse();
  }

  @Test
  void acquire_ofWhatWasIdleForAWhile_validatesIt() {
    factory = make(builder -> builder.validateAfter(ofSeconds(1)));
    giveBack(acquire());

    giveBack(acquire());
    assertThat(driver.connections.get(0).callNames()).doesNotContain("validate");
    loops.advance(ofSeconds(1));
    giveBack(acquire());

    assertThat(driver.connections.get(0).callNames()).containsExactly("validate");
    assertThat(driver.connections).hasSize(1);
  }

  @Test
  void validation_thatFails_closesItAndServesTheCallerFirstOfAll() {
    factory = make(builder -> builder.maxSize(1).validateAfter(ofSeconds(0)));
    driver.hold("validate");
    Caller<Connection> one = acquire();
    driver.connections.get(0).last("validate").complete();
    loops.runUntilIdle();
    assertThat(one.waits()).isTrue(); // empty is not true
    assertThat(driver.connections.get(0).isClosed).isTrue();
    Caller<Connection> other = acquire();

    driver.connections.get(1).<Boolean>last("validate").answer(true);
    loops.runUntilIdle();

    assertThat(one.value).isNotNull();
    assertThat(other.waits()).isTrue();
    driver.held.clear();
    giveBack(one);
    giveBack(other);
    assertThatNothingIsInUse();
  }

  @Test
  void twoWarmUpsAtOnce_doNotWaitForEachOther() {
    factory = make(builder -> builder.maxSize(2).minSize(2).validateAfter(ofSeconds(0)));
    giveBack(acquire());
    assertThat(factory.stats().idle()).isEqualTo(2);
    List<Caller<Integer>> other = new ArrayList<>();
    AtomicBoolean isFirst = new AtomicBoolean(true);
    driver.answers =
        answer -> {
          if (isFirst.getAndSet(false)) { // one connection of two is being validated for it
            other.add(Caller.of(factory.warmUp()));
          }
          answer.run();
        };

    Caller<Integer> one = Caller.of(factory.warmUp());
    loops.runUntilIdle();

    assertThat(one.value).isEqualTo(2);
    assertThat(other.get(0).value).isEqualTo(2);
    assertThatNothingIsInUse();
  }

  @Test
  void aWarmUpAfterOneThatWasCancelled_waitsForTheOneBeforeThat() {
    factory = make(builder -> builder.maxSize(2).minSize(2));
    driver.hold("connect");
    Caller<Integer> one = Caller.of(factory.warmUp());
    Disposable cancelled = factory.warmUp().subscribe();
    cancelled.dispose();
    Caller<Integer> other = Caller.of(factory.warmUp());
    loops.runUntilIdle();
    assertThat(factory.stats().pending()).isEqualTo(2);

    driver.held.clear();
    driver.open(0);
    driver.open(1);
    loops.runUntilIdle();

    assertThat(one.value).isEqualTo(2);
    assertThat(other.value).isEqualTo(2);
    assertThatNothingIsInUse();
  }

  @Test
  void manyDeadConnections_areDiscarded_onASmallStack() throws Exception {
    int dead = 2_000;
    factory = make(builder -> builder.maxSize(dead).validateAfter(ofSeconds(0)));
    List<Caller<Connection>> before = IntStream.range(0, dead).mapToObj(i -> acquire()).toList();
    before.forEach(this::giveBack);
    driver.connections.forEach(connection -> connection.isValid = false);
    List<Caller<Connection>> caller = new ArrayList<>();

    Thread small =
        new Thread(null, () -> caller.add(Caller.acquires(factory)), "small", 256 * 1_024);
    small.start();
    small.join();
    loops.runUntilIdle();

    assertThat(connectionOf(caller.get(0)).number).isEqualTo(dead);
    assertThat(driver.openConnections()).isEqualTo(1);
    giveBack(caller.get(0));
    assertThatNothingIsInUse();
  }

  @Test
  void validation_thatGivesNoAnswer_failsInTime() {
    factory =
        make(
            builder ->
                builder
                    .maxSize(1)
                    .validateAfter(ofSeconds(0))
                    .cleanupTimeout(ofSeconds(3))
                    .acquireTimeout(ofSeconds(4)));
    driver.hold("validate");
    Caller<Connection> caller = acquire();

    loops.advance(ofMillis(3_010));
    assertThat(driver.connections.get(0).isClosed).isTrue();
    assertThat(caller.waits()).isTrue();
    loops.advance(ofMillis(3_010));

    assertThat(caller.error).isInstanceOf(AcquireTimeoutException.class);
    loops.advance(ofMillis(3_010));
    assertThatNothingIsInUse();
  }

  @Test
  void cancel_whileValidating_givesTheConnectionBack() {
    factory = make(builder -> builder.validateAfter(ofSeconds(0)));
    driver.hold("validate");
    Caller<Connection> caller = acquire();

    caller.cancel();
    driver.connections.get(0).<Boolean>last("validate").answer(true);
    loops.runUntilIdle();

    assertThat(factory.stats().idle()).isEqualTo(1);
    assertThatNothingIsInUse();
  }

  @Test
  void validationQuery_isAskedInsteadOfTheDriver() {
    factory = make(builder -> builder.validateAfter(ofSeconds(0)).validationQuery("SELECT 1"));

    giveBack(acquire());

    assertThat(driver.connections.get(0).callNames()).containsExactly("execute", "rows");
  }

  @Test
  void minSize_isKeptOpenFromTheFirstCallerOn() {
    factory = make(builder -> builder.maxSize(4).minSize(3));
    loops.runUntilIdle();
    assertThat(driver.openings).isEmpty();

    Caller<Connection> caller = acquire();

    assertThat(driver.connections).hasSize(3);
    giveBack(caller);
    assertThat(factory.stats().idle()).isEqualTo(3);
  }

  @Test
  void minSize_whileTheDatabaseIsAway_isTriedAgainOnceASecond() {
    factory = make(builder -> builder.maxSize(1).minSize(1));
    driver.hold("connect");
    Caller<Connection> caller = acquire();
    driver.openings.get(0).fail(new IllegalStateException("away"));
    loops.runUntilIdle();
    assertThat(caller.error).hasMessage("away");
    assertThat(driver.openings).hasSize(1);

    loops.advance(ofMillis(990));
    assertThat(driver.openings).hasSize(1);
    loops.advance(ofMillis(20));

    assertThat(driver.openings).hasSize(2);
    driver.open(1);
    loops.runUntilIdle();
    assertThat(factory.stats().idle()).isEqualTo(1);
  }

  @Test
  void close_failsWhoWaits_closesWhatIsIdle_andWaitsForWhatIsLent() {
    Caller<Connection> lent = acquire();
    giveBack(acquire());
    driver.hold("connect");
    Caller<Connection> has = acquire();
    Caller<Connection> waits = acquire();

    Caller<Void> closing = Caller.of(factory.disposeLater());
    loops.runUntilIdle();

    assertThat(waits.error)
        .isInstanceOf(PoolClosedException.class)
        .hasMessage(
            "Pool 'fake' gave no connection: its factory, or the loop scheduler, was closed. Close them after what uses them.");
    assertThat(closing.waits()).isTrue();
    giveBack(lent);
    assertThat(closing.waits()).isTrue();
    giveBack(has);
    assertThat(closing.isComplete).isTrue();
    assertThat(driver.openConnections()).isZero();
    assertThat(acquire().error).isInstanceOf(PoolClosedException.class);
    Caller<Void> again = Caller.of(factory.close());
    assertThat(again.isComplete).isTrue();
  }

  @Test
  void close_whileConnecting_cancelsThatAndClosesALateConnection() {
    driver.hold("connect");
    Caller<Connection> caller = acquire();

    Caller<Void> closing = Caller.of(factory.disposeLater());
    loops.runUntilIdle();

    assertThat(caller.error).isInstanceOf(PoolClosedException.class);
    assertThat(driver.openings.get(0).isCancelled).isTrue();
    assertThat(closing.isComplete).isTrue();
  }

  @Test
  void close_whileConnecting_tellsEverybody_thoughTheDriverThrowsWhenItIsCancelled() {
    driver.hold("connect");
    Caller<Connection> one = acquire();
    Caller<Connection> other = acquire();
    driver.openings.forEach(opening -> opening.cancelFailure = new IllegalStateException("no"));

    Caller<Void> closing = Caller.of(factory.disposeLater());
    loops.runUntilIdle();

    assertThat(one.error).isInstanceOf(PoolClosedException.class);
    assertThat(other.error).isInstanceOf(PoolClosedException.class);
    assertThat(closing.isComplete).isTrue();
  }

  @Test
  void close_whileAConnectionDoesNotClose_isOverInTime() {
    factory = make(builder -> builder.cleanupTimeout(ofSeconds(2)));
    giveBack(acquire());
    driver.hold("close");

    Caller<Void> closing = Caller.of(factory.disposeLater());
    loops.runUntilIdle();
    assertThat(closing.waits()).isTrue();
    loops.advance(ofMillis(2_010));

    assertThat(closing.isComplete).isTrue();
    driver.connections.get(0).isClosed = true;
  }

  @Test
  void warmUp_opensMinSizeConnectionsAndWorksOnEach() {
    factory = make(builder -> builder.maxSize(4).minSize(3));

    Caller<Integer> warm =
        Caller.of(factory.warmUp(10, connection -> connection.createStatement("x").execute()));
    loops.runUntilIdle();

    assertThat(warm.value).isEqualTo(3);
    assertThat(driver.connections).hasSize(3);
    assertThat(
            driver.connections.stream()
                .flatMap(connection -> connection.callNames().stream())
                .filter("execute"::equals))
        .hasSize(10);
    assertThatNothingIsInUse();
  }

  @Test
  void warmUp_thatCannotConnect_failsAndGivesTheOthersBack() {
    factory = make(builder -> builder.maxSize(2).minSize(2));
    driver.hold("connect");
    Caller<Integer> warm = Caller.of(factory.warmUp());
    loops.runUntilIdle();

    driver.open(0);
    driver.openings.get(1).fail(new IllegalStateException("away"));
    loops.runUntilIdle();

    assertThat(warm.error).hasMessage("away");
    assertThatNothingIsInUse();
  }
}
