/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor.examples;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.LoopScheduler;
import dev.picot.ManualLoops;
import dev.picot.Task;
import dev.picot.reactor.CallbackFlux;
import dev.picot.reactor.CallbackMono;
import dev.picot.reactor.CallbackSchedulers;
import dev.picot.reactor.Loops;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;
import reactor.util.context.Context;

/** The code of docs/guides/use-with-reactor.md. */
class UseWithReactorTest {
  private static final Duration DEADLINE = ofSeconds(30);

  @RegisterExtension private final Loops loops = new Loops();

  private final LoopScheduler checkout = loops.make("checkout");

  /** Stands for a reactive client. */
  private static final class Payments {
    Mono<String> charge(int price) {
      return Mono.delay(ofMillis(1)).map(tick -> "charged " + price);
    }
  }

  private record Row(int number) {}

  private final Payments payments = new Payments();

  private static int price(String sku) {
    return sku.length();
  }

  @Test
  void aTaskIsAMono() {
    // region mono
    Task<String> order =
        Task.blocking(() -> price("tea")) // on the elastic pool
            .flatMap(price -> Task.await(payments.charge(price))) // any Mono
            .timeout(ofSeconds(2));
    Mono<String> receipt = CallbackMono.of(checkout, order).map(charged -> charged + ", thanks");
    // end region

    assertThat(receipt.block(DEADLINE)).isEqualTo("charged 3, thanks");
  }

  @Test
  void aStreamIsAFlux() {
    // region flux
    Flux<Row> rows =
        CallbackFlux.of(
            checkout,
            emitter ->
                Task.forLoop(
                    1, 4, number -> Task.blocking(() -> new Row(number)).flatMap(emitter::emit)));
    // end region

    assertThat(rows.collectList().block(DEADLINE))
        .containsExactly(new Row(1), new Row(2), new Row(3));
  }

  @Test
  void aFluxIsHandledOneByOne() throws Exception {
    List<String> written = new CopyOnWriteArrayList<>();
    // region forEach
    Task<Void> export =
        Task.forEach(Flux.just("a", "b"), line -> Task.blockingRun(() -> written.add(line)));
    // end region

    checkout.spawn(export).block(DEADLINE);
    assertThat(written).containsExactly("a", "b");
  }

  @Test
  void aBlockingCallInAChain() {
    // region blocking
    Mono<Integer> price =
        Mono.just("tea").flatMap(sku -> CallbackMono.blocking(checkout, () -> price(sku)));
    // end region

    assertThat(price.block(DEADLINE)).isEqualTo(3);
  }

  @Test
  void theContextComesIn() {
    // region context
    Task<String> greeting =
        Task.context(CallbackMono.CONTEXT).map(context -> "Hello, " + context.get("user"));
    Mono<String> mono = CallbackMono.of(checkout, greeting).contextWrite(Context.of("user", "Ann"));
    // end region

    assertThat(mono.block(DEADLINE)).isEqualTo("Hello, Ann");
  }

  @Test
  void theContextGoesOn() {
    // region await
    Mono<String> user = Mono.deferContextual(context -> Mono.just(context.get("user")));
    Mono<String> mono =
        CallbackMono.of(checkout, Task.await(user)).contextWrite(Context.of("user", "Ann"));
    // end region

    assertThat(mono.block(DEADLINE)).isEqualTo("Ann");
  }

  @Test
  void signalsComeHome() throws Exception {
    // region home
    Mono<String> charged =
        CallbackMono.home(payments.charge(3)) // signals on a foreign thread
            .map(result -> result + " on " + Thread.currentThread().getName()); // on the loop
    // end region

    assertThat(checkout.spawn(Task.await(charged)).block(DEADLINE))
        .startsWith("charged 3 on checkout-");
  }

  @Test
  void operatorsThatAskForAScheduler() {
    // region scheduler
    Flux<Integer> slow =
        Flux.range(1, 3).delayElements(ofMillis(1), CallbackSchedulers.of(checkout));
    // end region

    assertThat(slow.collectList().block(DEADLINE)).containsExactly(1, 2, 3);
  }

  @Test
  void virtualTime() {
    // region virtual
    try (ManualLoops loops = LoopScheduler.builder("test").manualInVirtualTime()) {
      Task<String> task = Task.sleep(Duration.ofHours(1)).map(done -> "an hour later");
      StepVerifier.withVirtualTime(() -> CallbackMono.of(loops.scheduler(), task))
          .then(() -> loops.advance(Duration.ofHours(1)))
          .expectNext("an hour later")
          .expectComplete()
          .verify(DEADLINE);
    }
    // end region
  }
}
