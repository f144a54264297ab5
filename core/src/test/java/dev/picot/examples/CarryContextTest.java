/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.Action;
import dev.picot.ContextCarrier;
import dev.picot.ContextKey;
import dev.picot.LoopScheduler;
import dev.picot.Task;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The regions of docs/guides/carry-context.md. */
class CarryContextTest {
  private static final Duration DEADLINE = Duration.ofSeconds(30);

  /** Stands for the MDC of a logger. */
  static final class RequestId {
    private static final ThreadLocal<@Nullable String> ID = new ThreadLocal<>();

    static @Nullable String get() {
      return ID.get();
    }

    static void set(@Nullable String id) {
      ID.set(id);
    }
  }

  // region carrier
  static final class RequestIdCarrier implements ContextCarrier<String> {
    static final ContextKey<String> REQUEST = ContextKey.of("request", String.class);

    @Override
    public ContextKey<String> key() {
      return REQUEST;
    }

    @Override
    public @Nullable String capture() {
      return RequestId.get();
    }

    @Override
    public Action install(String id) {
      String before = RequestId.get();
      RequestId.set(id);
      return () -> RequestId.set(before);
    }
  }

  // end region

  @Test
  void stepsAndBlockingCallsHaveTheContextOfWhoeverSpawned() throws Exception {
    // region spawn
    LoopScheduler.Builder builder =
        LoopScheduler.builder("checkout").contextCarrier(new RequestIdCarrier());
    // end region
    try (LoopScheduler checkout = builder.build()) {
      RequestId.set("r-17");
      // region use
      Task<String> order =
          Task.call(() -> "step " + RequestId.get())
              .flatMap(step -> Task.blocking(() -> step + ", call " + RequestId.get()));
      // end region
      assertThat(checkout.spawn(order).block(DEADLINE)).isEqualTo("step r-17, call r-17");

      // region with
      Task<String> audited = order.with(RequestIdCarrier.REQUEST, "audit");
      // end region
      assertThat(checkout.spawn(audited).block(DEADLINE)).isEqualTo("step audit, call audit");
      RequestId.set(null);
    }
  }
}
