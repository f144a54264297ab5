/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.r2dbc;

import io.r2dbc.spi.Batch;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionMetadata;
import io.r2dbc.spi.IsolationLevel;
import io.r2dbc.spi.Result;
import io.r2dbc.spi.Row;
import io.r2dbc.spi.RowMetadata;
import io.r2dbc.spi.Statement;
import io.r2dbc.spi.TransactionDefinition;
import io.r2dbc.spi.ValidationDepth;
import io.r2dbc.spi.test.MockRow;
import io.r2dbc.spi.test.MockRowMetadata;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;
import org.reactivestreams.Publisher;

/** A connection of a {@link FakeDriver}. */
final class FakeConnection implements Connection {
  final FakeDriver driver;
  final int number;

  /** The name of the thread that had it opened. */
  final String opener;

  final List<FakeCall<?>> calls = new CopyOnWriteArrayList<>();

  volatile boolean isClosed;
  volatile boolean isValid = true;
  volatile boolean isAutoCommit = true;
  volatile IsolationLevel level = IsolationLevel.READ_COMMITTED;

  FakeConnection(FakeDriver driver, int number, String opener) {
    this.driver = driver;
    this.number = number;
    this.opener = opener;
  }

  List<String> callNames() {
    return calls.stream().map(call -> call.name).toList();
  }

  /** The last call with a name. */
  @SuppressWarnings("unchecked")
  <T> FakeCall<T> last(String name) {
    return (FakeCall<T>)
        calls.stream().filter(call -> call.name.equals(name)).reduce((a, b) -> b).orElseThrow();
  }

  private <T> Publisher<T> call(String name, Function<FakeCall<T>, Runnable> answer) {
    FakeCall<T> call = new FakeCall<>(name);
    return call.publisher(
        () -> {
          calls.add(call);
          call.answering = () -> driver.answers.accept(answer.apply(call));
          if (!driver.held.contains(name)) {
            call.answering.run();
          }
        });
  }

  private Publisher<Void> command(String name, Runnable effect) {
    return call(
        name,
        call -> {
          effect.run();
          return call::complete;
        });
  }

  @Override
  public Publisher<Void> beginTransaction() {
    return command("begin", () -> isAutoCommit = false);
  }

  @Override
  public Publisher<Void> beginTransaction(TransactionDefinition definition) {
    return beginTransaction();
  }

  @Override
  public Publisher<Void> close() {
    return command("close", () -> isClosed = true);
  }

  @Override
  public Publisher<Void> commitTransaction() {
    return command("commit", () -> isAutoCommit = true);
  }

  @Override
  public Batch createBatch() {
    return new Batch() {
      @Override
      public Batch add(String sql) {
        return this;
      }

      @Override
      public Publisher<? extends Result> execute() {
        return FakeConnection.this.execute("");
      }
    };
  }

  @Override
  public Publisher<Void> createSavepoint(String name) {
    return command("savepoint", () -> {});
  }

  @Override
  public Statement createStatement(String sql) {
    return new FakeStatement(this, sql);
  }

  Publisher<? extends Result> execute(String sql) {
    return this.<Result>call("execute", call -> () -> call.answer(new FakeResult()));
  }

  @Override
  public boolean isAutoCommit() {
    if (driver.stateFailure != null) {
      throw driver.stateFailure;
    }
    return isAutoCommit;
  }

  @Override
  public ConnectionMetadata getMetadata() {
    return new ConnectionMetadata() {
      @Override
      public String getDatabaseProductName() {
        return "fake";
      }

      @Override
      public String getDatabaseVersion() {
        return "1";
      }
    };
  }

  @Override
  public IsolationLevel getTransactionIsolationLevel() {
    return level;
  }

  @Override
  public Publisher<Void> releaseSavepoint(String name) {
    return command("releaseSavepoint", () -> {});
  }

  @Override
  public Publisher<Void> rollbackTransaction() {
    return command("rollback", () -> isAutoCommit = true);
  }

  @Override
  public Publisher<Void> rollbackTransactionToSavepoint(String name) {
    return command("rollbackToSavepoint", () -> {});
  }

  @Override
  public Publisher<Void> setAutoCommit(boolean autoCommit) {
    return command("autoCommit", () -> isAutoCommit = autoCommit);
  }

  @Override
  public Publisher<Void> setLockWaitTimeout(Duration timeout) {
    return command("lockTimeout", () -> {});
  }

  @Override
  public Publisher<Void> setStatementTimeout(Duration timeout) {
    return command("statementTimeout", () -> {});
  }

  @Override
  public Publisher<Void> setTransactionIsolationLevel(IsolationLevel isolationLevel) {
    return command("level", () -> level = isolationLevel);
  }

  @Override
  public Publisher<Boolean> validate(ValidationDepth depth) {
    return this.<Boolean>call("validate", call -> () -> call.answer(isValid));
  }

  @Override
  public String toString() {
    return "FakeConnection " + number;
  }

  final class FakeResult implements Result {
    private <T> Publisher<T> rows(T first) {
      return FakeConnection.this.<T>call("rows", call -> () -> call.answer(first));
    }

    @Override
    public Publisher<Long> getRowsUpdated() {
      return rows(1L);
    }

    @Override
    public <T> Publisher<T> map(BiFunction<Row, RowMetadata, ? extends T> mapper) {
      return FakeConnection.this.<T>call(
          "rows",
          call ->
              () -> call.answer(mapper.apply(MockRow.empty(), MockRowMetadata.builder().build())));
    }

    @Override
    public Result filter(Predicate<Segment> filter) {
      return this;
    }

    @Override
    @SuppressWarnings("unchecked")
    public <T> Publisher<T> flatMap(Function<Segment, ? extends Publisher<? extends T>> mapper) {
      return (Publisher<T>) mapper.apply((UpdateCount) () -> 1L);
    }
  }
}
