/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor.examples;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.LoopScheduler;
import dev.picot.RefusedException;
import dev.picot.Task;
import dev.picot.reactor.CallbackMono;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.test.web.reactive.server.WebTestClient;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.reactive.config.EnableWebFlux;
import reactor.core.publisher.Mono;

/** The regions of README.md and docs/guides/use-in-webflux.md that need Spring WebFlux. */
class WebFluxExampleTest {
  /** Stands for a DAO that uses JDBC; some of its calls take long. */
  static final class Orders {
    final CountDownLatch slowCallEnds = new CountDownLatch(1);

    String find(String id) throws InterruptedException {
      if (id.equals("slow")) {
        slowCallEnds.await();
      }
      return "order " + id + " on " + Thread.currentThread().getName();
    }
  }

  @EnableWebFlux
  @Configuration(proxyBeanMethods = false)
  static class Application {
    // region bean
    @Bean
    LoopScheduler shop() { // closed with the application
      return LoopScheduler.builder("shop")
          .elastic(elastic -> elastic.maxThreads(16).maxQueued(100))
          .build();
    }

    // end region

    @Bean
    Orders orders() {
      return new Orders();
    }

    @Bean
    OrderController controller(LoopScheduler shop, Orders orders) {
      return new OrderController(shop, orders);
    }
  }

  @RestController
  static class OrderController {
    private final LoopScheduler shop;
    private final Orders orders;

    OrderController(LoopScheduler shop, Orders orders) {
      this.shop = shop;
      this.orders = orders;
    }

    // region blocking
    @GetMapping("/orders/{id}")
    Mono<String> order(@PathVariable("id") String id) {
      return CallbackMono.blocking(shop, () -> orders.find(id)); // JDBC, on the pool of "shop"
    }

    // end region

    // region task
    @GetMapping("/receipts/{id}")
    Mono<String> receipt(@PathVariable("id") String id) {
      Task<String> receipt =
          Task.blocking(() -> orders.find(id))
              .map(order -> "receipt of " + order)
              .timeout(ofSeconds(2))
              .named("receipt");
      return CallbackMono.of(shop, receipt);
    }

    // end region

    // region refused
    @ExceptionHandler
    ResponseEntity<Void> full(RefusedException refused) {
      return ResponseEntity.status(HttpStatus.SERVICE_UNAVAILABLE)
          .header(HttpHeaders.RETRY_AFTER, Long.toString(refused.retryAfter().toSeconds()))
          .build();
    }
    // end region
  }

  private final AnnotationConfigApplicationContext context =
      new AnnotationConfigApplicationContext(Application.class);
  private final WebTestClient client = WebTestClient.bindToApplicationContext(context).build();
  private final LoopScheduler shop = context.getBean(LoopScheduler.class);
  private final Orders orders = context.getBean(Orders.class);

  @AfterEach
  void close() {
    orders.slowCallEnds.countDown();
    context.close();
  }

  private WebTestClient.ResponseSpec get(String path) {
    return client.get().uri(path).exchange();
  }

  private @Nullable String answerTo(String path) {
    return get(path)
        .expectStatus()
        .isOk()
        .expectBody(String.class)
        .returnResult()
        .getResponseBody();
  }

  @Test
  void aBlockingCall_isMadeOnTheElasticPoolOfItsService() {
    assertThat(answerTo("/orders/7")).startsWith("order 7 on shop-elastic-");
  }

  @Test
  void aTask_isOneCallbackThreadForEachRequest() {
    assertThat(answerTo("/receipts/7")).startsWith("receipt of order 7 on shop-elastic-");

    assertThat(shop.stats().completed()).isEqualTo(1);
  }

  @Test
  void aServiceThatIsFull_answers503() {
    Task<String> slow = Task.blocking(() -> orders.find("slow"));
    var oneMoreThanFit =
        IntStream.range(0, 117)
            .mapToObj(i -> shop.spawn(slow).toFuture())
            .toArray(CompletableFuture[]::new);
    assertThat(CompletableFuture.anyOf(oneMoreThanFit))
        .failsWithin(ofSeconds(10))
        .withThrowableThat()
        .withCauseInstanceOf(RefusedException.class);

    get("/orders/7")
        .expectStatus()
        .isEqualTo(HttpStatus.SERVICE_UNAVAILABLE)
        .expectHeader()
        .valueEquals(HttpHeaders.RETRY_AFTER, "1");
  }

  @Test
  void theScheduler_isClosedWithTheApplication() {
    context.close();

    assertThat(shop.onClosed().toCompletableFuture()).succeedsWithin(ofSeconds(10));
  }
}
