/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor.netty;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.LoopScheduler;
import dev.picot.Task;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;

/** The code of docs/guides/share-loops-with-netty.md. */
class ShareLoopsTest {
  private static final Duration LIMIT = ofSeconds(30);

  private static Mono<String> get(DisposableServer server, String uri) {
    return HttpClient.newConnection()
        .port(server.port())
        .get()
        .uri(uri)
        .responseContent()
        .aggregate()
        .asString();
  }

  @Test
  void aServerOnTheLoops() {
    // region server
    LoopScheduler shop = NettyLoops.build(LoopScheduler.builder("shop").loops(2));
    DisposableServer server =
        HttpServer.create()
            .port(0)
            .runOn(PicotLoopResources.of(shop))
            .route(
                routes ->
                    routes.get(
                        "/price/{item}",
                        CallbackHttp.handler(
                            shop,
                            (request, response) ->
                                response.sendString(Mono.just("3 " + request.param("item"))))))
            .bindNow();
    // end region

    assertThat(get(server, "/price/tea").block(LIMIT)).isEqualTo("3 tea");
    server.disposeNow(LIMIT);
    shop.close();
  }

  @Test
  void aClientOnTheLoops() throws Exception {
    LoopScheduler shop = NettyLoops.build(LoopScheduler.builder("shop").loops(1));
    DisposableServer server =
        HttpServer.create()
            .port(0)
            .handle((request, response) -> response.sendString(Mono.just("4")))
            .bindNow();

    // region client
    HttpClient client = HttpClient.create().runOn(PicotLoopResources.of(shop));
    Task<Integer> price =
        Task.await(
            CallbackHttp.response(
                    client.get().uri("http://localhost:" + server.port() + "/"),
                    (response, body) -> body.aggregate().asString())
                .map(Integer::valueOf) // in a step: may get stuck without harm to the connection
                .single());
    // end region

    assertThat(shop.spawn(price).block(LIMIT)).isEqualTo(4);
    server.disposeNow(LIMIT);
    shop.close();
  }
}
