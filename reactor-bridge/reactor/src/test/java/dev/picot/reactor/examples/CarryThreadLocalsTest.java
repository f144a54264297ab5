/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.CallbackThread;
import dev.picot.LoopScheduler;
import dev.picot.Task;
import dev.picot.reactor.CallbackMono;
import dev.picot.reactor.contextpropagation.ThreadLocalCarrier;
import io.micrometer.context.ContextRegistry;
import io.micrometer.context.integration.Slf4jThreadLocalAccessor;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.MDC;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;

/** The code of docs/guides/carry-context.md that needs context-propagation. */
class CarryThreadLocalsTest {
  private static final Duration DEADLINE = Duration.ofSeconds(30);

  private final ThreadLocal<@Nullable String> requestId = new ThreadLocal<>();

  @AfterEach
  void forget() {
    ContextRegistry.getInstance().removeThreadLocalAccessor("request");
    ContextRegistry.getInstance().removeThreadLocalAccessor(Slf4jThreadLocalAccessor.KEY);
    MDC.clear();
    requestId.remove();
  }

  @Test
  void everyRegisteredThreadLocalFollows() {
    // region register
    ContextRegistry.getInstance().registerThreadLocalAccessor("request", requestId);
    LoopScheduler.Builder builder =
        LoopScheduler.builder("checkout").contextCarrier(ThreadLocalCarrier.create());
    // end region
    try (LoopScheduler checkout = builder.build()) {
      // region follow
      Task<String> order =
          Task.call(() -> "step " + requestId.get())
              .flatMap(step -> Task.blocking(() -> step + ", call " + requestId.get()));
      Mono<String> mono =
          CallbackMono.of(checkout, order).contextWrite(Context.of("request", "r-17"));
      // end region

      assertThat(mono.block(DEADLINE)).isEqualTo("step r-17, call r-17");
    }
  }

  @Test
  void theMdcFollows() throws Exception {
    try (LoopScheduler checkout =
        LoopScheduler.builder("checkout").contextCarrier(ThreadLocalCarrier.create()).build()) {
      // region mdc
      ContextRegistry.getInstance().registerThreadLocalAccessor(new Slf4jThreadLocalAccessor());
      MDC.put("user", "ann");
      CallbackThread<String> order =
          checkout.spawn(Task.blocking(() -> "ordered by " + MDC.get("user")));
      // end region
      MDC.clear();

      assertThat(order.block(DEADLINE)).isEqualTo("ordered by ann");
    }
  }
}
