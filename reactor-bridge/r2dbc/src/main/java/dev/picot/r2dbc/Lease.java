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
import io.r2dbc.spi.R2dbcNonTransientResourceException;
import io.r2dbc.spi.Statement;
import io.r2dbc.spi.TransactionDefinition;
import io.r2dbc.spi.ValidationDepth;
import io.r2dbc.spi.Wrapped;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;

/**
 * A connection as a caller has it, from the acquire until its {@link #close()}: brings signals home
 * and knows in which state the connection is.
 */
final class Lease implements Connection, Wrapped<Connection> {
  /*
   * The word `uses`
   *   bits 0 to 30   exchanges with the driver that have begun and not ended
   *   RETURNED       close() was subscribed to; no exchange begins any more
   * Transitions
   *   begin   any thread   CAS +1 unless RETURNED; else the exchange fails
   *   end     any thread   -1; who reaches RETURNED alone lets the cleanup go on
   *   close   any thread   CAS sets RETURNED, once
   */
  private static final int RETURNED = 1 << 31;

  private static final VarHandle CLEANUP;

  static {
    try {
      CLEANUP = MethodHandles.lookup().findVarHandle(Lease.class, "cleanup", Cleanup.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Slot slot;
  private final Connection driver;
  private final AtomicInteger uses = new AtomicInteger();

  // What may be wrong with it. Only ever set, by whoever sees it, before its exchange ends.

  /** The driver has said that the connection is lost. */
  private volatile boolean isLost;

  /** An exchange was cancelled, so the driver may still be at it. */
  private volatile boolean isCancelled;

  /** Something was changed that nobody can set back. */
  private volatile boolean isSpoilt;

  /** Results that the database sends, perhaps unread. Any thread. */
  private final AtomicReference<@Nullable LeasedResult> unread = new AtomicReference<>();

  /** Told when the last exchange has ended. Written before RETURNED. */
  private volatile @Nullable Cleanup cleanup;

  Lease(Slot slot) {
    this.slot = slot;
    this.driver = slot.connection;
    slot.rememberAutoCommit();
  }

  Slot slot() {
    return slot;
  }

  // For its exchanges

  /** False if it was given back. */
  boolean begin() {
    int seen;
    do {
      seen = uses.get();
      if (seen < 0) {
        return false;
      }
    } while (!uses.compareAndSet(seen, seen + 1));
    return true;
  }

  /** An exchange has ended, one way or the other. */
  void end(@Nullable Throwable error) {
    if (error instanceof R2dbcNonTransientResourceException) {
      isLost = true;
    }
    Cleanup waits = uses.decrementAndGet() == RETURNED ? cleanup : null;
    if (waits != null) {
      waits.goOn();
    }
  }

  /** An exchange was cancelled before the driver was through with it. */
  void cancelled() {
    isCancelled = true;
    end(null);
  }

  boolean isReturned() {
    return uses.get() < 0;
  }

  ConnectionReturnedException returned() {
    return new ConnectionReturnedException(slot.pool.name());
  }

  private void refuseIfReturned() {
    if (isReturned()) {
      throw returned();
    }
  }

  /** The database sends a result; at the end of the lease it is drained if nobody has read it. */
  void isUnread(LeasedResult result) {
    LeasedResult head;
    do {
      head = unread.get();
      LeasedResult next = head;
      while (next != null && next.isRead()) { // or all results of a long lease would stay
        next = next.nextUnread;
      }
      result.nextUnread = next;
    } while (!unread.compareAndSet(head, result));
    if (isReturned()) { // looked at afterwards, as who returns it looks at the list after that
      drainUnread();
    }
  }

  private void drainUnread() {
    LeasedResult result = unread.getAndSet(null);
    while (result != null) {
      result.drain();
      result = result.nextUnread;
    }
  }

  // For its cleanup

  boolean isLost() {
    return isLost;
  }

  boolean wasCancelled() {
    return isCancelled;
  }

  boolean isSpoilt() {
    return isSpoilt;
  }

  boolean isBusy() {
    return uses.get() != RETURNED;
  }

  // Connection

  @Override
  public Publisher<Void> close() {
    return Mono.defer(this::giveBack);
  }

  private Mono<Void> giveBack() {
    if (!isReturned()) {
      drainUnread();
    }
    int seen;
    do {
      seen = uses.get();
      if (seen < 0) {
        return Mono.empty();
      }
      if (seen > 0) {
        var unused = cleanup(); // before the last exchange can look for it
      }
    } while (!uses.compareAndSet(seen, seen | RETURNED));
    drainUnread();
    if (seen == 0 && isClean()) {
      slot.pool.giveBack(slot);
      return Mono.empty();
    }
    Mono<Void> done = cleanup().start(); // now, for whoever subscribes may have cancelled
    return new ExchangeMono<>(null, exchange -> done);
  }

  /** One, however many close it. */
  private Cleanup cleanup() {
    Cleanup seen = cleanup;
    if (seen != null) {
      return seen;
    }
    Cleanup made = new Cleanup(this);
    Cleanup before = (Cleanup) CLEANUP.compareAndExchange(this, null, made);
    return before == null ? made : before;
  }

  /** Whether nothing has to be asked or set back. */
  private boolean isClean() {
    if (isLost || isCancelled || isSpoilt) {
      return false;
    }
    try {
      return driver.isAutoCommit() && slot.isAsBefore();
    } catch (RuntimeException e) {
      return false; // its cleanup will come to the same, and tell
    }
  }

  @Override
  public Publisher<Void> beginTransaction() {
    return changing(exchange -> driver.beginTransaction());
  }

  @Override
  public Publisher<Void> beginTransaction(TransactionDefinition definition) {
    return changing(exchange -> driver.beginTransaction(definition));
  }

  @Override
  public Publisher<Void> commitTransaction() {
    return new ExchangeMono<>(this, exchange -> driver.commitTransaction());
  }

  @Override
  public Publisher<Void> rollbackTransaction() {
    return new ExchangeMono<>(this, exchange -> driver.rollbackTransaction());
  }

  @Override
  public Publisher<Void> createSavepoint(String name) {
    return changing(exchange -> driver.createSavepoint(name));
  }

  @Override
  public Publisher<Void> releaseSavepoint(String name) {
    return new ExchangeMono<>(this, exchange -> driver.releaseSavepoint(name));
  }

  @Override
  public Publisher<Void> rollbackTransactionToSavepoint(String name) {
    return new ExchangeMono<>(this, exchange -> driver.rollbackTransactionToSavepoint(name));
  }

  @Override
  public Publisher<Void> setAutoCommit(boolean autoCommit) {
    return changing(exchange -> driver.setAutoCommit(autoCommit));
  }

  @Override
  public Publisher<Void> setTransactionIsolationLevel(IsolationLevel isolationLevel) {
    return changing(exchange -> driver.setTransactionIsolationLevel(isolationLevel));
  }

  @Override
  public Publisher<Void> setLockWaitTimeout(Duration timeout) {
    return spoiling(exchange -> driver.setLockWaitTimeout(timeout));
  }

  @Override
  public Publisher<Void> setStatementTimeout(Duration timeout) {
    return spoiling(exchange -> driver.setStatementTimeout(timeout));
  }

  private Publisher<Void> changing(Source<Void> source) {
    return new ExchangeMono<>(
        this,
        exchange -> {
          slot.rememberLevel();
          return source.get(exchange);
        });
  }

  private Publisher<Void> spoiling(Source<Void> source) {
    return new ExchangeMono<>(
        this,
        exchange -> {
          isSpoilt = true;
          return source.get(exchange);
        });
  }

  @Override
  public Publisher<Boolean> validate(ValidationDepth depth) {
    Mono<Boolean> answer = new ExchangeMono<>(this, exchange -> driver.validate(depth));
    return Mono.defer(() -> isReturned() ? Mono.just(false) : answer); // as the interface has it
  }

  @Override
  public Batch createBatch() {
    refuseIfReturned();
    return new LeasedBatch(this, driver.createBatch());
  }

  @Override
  public Statement createStatement(String sql) {
    refuseIfReturned();
    return new LeasedStatement(this, sql);
  }

  @Override
  public boolean isAutoCommit() {
    refuseIfReturned();
    return driver.isAutoCommit();
  }

  @Override
  public ConnectionMetadata getMetadata() {
    return driver.getMetadata();
  }

  @Override
  public IsolationLevel getTransactionIsolationLevel() {
    refuseIfReturned();
    return driver.getTransactionIsolationLevel();
  }

  @Override
  public Connection unwrap() {
    refuseIfReturned();
    return driver;
  }

  @Override
  public <E> @Nullable E unwrap(Class<E> type) {
    return unwrap(type, this, unwrap());
  }

  /** What is of a type: the outer one, the inner one, or something within that. */
  static <E> @Nullable E unwrap(Class<E> type, Object outer, Object inner) {
    if (type.isInstance(outer)) {
      return type.cast(outer);
    }
    if (type.isInstance(inner)) {
      return type.cast(inner);
    }
    return inner instanceof Wrapped<?> wrapped ? wrapped.unwrap(type) : null;
  }

  @Override
  public String toString() {
    return "Lease[" + slot + (isReturned() ? ", returned]" : "]");
  }
}
