/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor.netty;

import static dev.picot.reactor.netty.NettySchedulers.await;
import static dev.picot.reactor.netty.NettySchedulers.until;
import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.LoopScheduler;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.NettyOutbound;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.resources.LoopResources;

/** Steps that were stuck and answer when their client has gone: what they send is released. */
class LateAnswersTest {
  @RegisterExtension private final NettySchedulers schedulers = new NettySchedulers();

  private final CountDownLatch entered = new CountDownLatch(1);
  private final CountDownLatch gate = schedulers.gate();
  private final CountDownLatch closed = new CountDownLatch(1);
  private DisposableServer server;

  /** How it is sent. */
  private enum Answer {
    AFTER_THE_HANDLER {
      @Override
      Publisher<Void> send(HttpServerResponse response, Mono<String> late) {
        return response.sendString(Mono.just(String.valueOf(late.block())));
      }
    },
    STRING {
      @Override
      Publisher<Void> send(HttpServerResponse response, Mono<String> late) {
        return response.sendString(late);
      }
    },
    BUFFER {
      @Override
      Publisher<Void> send(HttpServerResponse response, Mono<String> late) {
        return response.send(late.map(text -> buffer(response, text)));
      }
    },
    BUFFER_THAT_WAS_THERE {
      @Override
      Publisher<Void> send(HttpServerResponse response, Mono<String> late) {
        NettyOutbound sent = response.sendObject(buffer(response, "early"));
        return late.flatMap(text -> sent.then());
      }
    },
    OBJECT {
      @Override
      Publisher<Void> send(HttpServerResponse response, Mono<String> late) {
        return response.sendObject(late.map(text -> buffer(response, text)));
      }
    },
    STREAM {
      @Override
      Publisher<Void> send(HttpServerResponse response, Mono<String> late) {
        return response.sendString(late.flux());
      }
    },
    MESSAGE {
      @Override
      Publisher<Void> send(HttpServerResponse response, Mono<String> late) {
        return response.sendWebsocket((in, out) -> in.receive().then().and(out.sendString(late)));
      }

      @Override
      String headers() {
        return UPGRADE;
      }
    },
    FRAME {
      @Override
      Publisher<Void> send(HttpServerResponse response, Mono<String> late) {
        return response.sendWebsocket(
            (in, out) ->
                in.receive()
                    .then()
                    .and(
                        out.sendObject(
                            late.map(text -> new BinaryWebSocketFrame(buffer(response, text))))));
      }

      @Override
      String headers() {
        return UPGRADE;
      }
    };

    private static final String UPGRADE =
        """
        Connection: Upgrade\r
        Upgrade: websocket\r
        Sec-WebSocket-Version: 13\r
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
        """;

    String headers() {
      return "";
    }

    abstract Publisher<Void> send(HttpServerResponse response, Mono<String> late);

    private static ByteBuf buffer(HttpServerResponse response, String text) {
      return response.alloc().buffer().writeBytes(text.getBytes(StandardCharsets.UTF_8));
    }
  }

  @ParameterizedTest
  @EnumSource
  void answersOfAConnectionThatHasClosed_areReleased(Answer answer) throws IOException {
    LoopScheduler scheduler = schedulers.make(Transport.best(), 1);
    LoopResources loops = PicotLoopResources.of(scheduler);

    leaveBeforeTheAnswer(answer, scheduler, loops);

    assertThat(scheduler.stats().takeovers()).isPositive();
    assertThat(Leaks.take()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void soAreThoseOfAnIsolatedScheduler(Answer answer) throws IOException {
    LoopScheduler scheduler = isolated();
    LoopResources loops = LoopResources.create("server", 1, true);

    leaveBeforeTheAnswer(answer, scheduler, loops);

    assertThat(Leaks.take()).isEmpty();
    loops.disposeLater(Duration.ZERO, NettySchedulers.LIMIT).block(NettySchedulers.LIMIT);
  }

  @ParameterizedTest
  @EnumSource
  void soAreThoseWhoseEventLoopHasEnded(Answer answer) throws IOException {
    LoopScheduler scheduler = isolated();
    LoopResources loops = LoopResources.create("server", 1, true);
    serve(scheduler, loops, answer);

    leave(answer);
    server.disposeNow();
    loops.disposeLater(Duration.ZERO, NettySchedulers.LIMIT).block(NettySchedulers.LIMIT);
    answerLate(scheduler);

    assertThat(Leaks.take()).isEmpty();
  }

  private LoopScheduler isolated() {
    return schedulers.closedAfterwards(NettySchedulers.builder("web").loops(1).build());
  }

  private void leaveBeforeTheAnswer(Answer answer, LoopScheduler scheduler, LoopResources loops)
      throws IOException {
    serve(scheduler, loops, answer);
    leave(answer);
    answerLate(scheduler);
    NettySchedulers.get(loops.onServer(true).next().submit(() -> "what it has sent was seen"));
  }

  private void leave(Answer answer) throws IOException {
    Socket client = NettySchedulers.ask(server, answer.headers());
    await(entered);
    client.close();
    await(closed);
  }

  private void answerLate(LoopScheduler scheduler) {
    gate.countDown();
    until("the step has returned", () -> scheduler.stats().detached() == 0);
    until("the callback thread has ended", () -> scheduler.stats().live() == 0);
  }

  private void serve(LoopScheduler scheduler, LoopResources loops, Answer answer) {
    Mono<String> late =
        Mono.fromSupplier(
            () -> {
              entered.countDown();
              NettySchedulers.pass(gate);
              return "late";
            });
    server =
        HttpServer.create()
            .port(0)
            .runOn(loops)
            .doOnConnection(connection -> connection.onDispose(closed::countDown))
            .handle(
                CallbackHttp.handler(scheduler, (request, response) -> answer.send(response, late)))
            .bindNow();
  }

  @AfterEach
  void stop() {
    server.disposeNow();
  }
}
