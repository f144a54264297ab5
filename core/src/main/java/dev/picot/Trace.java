/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import dev.picot.loop.Feed;
import dev.picot.loop.Housekeeping;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Follows one callback thread, or all of a scheduler, and tells a consumer what happens to them.
 * What nobody traces pays nothing for this.
 *
 * <h2>Threading</h2>
 *
 * The consumer is called on a thread of its own, named {@code picot-trace-n}, one event after the
 * other, in the order in which they happened to each callback thread. It may block: then up to
 * {@value #CAPACITY} events wait, and further ones are {@linkplain #dropped() dropped}.
 *
 * <h2>Lifecycle</h2>
 *
 * From {@link Inspection#trace} until {@link #close()}, or until the traced callback thread or the
 * scheduler has ended. The events that wait are delivered in any case.
 *
 * <h2>Errors</h2>
 *
 * What the consumer throws is logged, and it is called with the next event.
 *
 * @since 0.1
 */
public final class Trace implements AutoCloseable {
  /** So many events wait at most for the consumer. */
  static final int CAPACITY = 10_000;

  private final LoopScheduler scheduler;
  private final @Nullable CallbackThreadCore only;
  private final Feed<TraceEvent> feed;
  private final long began;

  Trace(
      LoopScheduler scheduler,
      @Nullable CallbackThreadCore only,
      Consumer<? super TraceEvent> consumer,
      Housekeeping housekeeping) {
    this.scheduler = scheduler;
    this.only = only;
    this.feed = new Feed<>(CAPACITY, consumer, housekeeping);
    this.began = scheduler.now();
    housekeeping.execute(feed::start); // the caller may be a loop
  }

  /** {@return how many events were lost because the consumer was too slow} */
  public long dropped() {
    return feed.dropped();
  }

  /** Ends the trace: no further event is taken. Those that wait are still delivered. */
  @Override
  public void close() {
    scheduler.forget(this);
    feed.end();
  }

  boolean follows(CallbackThreadCore thread) {
    return only == null || only == thread;
  }

  /** Any thread, in any phase; never waits. */
  void tell(TraceEvent.Kind kind, CallbackThreadCore thread, String detail) {
    if (!(thread instanceof CallbackThread<?> told)) {
      return;
    }
    long nanos = scheduler.now() - began;
    String on = Thread.currentThread().getName();
    feed.offer(new TraceEvent(kind, told, detail, on, Duration.ofNanos(nanos)));
    if (kind == TraceEvent.Kind.END && only != null) {
      close();
    }
  }
}
