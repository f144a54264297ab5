/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.LoopScheduler;
import dev.picot.Task;
import dev.picot.reactor.CallbackMono;
import dev.picot.reactor.Loops;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** The Reactor code of docs/guides/call-blocking-code.md. */
class MigrateToHopsTest {
  private static final Duration DEADLINE = Duration.ofSeconds(30);

  @RegisterExtension private final Loops loops = new Loops();

  private final LoopScheduler shop = loops.make("shop");

  /** Stands for JDBC. */
  private static final class Orders {
    String find(int id) {
      return "order " + id + " by " + Thread.currentThread().getName();
    }

    String audit(String order) {
      return order + ", audited by " + Thread.currentThread().getName();
    }
  }

  private final Orders orders = new Orders();

  @Test
  void oneCall() {
    // region before
    Mono<String> before =
        Mono.fromCallable(() -> orders.find(7)).subscribeOn(Schedulers.boundedElastic());
    // end region
    // region after
    Mono<String> after = CallbackMono.blocking(shop, () -> orders.find(7));
    // end region

    assertThat(before.block(DEADLINE)).startsWith("order 7 by boundedElastic-");
    assertThat(after.block(DEADLINE)).startsWith("order 7 by shop-elastic-");
    assertThat(after.map(order -> Thread.currentThread().getName()).block(DEADLINE))
        .startsWith("shop-")
        .doesNotContain("elastic");
  }

  @Test
  void aChainOfCalls() {
    // region chainBefore
    Mono<String> before =
        Mono.fromCallable(() -> orders.find(7))
            .map(order -> orders.audit(order)) // still on the elastic thread
            .subscribeOn(Schedulers.boundedElastic())
            .publishOn(Schedulers.parallel());
    // end region
    // region chainAfter
    Mono<String> after =
        CallbackMono.of(shop, Task.blocking(() -> orders.find(7)).mapBlocking(orders::audit));
    // end region

    assertThat(before.block(DEADLINE)).contains("audited by boundedElastic-");
    assertThat(after.block(DEADLINE)).contains("audited by shop-elastic-");
  }
}
