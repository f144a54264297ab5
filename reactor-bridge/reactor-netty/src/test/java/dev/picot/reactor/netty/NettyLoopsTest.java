/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor.netty;

import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.LoopScheduler;
import dev.picot.Task;
import dev.picot.reactor.CallbackMono;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.netty.DisposableServer;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;

class NettyLoopsTest {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  @ParameterizedTest
  @EnumSource
  void aRequest_isServedOnTheLoops_byACallbackThread(Transport transport) {
    LoopScheduler scheduler = NettyLoops.build(LoopScheduler.builder("web").loops(2), transport);
    PicotLoopResources loops = PicotLoopResources.of(scheduler);
    DisposableServer server =
        HttpServer.create()
            .port(0)
            .runOn(loops)
            .handle(
                (request, response) ->
                    response.sendString(
                        CallbackMono.of(
                            scheduler, Task.call(() -> Thread.currentThread().getName()))))
            .bindNow();

    for (int i = 0; i < 5; i++) {
      String answer =
          HttpClient.create()
              .runOn(loops)
              .port(server.port())
              .get()
              .uri("/")
              .responseContent()
              .aggregate()
              .asString()
              .block(LIMIT);

      assertThat(answer).matches("web-[12]");
    }
    server.disposeNow(LIMIT);
    loops.disposeLater(Duration.ZERO, LIMIT).block(LIMIT);
    assertThat(scheduler.onClosed().toCompletableFuture()).isDone();
  }
}
