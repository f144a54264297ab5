/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit.cases;

import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.junit.NoBlocking;
import dev.picot.junit.Sightings;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.web.reactive.function.client.WebClient;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;

/** Tests of an HTTP service on Reactor Netty that knows nothing of Picot. */
@NoBlocking(stallAfterMillis = 80)
public class NettyTestCases {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Object LOCK = new Object();

  private static DisposableServer server;

  @BeforeAll
  static void start() {
    server =
        HttpServer.create()
            .port(0)
            .route(
                routes ->
                    routes
                        .get("/clean", (in, out) -> out.sendString(Mono.just("fine")))
                        .get("/sleep", (in, out) -> out.sendString(Mono.just(sleepy())))
                        .get("/lock", (in, out) -> out.sendString(Mono.just(locked()))))
            .bindNow();
  }

  @AfterAll
  static void stop() {
    server.disposeNow();
  }

  private static String sleepy() {
    Blockers.sleep(Duration.ofMillis(2));
    return "slept";
  }

  private static String locked() {
    Blockers.enter(LOCK);
    return "entered";
  }

  private static Mono<String> get(String path) {
    return HttpClient.create()
        .port(server.port())
        .get()
        .uri(path)
        .responseContent()
        .aggregate()
        .asString();
  }

  @Test
  void clean() {
    assertThat(get("/clean").repeat(20).blockLast(PATIENCE)).isEqualTo("fine");
  }

  // region handler
  @Test
  void handlerSleeps() {
    assertThat(get("/sleep").block(PATIENCE)).isEqualTo("slept");
  }

  // end region

  @Test
  void handlerEntersAContendedMonitor() {
    Mono<String> answer;
    synchronized (LOCK) {
      answer = Mono.fromFuture(get("/lock").toFuture());
      Sightings.await();
    }
    assertThat(answer.block(PATIENCE)).isEqualTo("entered");
  }

  @Test
  void clientSleepsInItsPipeline() {
    get("/clean").doOnNext(answer -> Blockers.sleep(Duration.ofMillis(2))).block(PATIENCE);
  }

  private static Mono<String> getByWebClient(String path) {
    return WebClient.create("http://localhost:" + server.port())
        .get()
        .uri(path)
        .retrieve()
        .bodyToMono(String.class);
  }

  @Test
  void webClientIsClean() {
    assertThat(getByWebClient("/clean").repeat(20).blockLast(PATIENCE)).isEqualTo("fine");
  }

  @Test
  void webClientSleepsInItsPipeline() {
    getByWebClient("/clean")
        .doOnNext(answer -> Blockers.sleep(Duration.ofMillis(2)))
        .block(PATIENCE);
  }
}
