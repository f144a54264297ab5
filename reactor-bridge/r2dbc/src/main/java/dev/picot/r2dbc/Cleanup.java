/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.r2dbc;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ValidationDepth;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * What happens between the end of a lease and the next one where there is something to wait for, to
 * ask or to set back. Nobody can cancel it. The connection is closed if it cannot be shown clean in
 * time.
 */
final class Cleanup {
  private final Lease lease;
  private final Slot slot;
  private final Connection driver;
  private final Sinks.Empty<Void> exchangesEnded = Sinks.empty();
  private final Sinks.Empty<Void> done = Sinks.empty();

  Cleanup(Lease lease) {
    this.lease = lease;
    this.slot = lease.slot();
    this.driver = slot.connection;
  }

  /** The last exchange of the lease has ended. */
  void goOn() {
    exchangesEnded.tryEmitEmpty();
  }

  /** Starts, and returns what completes when the connection is back. */
  Mono<Void> start() {
    Duration limit = slot.pool.setup().options().cleanupTimeout();
    Mono.defer(this::clean)
        .timeout(
            Alarm.after(slot.pool.loop(), limit), Mono.just("it was not ready within " + limit))
        .onErrorResume(error -> Mono.just("it failed: " + error))
        .singleOptional()
        .subscribe(reason -> giveBack(reason.orElse(null)));
    return done.asMono();
  }

  private void giveBack(@Nullable String reason) {
    slot.doomed = reason != null || lease.isLost();
    if (reason != null && !lease.isLost()) {
      slot.pool
          .setup()
          .log(
              System.Logger.Level.DEBUG,
              slot + " is closed instead of being used again: " + reason,
              null);
    }
    slot.pool.giveBack(slot);
    done.tryEmitEmpty();
  }

  /** Completes empty if the connection is clean, else with the reason. */
  private Mono<String> clean() {
    if (lease.isLost()) {
      return Mono.just("it is lost");
    }
    if (lease.isSpoilt()) {
      return Mono.just("a timeout was set on it, which cannot be set back");
    }
    return whenExchangesHaveEnded()
        .then(Mono.defer(this::askIfCancelled))
        .switchIfEmpty(Mono.defer(() -> slot.setBack().then(Mono.empty())));
  }

  private Mono<Void> whenExchangesHaveEnded() {
    return lease.isBusy() ? exchangesEnded.asMono() : Mono.empty();
  }

  /** The driver answers when it is through with what was cancelled. */
  private Mono<String> askIfCancelled() {
    if (lease.isLost()) {
      return Mono.just("it is lost");
    }
    if (!lease.wasCancelled()) {
      return Mono.empty();
    }
    return slot.ask(() -> driver.validate(ValidationDepth.REMOTE))
        .defaultIfEmpty(false)
        .flatMap(
            isGood -> isGood ? Mono.empty() : Mono.just("it gave no answer after a cancellation"));
  }
}
