/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.r2dbc;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.picot.LoopScheduler;
import dev.picot.ManualLoops;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.IsolationLevel;
import io.r2dbc.spi.R2dbcBadGrammarException;
import io.r2dbc.spi.R2dbcNonTransientException;
import io.r2dbc.spi.R2dbcNonTransientResourceException;
import io.r2dbc.spi.Result;
import io.r2dbc.spi.ValidationDepth;
import io.r2dbc.spi.Wrapped;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** What becomes of a connection between two callers, in virtual time. */
class LeaseTest {
  private final ManualLoops loops = LoopScheduler.builder("db").manualInVirtualTime();
  private final FakeDriver driver = new FakeDriver();
  private final LoopConnectionFactory factory =
      LoopConnectionFactory.shared(loops.scheduler(), driver)
          .maxSize(1)
          .cleanupTimeout(ofSeconds(2))
          .build();
  private Connection connection;
  private FakeConnection fake;

  @BeforeEach
  void acquires() {
    connection = acquire();
    fake = driver.connections.get(0);
  }

  @AfterEach
  void closes() {
    loops.close();
  }

  private Connection acquire() {
    Caller<Connection> caller = Caller.acquires(factory);
    loops.runUntilIdle();
    assertThat(caller.value).isNotNull();
    return caller.value;
  }

  private Caller<Void> close() {
    Caller<Void> closing = Caller.of(connection.close());
    loops.runUntilIdle();
    return closing;
  }

  private void assertThatItIsUsedAgain() {
    assertThat(fake.isClosed).isFalse();
    assertThat(factory.stats().idle()).isEqualTo(1);
    assertThat(factory.stats().acquired()).isZero();
  }

  private void assertThatItIsNotUsedAgain() {
    assertThat(fake.isClosed).isTrue();
    assertThat(factory.stats().idle()).isZero();
    assertThat(factory.stats().acquired()).isZero();
  }

  private Flux<Result> execute() {
    return Flux.from(connection.createStatement("SELECT").execute());
  }

  private Flux<Long> boundRows() {
    return Flux.<Result>from(connection.createStatement("SELECT").bind(0, 1).execute())
        .flatMap(Result::getRowsUpdated);
  }

  private Flux<Long> rows() {
    return execute().flatMap(Result::getRowsUpdated);
  }

  @Test
  void close_ofWhatIsClean_asksNothing() {
    assertThat(Caller.of(rows()).value).isEqualTo(1);

    assertThat(close().isComplete).isTrue();

    assertThat(fake.callNames()).containsExactly("execute", "rows");
    assertThatItIsUsedAgain();
  }

  @Test
  void close_again_doesNothing() {
    close();
    Connection next = acquire();

    assertThat(close().isComplete).isTrue();

    assertThat(factory.stats().acquired()).isEqualTo(1);
    Caller.close(next);
  }

  @Test
  void use_afterClose_isAnError() {
    Flux<Result> prepared = execute();
    close();

    assertThatThrownBy(() -> connection.createStatement("SELECT"))
        .isInstanceOf(ConnectionReturnedException.class)
        .isInstanceOf(R2dbcNonTransientException.class)
        .hasMessage(
            "A connection of pool 'fake' was used after its close(). Finish what uses it first: subscribe to close() last, as Mono.usingWhen does.");
    assertThatThrownBy(() -> connection.createBatch())
        .isInstanceOf(ConnectionReturnedException.class);
    assertThatThrownBy(() -> connection.isAutoCommit())
        .isInstanceOf(ConnectionReturnedException.class);
    assertThatThrownBy(() -> connection.getTransactionIsolationLevel())
        .isInstanceOf(ConnectionReturnedException.class);
    assertThatThrownBy(() -> ((Lease) connection).unwrap())
        .isInstanceOf(ConnectionReturnedException.class);
    assertThat(Caller.of(prepared).error).isInstanceOf(ConnectionReturnedException.class);
    assertThat(Caller.of(connection.beginTransaction()).error)
        .isInstanceOf(ConnectionReturnedException.class);
    assertThat(Caller.of(connection.validate(ValidationDepth.LOCAL)).value).isFalse();
    assertThat(fake.calls).isEmpty();
  }

  @Test
  void close_withAnOpenTransaction_rollsBack() {
    Caller.of(connection.beginTransaction());

    close();

    assertThat(fake.callNames()).containsExactly("begin", "rollback");
    assertThatItIsUsedAgain();
  }

  @Test
  void close_afterCommit_asksNothing() {
    Caller.of(connection.beginTransaction());
    Caller.of(connection.commitTransaction());

    close();

    assertThat(fake.callNames()).containsExactly("begin", "commit");
    assertThatItIsUsedAgain();
  }

  @Test
  void close_withoutAutoCommit_rollsBackAndSetsItBack() {
    driver.hold("rollback");
    Caller.of(connection.setAutoCommit(false));
    Caller<Void> closing = close();

    assertThat(closing.waits()).isTrue();
    fake.last("rollback").complete();
    loops.runUntilIdle();

    assertThat(closing.isComplete).isTrue();
    assertThat(fake.isAutoCommit).isTrue();
    assertThatItIsUsedAgain();
  }

  @Test
  void close_withAnotherIsolationLevel_setsThatBack() {
    Caller.of(connection.setTransactionIsolationLevel(IsolationLevel.SERIALIZABLE));

    close();

    assertThat(fake.level).isEqualTo(IsolationLevel.READ_COMMITTED);
    assertThatItIsUsedAgain();
  }

  @Test
  void close_afterATimeoutWasSet_closesTheConnection() {
    Caller.of(connection.setStatementTimeout(ofSeconds(1)));
    close();
    assertThatItIsNotUsedAgain();

    connection = acquire();
    fake = driver.connections.get(1);
    Caller.of(connection.setLockWaitTimeout(ofSeconds(1)));
    close();
    assertThatItIsNotUsedAgain();
  }

  @Test
  void close_afterTheConnectionWasLost_closesTheConnection() {
    driver.hold("rows");
    Caller<Long> query = Caller.of(rows());
    fake.last("rows").fail(new R2dbcNonTransientResourceException("lost"));
    assertThat(query.error).hasMessage("lost");

    close();

    assertThatItIsNotUsedAgain();
  }

  @Test
  void close_afterAnErrorOfAStatement_keepsTheConnection() {
    driver.hold("rows");
    Caller.of(rows());
    fake.last("rows").fail(new R2dbcBadGrammarException("SELCT"));

    close();

    assertThatItIsUsedAgain();
  }

  @Test
  void cancel_beforeAnAnswer_letsTheDriverAnswerBeforeTheNextCaller() {
    driver.hold("rows", "validate");
    Caller<Long> query = Caller.of(boundRows());
    query.cancel();
    assertThat(fake.last("rows").isCancelled).isTrue();

    Caller<Void> closing = close();
    assertThat(closing.waits()).isTrue();
    fake.<Boolean>last("validate").answer(true);
    loops.runUntilIdle();

    assertThat(closing.isComplete).isTrue();
    assertThatItIsUsedAgain();
  }

  @Test
  void cancel_beforeAnAnswer_andNoAnswerInTime_closesTheConnection() {
    driver.hold("rows", "validate");
    Caller.of(boundRows()).cancel();
    Caller<Void> closing = close();

    loops.advance(ofMillis(2_010));

    assertThat(closing.isComplete).isTrue();
    assertThatItIsNotUsedAgain();
  }

  @Test
  void cancel_beforeAnAnswer_andABadAnswer_closesTheConnection() {
    driver.hold("rows");
    fake.isValid = false;
    Caller.of(boundRows()).cancel();

    close();

    assertThatItIsNotUsedAgain();
  }

  @Test
  void cancel_ofBegin_rollsBackWhatHasBegunMeanwhile() {
    driver.hold("begin", "validate");
    fake.isAutoCommit = true;
    Caller.of(connection.beginTransaction()).cancel();
    fake.isAutoCommit = true; // the driver has not heard of it yet
    close();

    fake.isAutoCommit = false;
    fake.<Boolean>last("validate").answer(true);
    loops.runUntilIdle();

    assertThat(fake.callNames()).containsExactly("begin", "validate", "rollback");
    assertThatItIsUsedAgain();
  }

  @Test
  void cancel_afterTheFirstRow_letsTheDriverEndByItself() {
    driver.hold("rows");
    Caller<Long> first = Caller.of(rows().next());
    FakeCall<Long> rows = fake.last("rows");
    rows.next(7L);
    assertThat(first.value).isEqualTo(7);
    assertThat(rows.isCancelled).isFalse();
    Caller<Void> closing = close();
    assertThat(closing.waits()).isTrue();

    rows.next(8L);
    rows.complete();
    loops.runUntilIdle();

    assertThat(closing.isComplete).isTrue();
    assertThat(fake.callNames()).doesNotContain("validate");
    assertThatItIsUsedAgain();
  }

  @Test
  void cancel_afterTheFirstRowOfMany_cancelsTheDriverAfterSomeMore() {
    driver.hold("rows", "validate");
    Caller.of(boundRows().next());
    FakeCall<Long> rows = fake.last("rows");

    for (long i = 0; i < 16; i++) {
      assertThat(rows.isCancelled).isFalse();
      rows.next(i);
    }
    assertThat(rows.isCancelled).isFalse();
    rows.next(16L);

    assertThat(rows.isCancelled).isTrue();
    close();
    assertThat(fake.callNames()).contains("validate");
  }

  @Test
  void cancel_ofWhatTheDatabaseSendsAnyway_takesAllOfIt() {
    driver.hold("rows");
    Caller<Long> first = Caller.of(rows().next());
    Caller.of(rows()).cancel();
    FakeCall<Long> rows = fake.last("rows");
    for (long i = 0; i < 1_000; i++) {
      rows.next(i);
    }
    assertThat(rows.isCancelled).isFalse();
    assertThat(rows.requested).hasValue(Long.MAX_VALUE);
    assertThat(first.waits()).isTrue();
    Caller<Void> closing = close();
    assertThat(closing.waits()).isTrue();

    fake.calls.stream().filter(call -> call.name.equals("rows")).forEach(FakeCall::complete);
    loops.runUntilIdle();

    assertThat(closing.isComplete).isTrue();
    assertThatItIsUsedAgain();
  }

  @Test
  void close_withAResultThatNobodyHasRead_drainsIt() {
    driver.hold("rows");
    Caller<Result> ignored = Caller.of(execute());
    assertThat(fake.callNames()).containsExactly("execute");

    Caller<Void> closing = close();

    assertThat(ignored.isComplete).isTrue();
    assertThat(fake.last("rows").requested).hasValue(Long.MAX_VALUE);
    assertThat(closing.waits()).isTrue();
    fake.last("rows").complete();
    loops.runUntilIdle();
    assertThat(closing.isComplete).isTrue();
    assertThatItIsUsedAgain();
  }

  @Test
  void resultsThatWereRead_areNotKeptUntilClose() {
    List<WeakReference<Result>> past = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      Caller<Long> counted =
          Caller.of(
              execute()
                  .flatMap(
                      result -> {
                        past.add(new WeakReference<>(result));
                        return result.getRowsUpdated();
                      }));
      assertThat(counted.isComplete).isTrue();
    }

    Loops.awaitCollected(past.subList(0, 2));

    assertThat(close().isComplete).isTrue();
  }

  @Test
  void close_withABoundResultThatNobodyHasRead_doesNotRunIt() {
    Caller.of(connection.createStatement("INSERT").bind(0, 1).execute());

    close();

    assertThat(fake.callNames()).containsExactly("execute");
    assertThatItIsUsedAgain();
  }

  @Test
  void cancel_ofTheFirstOfOneResult_asksNothing() {
    Caller<Long> query = Caller.of(execute().next().flatMap(r -> Mono.from(r.getRowsUpdated())));
    assertThat(query.value).isEqualTo(1);

    close();

    assertThat(fake.callNames()).containsExactly("execute", "rows");
    assertThatItIsUsedAgain();
  }

  @Test
  void cancel_ofTheFirstOfSeveralResults_asksTheDriver() {
    Flux<Result> several =
        Flux.from(connection.createStatement("INSERT; SELECT").bind(0, 1).execute());
    Caller.of(several.next().flatMap(r -> Mono.from(r.getRowsUpdated())));
    close();
    assertThat(fake.callNames()).contains("validate");

    connection = acquire();
    Flux<Result> added =
        Flux.from(connection.createStatement("INSERT").bind(0, 1).add().bind(0, 2).execute());
    Caller.of(added.next());
    close();
    assertThat(fake.callNames().stream().filter("validate"::equals)).hasSize(2);
    assertThatItIsUsedAgain();
  }

  @Test
  void cancel_ofResultsThatTheDatabaseSendsAnyway_drainsThem() {
    driver.hold("execute");
    Caller.of(Flux.from(connection.createBatch().add("SELECT").execute()).next()).cancel();
    FakeCall<Result> execute = fake.last("execute");
    Caller<Void> closing = close();
    assertThat(execute.isCancelled).isFalse();
    assertThat(closing.waits()).isTrue();

    execute.next(fake.new FakeResult());
    execute.complete();
    loops.runUntilIdle();

    assertThat(closing.isComplete).isTrue();
    assertThat(fake.callNames()).containsExactly("execute", "rows");
    assertThatItIsUsedAgain();
  }

  @Test
  void cancel_ofClose_changesNothing() {
    driver.hold("rollback");
    Caller.of(connection.beginTransaction());
    Caller<Void> closing = close();

    closing.cancel();
    assertThat(fake.last("rollback").isCancelled).isFalse();
    fake.last("rollback").complete();
    loops.runUntilIdle();

    assertThatItIsUsedAgain();
  }

  @Test
  void cancel_ofClose_asSoonAsItIsSubscribedTo_changesNothing() {
    Caller.of(connection.beginTransaction());
    connection
        .close()
        .subscribe(
            new BaseSubscriber<Void>() {
              @Override
              protected void hookOnSubscribe(Subscription subscription) {
                subscription.cancel();
              }
            });
    loops.runUntilIdle();

    assertThat(fake.callNames()).contains("rollback");
    assertThatItIsUsedAgain();
  }

  @Test
  void aConnectionWhoseStateCannotBeRead_isClosed_andTheCallerIsTold() {
    driver.stateFailure = new IllegalStateException("is closed");

    Caller<Void> closing = close();

    assertThat(closing.isComplete).isTrue();
    assertThatItIsNotUsedAgain();

    Caller<Connection> next = Caller.acquires(factory);
    loops.runUntilIdle();

    assertThat(next.error).hasMessage("is closed");
    assertThat(factory.stats().acquired()).isZero();

    driver.stateFailure = null;
    assertThat(acquire()).isNotNull();
  }

  @Test
  void rollback_thatFails_closesTheConnection() {
    driver.hold("rollback");
    Caller.of(connection.beginTransaction());
    Caller<Void> closing = close();

    fake.last("rollback").fail(new IllegalStateException("no"));
    loops.runUntilIdle();

    assertThat(closing.isComplete).isTrue();
    assertThatItIsNotUsedAgain();
  }

  @Test
  void mapper_afterCancel_isNotCalled() {
    driver.hold("rows");
    java.util.concurrent.atomic.AtomicInteger mapped =
        new java.util.concurrent.atomic.AtomicInteger();
    Caller<Integer> query =
        Caller.of(execute().flatMap(r -> r.map((row, columns) -> mapped.incrementAndGet())));

    query.cancel();
    fake.last("rows").answering.run();

    assertThat(mapped).hasValue(0);
    assertThat(query.value).isNull();
  }

  @Test
  void everyMethod_reachesTheDriver() {
    Caller.of(connection.beginTransaction(IsolationLevel.SERIALIZABLE));
    Caller.of(connection.createSavepoint("a"));
    Caller.of(connection.rollbackTransactionToSavepoint("a"));
    Caller.of(connection.releaseSavepoint("a"));
    Caller.of(connection.rollbackTransaction());
    assertThat(Caller.of(connection.validate(ValidationDepth.REMOTE)).value).isTrue();

    assertThat(fake.callNames())
        .containsExactly(
            "begin",
            "savepoint",
            "rollbackToSavepoint",
            "releaseSavepoint",
            "rollback",
            "validate");
    assertThat(connection.isAutoCommit()).isTrue();
    assertThat(connection.getTransactionIsolationLevel()).isEqualTo(IsolationLevel.READ_COMMITTED);
    assertThat(connection.getMetadata().getDatabaseProductName()).isEqualTo("fake");
  }

  @Test
  @SuppressWarnings("unchecked")
  void unwrap_findsTheDriversConnection() {
    assertThat(((Wrapped<Connection>) connection).unwrap()).isSameAs(fake);
    assertThat(((Wrapped<Connection>) connection).unwrap(FakeConnection.class)).isSameAs(fake);
    assertThat(((Wrapped<Connection>) connection).unwrap(String.class)).isNull();
    assertThat(factory.unwrap(FakeDriver.class)).isSameAs(driver);
  }
}
