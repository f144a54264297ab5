/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.r2dbc;

import java.util.concurrent.atomic.AtomicLong;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;
import reactor.core.publisher.Operators;

/** One publisher of a {@link FakeDriver}, which can be subscribed to once. */
final class FakeCall<T> {
  final String name;

  volatile boolean isSubscribed;
  volatile boolean isCancelled;
  volatile boolean isDelivered;
  volatile String thread = "";
  final AtomicLong requested = new AtomicLong();

  /** Answers as the connection would; for calls that are held. */
  volatile Runnable answering = () -> {};

  /** What the cancellation throws, if anything. */
  volatile RuntimeException cancelFailure;

  private FluxSink<T> sink;

  FakeCall(String name) {
    this.name = name;
  }

  Publisher<T> publisher(Runnable subscribed) {
    return Flux.<T>create(
            emitter -> {
              sink = emitter;
              isSubscribed = true;
              thread = Thread.currentThread().getName();
              emitter.onCancel(this::cancelled);
              subscribed.run();
            })
        .doOnNext(value -> isDelivered = true)
        .doOnRequest(n -> requested.accumulateAndGet(n, Operators::addCap));
  }

  private void cancelled() {
    isCancelled = true;
    if (cancelFailure != null) {
      throw cancelFailure;
    }
  }

  void next(T value) {
    sink.next(value);
  }

  void complete() {
    sink.complete();
  }

  void answer(T value) {
    sink.next(value);
    sink.complete();
  }

  void fail(Throwable error) {
    sink.error(error);
  }
}
