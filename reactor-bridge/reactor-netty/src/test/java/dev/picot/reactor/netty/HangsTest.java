/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.picot.LoopScheduler;
import dev.picot.loop.LoopThread;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.reactivestreams.Publisher;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.http.websocket.WebsocketInbound;
import reactor.netty.http.websocket.WebsocketOutbound;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.resources.LoopResources;

/** User code that hangs, wherever Reactor Netty's signals meet it, holds nobody else up. */
class HangsTest {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final CountDownLatch handles = new CountDownLatch(1);
  private final CountDownLatch hangs = new CountDownLatch(1);
  private final CountDownLatch release = new CountDownLatch(1);
  private final CompletableFuture<Boolean> inSlice = new CompletableFuture<>();
  private final CompletableFuture<List<String>> framesOfChannels = new CompletableFuture<>();
  private final LoopResources servers = LoopResources.create("server", 1, true);
  private final LoopResources clients = LoopResources.create("client", 1, true);
  private final ConnectionProvider connections = ConnectionProvider.newConnection();
  private Placement placement;
  private LoopScheduler scheduler;
  private DisposableServer server;

  /** Where connections and callback threads live. */
  enum Placement {
    COLOCATED_EPOLL,
    COLOCATED_NIO,
    ISOLATED
  }

  private void hang() {
    inSlice.complete(Crossing.loopOfSlice() != null);
    framesOfChannels.complete(framesOfChannels());
    hangs.countDown();
    while (release.getCount() > 0) {
      try {
        release.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Those of channels and their handlers on the stack. */
  private static List<String> framesOfChannels() {
    return StackWalker.getInstance()
        .walk(
            frames ->
                frames
                    .map(StackWalker.StackFrame::getClassName)
                    .filter(type -> type.matches("io\\.netty\\.(channel|handler)\\..*"))
                    .toList());
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
    FORM {
      @Override
      Publisher<Void> handle(
          HangsTest test, HttpServerRequest request, HttpServerResponse response) {
        return request.receiveForm().doOnNext(data -> test.hang()).then();
      }

      @Override
      String contentType() {
        return "application/x-www-form-urlencoded";
      }

      @Override
      Publisher<String> body() {
        return Mono.just("hello=world"); // Reactor Netty does not see the end of one in chunks
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
        return Mono.<Void>never()
            .doOnSubscribe(subscription -> test.handles.countDown())
            .doOnCancel(test::hang);
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
                HttpClient.create(test.connections).runOn(test.loops()).port(1).get(),
                (answer, body) -> body.asString())
            .doOnError(error -> test.hang())
            .then();
      }
    },
    CLIENT_SESSION {
      @Override
      Publisher<Void> handle(
          HangsTest test, HttpServerRequest request, HttpServerResponse response) {
        return test.session(
            (in, out) -> {
              test.hang();
              return Mono.empty();
            });
      }
    },
    CLIENT_SESSION_RECEIVES {
      @Override
      Publisher<Void> handle(
          HangsTest test, HttpServerRequest request, HttpServerResponse response) {
        return test.session(
            (in, out) ->
                out.sendString(Mono.just("hello"))
                    .then(in.receive().asString().doOnNext(text -> test.hang()).then()));
      }
    },
    CLIENT_SESSION_SENDS {
      @Override
      Publisher<Void> handle(
          HangsTest test, HttpServerRequest request, HttpServerResponse response) {
        return test.session(
            (in, out) -> out.sendString(Mono.fromSupplier(() -> test.hangsAnswer())));
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

    String contentType() {
      return "text/plain";
    }

    Publisher<String> body() {
      return closes() ? Mono.just("hello") : Flux.just("hello", "world");
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
    return HttpClient.create(connections).runOn(loops()).port(server.port()).get().uri("/");
  }

  /** A session of a client with a server that sends back what it receives. */
  private Mono<Void> session(
      BiFunction<WebsocketInbound, WebsocketOutbound, Publisher<Void>> handler) {
    return HttpClient.create(connections)
        .runOn(loops())
        .port(server.port())
        .websocket()
        .uri("/echo")
        .handle(CallbackHttp.websocket(scheduler, handler))
        .then();
  }

  /** Those of the connections that the scheduler's callback threads serve or open. */
  private LoopResources loops() {
    return placement == Placement.ISOLATED ? servers : PicotLoopResources.of(scheduler);
  }

  @ParameterizedTest
  @MethodSource
  void whereUserCodeHangs_othersAreServed(Placement placement, Place place) throws Exception {
    this.placement = placement;
    serve((request, response) -> place.handle(this, request, response));

    Disposable first = firstRequest(place);
    assertThat(hangs.await(30, TimeUnit.SECONDS)).as("hangs").isTrue();

    for (int i = 0; i < 3; i++) {
      assertThat(get("/")).isEqualTo("served");
    }
    assertThat(inSlice.join()).as("in a slice").isTrue();
    assertThat(framesOfChannels.join()).as("frames of channels below user code").isEmpty();
    assertThat(scheduler.stats().takeovers()).isPositive();
    release.countDown();
    assertThat(get("/")).isEqualTo("served");
    first.dispose();
  }

  static Stream<Arguments> whereUserCodeHangs_othersAreServed() {
    return Stream.of(Placement.values())
        .flatMap(placement -> Stream.of(Place.values()).map(place -> arguments(placement, place)));
  }

  private void serve(BiFunction<HttpServerRequest, HttpServerResponse, Publisher<Void>> handler) {
    LoopScheduler.Builder options = NettySchedulers.builder("hanging").loops(1);
    scheduler =
        switch (placement) {
          case COLOCATED_EPOLL -> NettyLoops.build(options, Transport.EPOLL);
          case COLOCATED_NIO -> NettyLoops.build(options, Transport.NIO);
          case ISOLATED -> options.build();
        };
    server =
        HttpServer.create()
            .port(0)
            .runOn(loops())
            .route(
                routes ->
                    routes
                        .route(
                            request -> request.uri().startsWith("/hang"),
                            CallbackHttp.handler(scheduler, handler))
                        .ws("/echo", (in, out) -> out.send(in.receive().retain()))
                        .get(
                            "/",
                            CallbackHttp.handler(
                                scheduler,
                                (request, response) -> response.sendString(Mono.just("served")))))
            .bindNow();
  }

  private Disposable firstRequest(Place place) throws InterruptedException {
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
            .headers(headers -> headers.set("Content-Type", place.contentType()))
            .post()
            .uri("/hang")
            .send((request, out) -> out.sendString(place.body()))
            .responseConnection(
                (response, connection) -> connection.inbound().receive().asString());
    if (place == Place.CANCEL_OF_THE_HANDLER) {
      return closeOnceItIsHandled(answer);
    }
    return (place.closes() ? answer.take(1) : answer).subscribe(value -> {}, error -> {});
  }

  private Disposable closeOnceItIsHandled(Flux<?> answer) throws InterruptedException {
    Disposable request = answer.subscribe(value -> {}, error -> {});
    assertThat(handles.await(30, TimeUnit.SECONDS)).as("handles").isTrue();
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
    servers.disposeLater(Duration.ZERO, LIMIT).block(LIMIT);
    assertThat(LoopThread.current()).isNull();
  }
}
