/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import dev.picot.loop.Census;
import dev.picot.loop.Housekeeping;
import dev.picot.loop.Outlet;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
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

  private static final AtomicInteger NUMBERS = new AtomicInteger();

  private final LoopScheduler scheduler;
  private final @Nullable CallbackThreadCore only;
  private final Outlet<TraceEvent> outlet;
  private final long began;
  private volatile boolean closed;

  Trace(
      LoopScheduler scheduler,
      @Nullable CallbackThreadCore only,
      Consumer<? super TraceEvent> consumer,
      Housekeeping housekeeping) {
    this.scheduler = scheduler;
    this.only = only;
    this.outlet =
        new Outlet<>(
            Census.Role.TRACE,
            "picot-trace-" + NUMBERS.incrementAndGet(),
            CAPACITY,
            event -> deliver(event, consumer, housekeeping),
            dropped -> {}); // asked for, see dropped()
    this.began = scheduler.now();
    housekeeping.execute(outlet::start); // the caller may be a loop
  }

  private static void deliver(
      TraceEvent event, Consumer<? super TraceEvent> consumer, Housekeeping housekeeping) {
    try {
      consumer.accept(event);
    } catch (Throwable e) {
      housekeeping.report("The consumer of a trace failed", e);
    }
  }

  /** {@return how many events were lost because the consumer was too slow} */
  public long dropped() {
    return outlet.dropped();
  }

  /** Ends the trace: no further event is taken. Those that wait are still delivered. */
  @Override
  public void close() {
    closed = true;
    scheduler.forget(this);
    outlet.end();
  }

  boolean follows(CallbackThreadCore thread) {
    return only == null || only == thread;
  }

  /** Any thread, in any phase; never waits. */
  void tell(TraceEvent.Kind kind, CallbackThreadCore thread, String detail) {
    if (closed || !(thread instanceof CallbackThread<?> told)) {
      return;
    }
    long nanos = scheduler.now() - began;
    String on = Thread.currentThread().getName();
    outlet.offer(new TraceEvent(kind, told, detail, on, Duration.ofNanos(nanos)));
    if (kind == TraceEvent.Kind.END && only != null) {
      close();
    }
  }
}
