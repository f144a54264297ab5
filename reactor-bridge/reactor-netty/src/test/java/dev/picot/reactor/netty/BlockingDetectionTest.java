/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor.netty;

import static dev.picot.reactor.netty.NettySchedulers.LIMIT;
import static dev.picot.reactor.netty.NettySchedulers.eventLoop;
import static dev.picot.reactor.netty.NettySchedulers.on;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.picot.LoopScheduler;
import dev.picot.Task;
import dev.picot.reactor.blockhound.BlockingDetection;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.blockhound.BlockingOperationError;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;
import reactor.netty.resources.ConnectionProvider;

/** BlockHound on loops that handle channels. */
class BlockingDetectionTest {
  @RegisterExtension private final NettySchedulers schedulers = new NettySchedulers();

  @BeforeAll
  static void install() {
    assertThat(BlockingDetection.install()).isEmpty();
  }

  @BeforeEach
  void throwing() {
    BlockingDetection.mode(BlockingDetection.Mode.THROW);
  }

  @AfterEach
  void off() {
    BlockingDetection.mode(BlockingDetection.Mode.OFF); // for the classes that follow
  }

  private static Void park() {
    LockSupport.parkNanos(1);
    return null;
  }

  @ParameterizedTest
  @EnumSource
  void aStepThatBlocks_isSeen(Transport transport) {
    LoopScheduler scheduler = schedulers.make(transport, 1);

    assertThatThrownBy(() -> scheduler.spawn(Task.call(() -> park())).block(LIMIT))
        .isInstanceOf(BlockingOperationError.class);
  }

  @ParameterizedTest
  @EnumSource
  void aHandlerThatBlocks_isSeen(Transport transport) {
    LoopEventLoop eventLoop = eventLoop(schedulers.make(transport, 1));

    assertThatThrownBy(() -> on(eventLoop, () -> park()))
        .hasCauseInstanceOf(BlockingOperationError.class);
  }

  @ParameterizedTest
  @EnumSource
  void aLoop_mayWaitForItsChannelsAndTimers(Transport transport) throws Exception {
    LoopScheduler scheduler = schedulers.make(transport, 1);
    PicotLoopResources loops = PicotLoopResources.of(scheduler);
    DisposableServer server =
        HttpServer.create()
            .port(0)
            .runOn(loops)
            .handle(
                CallbackHttp.handler(
                    scheduler, (request, response) -> response.sendString(Mono.just("served"))))
            .bindNow(LIMIT);

    for (int i = 0; i < 20; i++) {
      scheduler.spawn(Task.sleep(Duration.ofMillis(2))).block(LIMIT);
      NettySchedulers.get(eventLoop(scheduler).schedule(() -> null, 2, TimeUnit.MILLISECONDS));
      assertThat(
              HttpClient.create(ConnectionProvider.newConnection())
                  .runOn(loops)
                  .port(server.port())
                  .get()
                  .uri("/")
                  .responseContent()
                  .aggregate()
                  .asString()
                  .block(LIMIT))
          .isEqualTo("served");
    }

    server.disposeNow(LIMIT);
  }
}
