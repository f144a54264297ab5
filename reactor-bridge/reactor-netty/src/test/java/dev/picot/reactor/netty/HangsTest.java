/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor.netty;

import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.LoopScheduler;
import dev.picot.loop.LoopThread;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.reactivestreams.Publisher;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.resources.LoopResources;

/** User code that hangs, wherever Reactor Netty's signals meet it, holds nobody else up. */
class HangsTest {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final CountDownLatch hangs = new CountDownLatch(1);
  private final CountDownLatch release = new CountDownLatch(1);
  private final CompletableFuture<Boolean> inSlice = new CompletableFuture<>();
  private final LoopResources clients = LoopResources.create("client", 1, true);
  private final ConnectionProvider connections = ConnectionProvider.newConnection();
  private LoopScheduler scheduler;
  private DisposableServer server;

  private void hang() {
    inSlice.complete(Crossing.loopOfSlice() != null);
    hangs.countDown();
    while (release.getCount() > 0) {
      try {
        release.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Where user code is called. */
  enum Place {
    HANDLER {
      @Override
      Publisher<Void> handle(
          HangsTest test, HttpServerRequest request, HttpServerResponse response) {
        test.hang();
        return response.send();
      }
    },
    BODY {
      @Override
      Publisher<Void> handle(
          HangsTest test, HttpServerRequest request, HttpServerResponse response) {
        return request.receive().doOnNext(chunk -> test.hang()).then();
      }
    },
    BODY_IS_SUBSCRIBED {
      @Override
      Publisher<Void> handle(
          HangsTest test, HttpServerRequest request, HttpServerResponse response) {
        return request.receive().doOnSubscribe(subscription -> test.hang()).then();
      }
    },
    BODY_IS_REQUESTED {
      @Override
      Publisher<Void> handle(
          HangsTest test, HttpServerRequest request, HttpServerResponse response) {
        return request.receive().doOnRequest(count -> test.hang()).then();
      }
    },
    END_OF_BODY {
      @Override
      Publisher<Void> handle(
          HangsTest test, HttpServerRequest request, HttpServerResponse response) {
        return request.receive().doOnComplete(test::hang).then();
      }
    },
    AGGREGATED_BODY {
      @Override
      Publisher<Void> handle(
          HangsTest test, HttpServerRequest request, HttpServerResponse response) {
        return request.receive().aggregate().asString().doOnNext(body -> test.hang()).then();
      }
    },
    SENT_MONO {
      @Override
      Publisher<Void> handle(
          HangsTest test, HttpServerRequest request, HttpServerResponse response) {
        return response.sendString(Mono.fromSupplier(() -> test.hangsAnswer()));
      }
    },
    SENT_FLUX_IS_REQUESTED {
      @Override
      Publisher<Void> handle(
          HangsTest test, HttpServerRequest request, HttpServerResponse response) {
        return response.sendString(
            Flux.range(1, 1_000).map(String::valueOf).hide().doOnRequest(test::hangsLater));
      }
    },
    SENT_FLUX_EMITS {
      @Override
      Publisher<Void> handle(
          HangsTest test, HttpServerRequest request, HttpServerResponse response) {
        return response.sendString(
            Flux.range(1, 1_000)
                .map(
                    i -> {
                      if (i == 500) {
                        test.hang();
                      }
                      return "x";
                    }));
      }
    },
    SENT_OBJECTS {
      @Override
      Publisher<Void> handle(
          HangsTest test, HttpServerRequest request, HttpServerResponse response) {
        return response.sendObject(
            Flux.defer(
                () -> {
                  test.hang();
                  return Flux.just(response.alloc().buffer().writeByte('x'));
                }));
      }
    },
    SECOND_SENT_MONO {
      @Override
      Publisher<Void> handle(
          HangsTest test, HttpServerRequest request, HttpServerResponse response) {
        return response
            .sendString(Mono.just("x"))
            .sendString(Mono.fromSupplier(() -> test.hangsAnswer()));
      }
    },
    SENT_AFTER_HEADERS {
      @Override
      Publisher<Void> handle(
          HangsTest test, HttpServerRequest request, HttpServerResponse response) {
        return response.sendHeaders().sendString(Mono.fromCallable(() -> test.hangsAnswer()));
      }
    },
    AFTER_SENDING {
      @Override
      Publisher<Void> handle(
          HangsTest test, HttpServerRequest request, HttpServerResponse response) {
        return response.sendString(Mono.just("x")).then(Mono.fromRunnable(test::hang));
      }
    },
    AFTER_HEADERS {
      @Override
      Publisher<Void> handle(
          HangsTest test, HttpServerRequest request, HttpServerResponse response) {
        return response.sendHeaders().then(Mono.fromRunnable(test::hang));
      }
    },
    CANCEL_OF_WHAT_IS_SENT {
      @Override
      Publisher<Void> handle(
          HangsTest test, HttpServerRequest request, HttpServerResponse response) {
        return response.sendString(
            Flux.just("x").concatWith(Flux.never()).hide().doOnCancel(test::hang));
      }

      @Override
      boolean closes() {
        return true;
      }
    },
    CANCEL_OF_THE_HANDLER {
      @Override
      Publisher<Void> handle(
          HangsTest test, HttpServerRequest request, HttpServerResponse response) {
        return Mono.<Void>never().doOnCancel(test::hang);
      }

      @Override
      boolean closes() {
        return true;
      }
    },
    CLIENT_READER {
      @Override
      Publisher<Void> handle(
          HangsTest test, HttpServerRequest request, HttpServerResponse response) {
        return CallbackHttp.response(
                test.self(),
                (answer, body) -> {
                  test.hang();
                  return body.asString();
                })
            .then();
      }
    },
    CLIENT_BODY {
      @Override
      Publisher<Void> handle(
          HangsTest test, HttpServerRequest request, HttpServerResponse response) {
        return CallbackHttp.response(
                test.self(), (answer, body) -> body.asString().doOnNext(text -> test.hang()))
            .then();
      }
    },
    CLIENT_RESULT {
      @Override
      Publisher<Void> handle(
          HangsTest test, HttpServerRequest request, HttpServerResponse response) {
        return CallbackHttp.response(test.self(), (answer, body) -> body.asString())
            .doOnNext(text -> test.hang())
            .then();
      }
    },
    CLIENT_CONNECT_ERROR {
      @Override
      Publisher<Void> handle(
          HangsTest test, HttpServerRequest request, HttpServerResponse response) {
        return CallbackHttp.response(
                HttpClient.create(test.connections)
                    .runOn(PicotLoopResources.of(test.scheduler))
                    .port(1)
                    .get(),
                (answer, body) -> body.asString())
            .doOnError(error -> test.hang())
            .then();
      }
    },
    WEBSOCKET_HANDLER {
      @Override
      Publisher<Void> handle(
          HangsTest test, HttpServerRequest request, HttpServerResponse response) {
        return response.sendWebsocket(
            (in, out) -> {
              test.hang();
              return Mono.empty();
            });
      }

      @Override
      boolean upgrades() {
        return true;
      }
    },
    WEBSOCKET_RECEIVE {
      @Override
      Publisher<Void> handle(
          HangsTest test, HttpServerRequest request, HttpServerResponse response) {
        return response.sendWebsocket(
            (in, out) -> in.receive().asString().doOnNext(text -> test.hang()).then());
      }

      @Override
      boolean upgrades() {
        return true;
      }
    },
    WEBSOCKET_FRAMES {
      @Override
      Publisher<Void> handle(
          HangsTest test, HttpServerRequest request, HttpServerResponse response) {
        return response.sendWebsocket(
            (in, out) ->
                in.aggregateFrames().receiveFrames().doOnNext(frame -> test.hang()).then());
      }

      @Override
      boolean upgrades() {
        return true;
      }
    },
    WEBSOCKET_SEND {
      @Override
      Publisher<Void> handle(
          HangsTest test, HttpServerRequest request, HttpServerResponse response) {
        return response.sendWebsocket(
            (in, out) -> out.sendString(in.receive().asString().doOnNext(text -> test.hang())));
      }

      @Override
      boolean upgrades() {
        return true;
      }
    },
    WEBSOCKET_CLOSE_STATUS {
      @Override
      Publisher<Void> handle(
          HangsTest test, HttpServerRequest request, HttpServerResponse response) {
        return response.sendWebsocket(
            (in, out) -> {
              Mono<Void> closed = in.receiveCloseStatus().doOnNext(status -> test.hang()).then();
              return in.receive().then().and(closed);
            });
      }

      @Override
      boolean upgrades() {
        return true;
      }

      @Override
      boolean closes() {
        return true;
      }
    };

    abstract Publisher<Void> handle(
        HangsTest test, HttpServerRequest request, HttpServerResponse response);

    boolean upgrades() {
      return false;
    }

    /** Whether the client closes the connection once it was answered, or has sent. */
    boolean closes() {
      return false;
    }
  }

  private String hangsAnswer() {
    hang();
    return "late";
  }

  private long requests;

  private void hangsLater(long count) {
    if (++requests == 2) { // this one comes from Netty
      hang();
    }
  }

  private HttpClient.ResponseReceiver<?> self() {
    return HttpClient.create(connections)
        .runOn(PicotLoopResources.of(scheduler))
        .port(server.port())
        .get()
        .uri("/");
  }

  @ParameterizedTest
  @EnumSource
  void whereUserCodeHangs_othersAreServed(Place place) throws Exception {
    serve((request, response) -> place.handle(this, request, response));

    Disposable first = firstRequest(place);
    assertThat(hangs.await(30, TimeUnit.SECONDS)).as("hangs").isTrue();

    for (int i = 0; i < 3; i++) {
      assertThat(get("/")).isEqualTo("served");
    }
    assertThat(inSlice.join()).as("in a slice").isTrue();
    assertThat(scheduler.stats().takeovers()).isPositive();
    release.countDown();
    assertThat(get("/")).isEqualTo("served");
    first.dispose();
  }

  private void serve(BiFunction<HttpServerRequest, HttpServerResponse, Publisher<Void>> handler) {
    scheduler =
        NettyLoops.build(
            LoopScheduler.builder("hanging")
                .loops(1)
                .watchdog(
                    options ->
                        options
                            .warnAfter(Duration.ofMillis(50))
                            .takeoverAfter(Duration.ofMillis(100))
                            .failAfter(Duration.ofMinutes(5))));
    server =
        HttpServer.create()
            .port(0)
            .runOn(PicotLoopResources.of(scheduler))
            .route(
                routes ->
                    routes
                        .route(
                            request -> request.uri().startsWith("/hang"),
                            CallbackHttp.handler(scheduler, handler))
                        .get(
                            "/",
                            CallbackHttp.handler(
                                scheduler,
                                (request, response) -> response.sendString(Mono.just("served")))))
            .bindNow();
  }

  private Disposable firstRequest(Place place) {
    HttpClient client = HttpClient.create(connections).runOn(clients).port(server.port());
    if (place.upgrades()) {
      return client
          .websocket()
          .uri("/hang")
          .handle(
              (in, out) ->
                  out.sendString(Mono.just("hello"))
                      .then(place.closes() ? out.sendClose() : Mono.never()))
          .subscribe(nothing -> {}, error -> {});
    }
    Flux<?> answer =
        client
            .post()
            .uri("/hang")
            .send(
                (request, out) ->
                    place.closes()
                        ? out.sendString(Mono.just("hello"))
                        : out.sendString(Flux.just("hello", "world")))
            .responseConnection(
                (response, connection) -> connection.inbound().receive().asString());
    if (place == Place.CANCEL_OF_THE_HANDLER) {
      return closeOnceItRuns(answer);
    }
    return (place.closes() ? answer.take(1) : answer).subscribe(value -> {}, error -> {});
  }

  private Disposable closeOnceItRuns(Flux<?> answer) {
    Disposable request = answer.subscribe(value -> {}, error -> {});
    while (scheduler.stats().live() == 0) {
      Thread.onSpinWait();
    }
    request.dispose();
    return request;
  }

  private String get(String uri) {
    return HttpClient.create(connections)
        .runOn(clients)
        .port(server.port())
        .get()
        .uri(uri)
        .responseContent()
        .aggregate()
        .asString()
        .block(LIMIT);
  }

  @AfterEach
  void close() {
    release.countDown();
    server.disposeNow(LIMIT);
    scheduler.close();
    clients.disposeLater(Duration.ZERO, LIMIT).block(LIMIT);
    assertThat(LoopThread.current()).isNull();
  }
}
