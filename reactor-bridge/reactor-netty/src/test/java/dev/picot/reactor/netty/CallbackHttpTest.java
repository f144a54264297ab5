/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor.netty;

import static dev.picot.reactor.netty.NettySchedulers.LIMIT;
import static dev.picot.reactor.netty.NettySchedulers.await;
import static dev.picot.reactor.netty.NettySchedulers.channels;
import static dev.picot.reactor.netty.NettySchedulers.until;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Named.named;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.picot.LoopScheduler;
import dev.picot.Task;
import dev.picot.loop.LoopGroup;
import dev.picot.reactor.CallbackMono;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.multipart.HttpData;
import io.netty.handler.codec.http.websocketx.ContinuationWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.reactivestreams.Publisher;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpClientResponse;
import reactor.netty.http.client.PrematureCloseException;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.http.websocket.WebsocketOutbound;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.resources.LoopResources;

/** Requests that are callback threads. */
class CallbackHttpTest {
  private static final int CHUNKS = 512;
  private static final int CHUNK = 16 * 1_024;

  @RegisterExtension private final NettySchedulers schedulers = new NettySchedulers();

  private final LoopResources clientLoops = LoopResources.create("client", 1, true);
  private final LoopResources serverLoops = LoopResources.create("server", 1, true);
  private final ConnectionProvider pool =
      ConnectionProvider.builder("pool").maxConnections(8).build();
  private LoopScheduler scheduler;
  private DisposableServer server;

  /** Where connections and callback threads live. */
  private enum Placement {
    COLOCATED_EPOLL,
    COLOCATED_NIO,
    ISOLATED
  }

  private void serve(
      Placement placement,
      BiFunction<HttpServerRequest, HttpServerResponse, Publisher<Void>> handler) {
    serve(placement, builder -> builder.loops(2), handler);
  }

  private void serve(
      Placement placement,
      UnaryOperator<LoopScheduler.Builder> options,
      BiFunction<HttpServerRequest, HttpServerResponse, Publisher<Void>> handler) {
    scheduler =
        switch (placement) {
          case COLOCATED_EPOLL -> schedulers.make(Transport.EPOLL, options);
          case COLOCATED_NIO -> schedulers.make(Transport.NIO, options);
          case ISOLATED ->
              schedulers.closedAfterwards(options.apply(NettySchedulers.builder("web")).build());
        };
    server =
        HttpServer.create()
            .port(0)
            .runOn(placement == Placement.ISOLATED ? serverLoops : PicotLoopResources.of(scheduler))
            .handle(CallbackHttp.handler(scheduler, handler))
            .bindNow();
  }

  private HttpClient client(ConnectionProvider connections) {
    return HttpClient.create(connections).runOn(clientLoops).port(server.port());
  }

  private Mono<String> get(ConnectionProvider connections, String uri) {
    return client(connections).get().uri(uri).responseContent().aggregate().asString();
  }

  /** A WebSocket session of a client that only sends, on a connection of its own. */
  private Mono<Void> session(Function<WebsocketOutbound, Publisher<Void>> sending) {
    return client(ConnectionProvider.newConnection())
        .websocket()
        .uri("/")
        .handle((in, out) -> sending.apply(out))
        .then();
  }

  private static byte[] chunk(int i) {
    byte[] bytes = new byte[CHUNK];
    for (int j = 0; j < CHUNK; j++) {
      bytes[j] = (byte) (i * 31 + j * 7);
    }
    return bytes;
  }

  private static Flux<ByteBuf> chunks() {
    return Flux.range(0, CHUNKS).map(i -> Unpooled.wrappedBuffer(chunk(i)));
  }

  private static String expectedSum() {
    CRC32 sum = new CRC32();
    IntStream.range(0, CHUNKS).forEach(i -> sum.update(chunk(i)));
    return Long.toHexString(sum.getValue());
  }

  private static Mono<String> sum(Flux<ByteBuf> body) {
    return body.collect(CRC32::new, (sum, buffer) -> sum.update(buffer.nioBuffer()))
        .map(sum -> Long.toHexString(sum.getValue()));
  }

  // Bodies

  @ParameterizedTest
  @EnumSource
  void anUpload_arrivesAsItWasSent(Placement placement) {
    serve(placement, (request, response) -> response.sendString(sum(request.receive())));

    String seen =
        client(pool)
            .post()
            .uri("/")
            .send(chunks())
            .responseContent()
            .aggregate()
            .asString()
            .block(LIMIT);

    assertThat(seen).isEqualTo(expectedSum());
  }

  @ParameterizedTest
  @EnumSource
  void aForm_arrivesAsItWasSent_alsoWhatNettyKeepsInAFile(Placement placement) {
    serve(
        placement,
        (request, response) ->
            response.sendString(
                request
                    .receiveForm()
                    .map(data -> data.getName() + " " + sum(data) + "\n")
                    .collect(Collectors.joining())));

    String seen =
        client(pool)
            .post()
            .uri("/")
            .sendForm(
                (request, form) ->
                    form.multipart(true)
                        .attr("small", "x")
                        .file("large", new ByteArrayInputStream(wholeBody())))
            .responseContent()
            .aggregate()
            .asString()
            .block(LIMIT);

    assertThat(seen).isEqualTo("small 8cdc1683\nlarge " + expectedSum() + "\n");
    assertThat(Leaks.take()).isEmpty();
  }

  private static byte[] wholeBody() {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    IntStream.range(0, CHUNKS).forEach(i -> body.writeBytes(chunk(i)));
    return body.toByteArray();
  }

  private static String sum(HttpData data) {
    CRC32 sum = new CRC32();
    try {
      sum.update(data.get());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Long.toHexString(sum.getValue());
  }

  @ParameterizedTest
  @EnumSource
  void aSessionOfAClient_isACallbackThread(Placement placement) {
    serve(
        placement,
        (request, response) ->
            response.sendWebsocket((in, out) -> out.send(in.receive().retain())));
    AtomicReference<String> thread = new AtomicReference<>();

    client(ConnectionProvider.newConnection())
        .websocket()
        .uri("/")
        .handle(
            CallbackHttp.websocket(
                scheduler,
                (in, out) ->
                    out.sendString(Mono.just("there and back"))
                        .then(
                            in.receive()
                                .asString()
                                .next()
                                .doOnNext(
                                    text ->
                                        thread.set(
                                            text + " on " + Thread.currentThread().getName()))
                                .then())))
        .then()
        .block(LIMIT);

    assertThat(thread.get()).startsWith("there and back on web-");
    until("no callback thread is left", () -> scheduler.stats().live() == 0);
    assertThat(Leaks.take()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void aDownload_arrivesAsItWasSent(Placement placement) {
    serve(placement, (request, response) -> response.send(chunks()));

    assertThat(sum(client(pool).get().uri("/").responseContent()).block(LIMIT))
        .isEqualTo(expectedSum());
  }

  @ParameterizedTest
  @EnumSource
  void aDownloadThatNobodyReads_isNotProduced(Placement placement) throws Exception {
    AtomicInteger produced = new AtomicInteger();
    AtomicBoolean cancelled = new AtomicBoolean();
    serve(
        placement,
        (request, response) ->
            response.send(
                Flux.range(0, 100_000) // 1.6 GB
                    .map(i -> Unpooled.wrappedBuffer(new byte[CHUNK]))
                    .doOnNext(buffer -> produced.incrementAndGet())
                    .doOnCancel(() -> cancelled.set(true))));

    try (Socket socket = NettySchedulers.ask(server, "")) {
      assertThat(socket.getInputStream().read()).isEqualTo('H');
      int[] last = {-1, 0};
      until(
          "it produces no more",
          () -> {
            int now = produced.get();
            last[1] = now == last[0] ? last[1] + 1 : 0;
            last[0] = now;
            return last[1] == 100;
          });
      assertThat(produced).hasValueLessThan(50_000);
    }
    until("it is cancelled", cancelled::get);
    until("the callback thread has ended", () -> scheduler.stats().live() == 0);
  }

  @ParameterizedTest
  @EnumSource
  void anEcho_streamsBothWays(Placement placement) {
    serve(placement, (request, response) -> response.send(request.receive().retain()));

    String seen = sum(client(pool).post().uri("/").send(chunks()).responseContent()).block(LIMIT);

    assertThat(seen).isEqualTo(expectedSum());
  }

  @ParameterizedTest
  @EnumSource
  void aBodyThatNobodyReads_isDropped_andTheConnectionGoesOn(Placement placement) {
    serve(placement, (request, response) -> response.sendString(Mono.just("unread")));

    for (int i = 0; i < 5; i++) {
      assertThat(
              client(pool)
                  .post()
                  .uri("/")
                  .send(chunks().take(4))
                  .responseContent()
                  .aggregate()
                  .asString()
                  .block(LIMIT))
          .isEqualTo("unread");
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatFollowsAWholeResponse_isDropped_andTheConnectionGoesOn(Placement placement) {
    AtomicBoolean hasSentHeaders = new AtomicBoolean();
    serve(
        placement,
        (request, response) ->
            response
                .sendString(Mono.just("first"))
                .then()
                .doOnSuccess(nothing -> hasSentHeaders.set(response.hasSentHeaders()))
                .then(Mono.defer(() -> response.sendString(Mono.just("second")).then()))
                .then(Mono.defer(() -> response.sendString(Flux.just("third", "part")).then()))
                .then(Mono.defer(() -> response.sendObject(response.alloc().buffer()).then()))
                .then(Mono.defer(() -> response.sendHeaders().then()))
                .then(
                    Mono.defer(
                        () ->
                            response
                                .sendObject(new DefaultHttpContent(response.alloc().buffer()))
                                .then()))
                .then(Mono.defer(() -> response.sendRedirect("/elsewhere")))
                .then(Mono.defer(response::sendNotFound))
                .then(Mono.defer(response::send)));

    for (int i = 0; i < 5; i++) {
      assertThat(statusAndBody("/")).isEqualTo("200 first");
    }
    assertThat(hasSentHeaders).isTrue();
  }

  private String statusAndBody(String uri) {
    return client(pool)
        .get()
        .uri(uri)
        .responseSingle(
            (response, body) -> body.asString().map(text -> response.status().code() + " " + text))
        .block(LIMIT);
  }

  @ParameterizedTest
  @EnumSource
  void settingsAfterAWholeResponse_areRefused(Placement placement) {
    CompletableFuture<Throwable> refusal = new CompletableFuture<>();
    serve(
        placement,
        (request, response) ->
            response
                .sendString(Mono.just("sent"))
                .then()
                .then(
                    Mono.<Void>fromRunnable(() -> response.status(500).header("late", "1"))
                        .onErrorResume(
                            error -> {
                              refusal.complete(error);
                              return Mono.empty();
                            })));

    assertThat(statusAndBody("/")).isEqualTo("200 sent");
    assertThat(NettySchedulers.get((Future<Throwable>) refusal))
        .isInstanceOf(IllegalStateException.class);
  }

  @ParameterizedTest
  @EnumSource
  void aBufferAfterTheHeaders_isDropped_andAStreamIsSent(Placement placement) {
    serve(
        placement,
        (request, response) ->
            response
                .sendHeaders()
                .then()
                .then(Mono.defer(() -> response.sendString(Mono.just("dropped")).then()))
                .then(Mono.defer(() -> response.sendString(Flux.just("sent", "!")).then())));

    assertThat(get(pool, "/").block(LIMIT)).isEqualTo("sent!");
  }

  @ParameterizedTest
  @EnumSource
  void aBufferThatIsNotSent_isReleased(Placement placement) {
    serve(
        placement,
        (request, response) ->
            response.send(
                Mono.fromSupplier(() -> response.alloc().buffer()).filter(ByteBuf::isReadable)));

    for (int i = 0; i < 5; i++) {
      assertThat(get(pool, "/").defaultIfEmpty("nothing").block(LIMIT)).isEqualTo("nothing");
    }
    assertThat(Leaks.take()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void aBufferThatIsSent_isNotDiscarded(Placement placement) {
    serve(
        placement,
        (request, response) ->
            Mono.fromSupplier(() -> response.alloc().buffer().writeBytes(chunk(0)))
                .flatMap(buffer -> response.send(Mono.just(buffer)).then())
                .doOnDiscard(ByteBuf.class, ByteBuf::release));

    for (int i = 0; i < 5; i++) {
      assertThat(get(pool, "/").map(String::length).block(LIMIT)).isEqualTo(CHUNK);
    }
    assertThat(Leaks.take()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void oneBuffer_isAWholeResponse(Placement placement) {
    serve(
        placement,
        (request, response) ->
            response.sendObject(response.alloc().buffer().writeBytes(chunk(0))).then());

    for (int i = 0; i < 5; i++) {
      HttpClientResponse[] seen = new HttpClientResponse[1];
      Integer length =
          client(pool)
              .get()
              .uri("/")
              .responseSingle(
                  (response, body) -> {
                    seen[0] = response;
                    return body.map(ByteBuf::readableBytes);
                  })
              .block(LIMIT);
      assertThat(length).isEqualTo(CHUNK);
      assertThat(seen[0].responseHeaders().getInt(HttpHeaderNames.CONTENT_LENGTH)).isEqualTo(CHUNK);
    }
  }

  @Test
  void aResponseThatFailsOnTheEventLoop_isAnsweredAsAnError() {
    scheduler = schedulers.make(Transport.best(), 1);
    server =
        HttpServer.create()
            .port(0)
            .runOn(PicotLoopResources.of(scheduler))
            .compress(
                (request, response) -> {
                  throw new IllegalStateException("on purpose");
                })
            .handle(
                CallbackHttp.handler(
                    scheduler, (request, response) -> response.sendString(Mono.just("never"))))
            .bindNow();

    assertThat(
            client(pool)
                .get()
                .uri("/")
                .responseSingle((response, body) -> Mono.just(response.status().code()))
                .block(LIMIT))
        .isEqualTo(500);
  }

  // Ends

  @ParameterizedTest
  @EnumSource
  void aRequestThatIsRefused_isAnswered_andLaterOnesAreServed(Placement placement) {
    CountDownLatch entered = new CountDownLatch(1);
    CompletableFuture<Void> goOn = new CompletableFuture<>();
    serve(
        placement,
        builder -> builder.loops(2).maxCallbackThreads(1),
        (request, response) -> {
          if (request.uri().startsWith("/wait")) {
            entered.countDown();
            return Mono.fromFuture(goOn).then(response.sendString(Mono.just("waited")).then());
          }
          return response.sendString(Mono.just("served"));
        });
    CompletableFuture<String> waits = get(pool, "/wait").toFuture();
    await(entered);

    assertThat(statusAndRetryAfter("/")).isEqualTo("503 1");
    goOn.complete(null);
    assertThat(NettySchedulers.get(waits.minimalCompletionStage())).isEqualTo("waited");
    until("it is over", () -> scheduler.stats().live() == 0);
    assertThat(get(pool, "/").block(LIMIT)).isEqualTo("served");
  }

  private String statusAndRetryAfter(String uri) {
    return client(pool)
        .get()
        .uri(uri)
        .responseSingle(
            (response, body) ->
                body.asString()
                    .defaultIfEmpty("")
                    .map(
                        text ->
                            response.status().code()
                                + " "
                                + response.responseHeaders().get(HttpHeaderNames.RETRY_AFTER)
                                + text))
        .block(LIMIT);
  }

  @ParameterizedTest
  @EnumSource
  void aHandlerThatIsRefused_isAnsweredSo_unlessTheResponseHasBegun(Placement placement) {
    serve(
        placement,
        builder -> builder.loops(2).maxCallbackThreads(1),
        (request, response) -> {
          Mono<String> refused = CallbackMono.of(scheduler, Task.value("never"));
          response.header(HttpHeaderNames.CONTENT_LENGTH, "9");
          return request.uri().startsWith("/begun")
              ? response.sendString(Flux.concat(Mono.just("begun"), refused), UTF_8).then()
              : refused.then();
        });

    assertThat(statusAndRetryAfter("/")).isEqualTo("503 1");
    assertThatThrownBy(() -> get(pool, "/begun").block(LIMIT))
        .hasRootCauseInstanceOf(PrematureCloseException.class);
    until("it is over", () -> scheduler.stats().live() == 0);
  }

  @ParameterizedTest
  @EnumSource
  void aClientThatGoesAway_cancelsTheCallbackThread(Placement placement) {
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch cancelled = new CountDownLatch(1);
    serve(
        placement,
        (request, response) ->
            Mono.<Void>never()
                .doOnSubscribe(subscription -> entered.countDown())
                .doOnCancel(cancelled::countDown));
    Disposable request = get(pool, "/").subscribe(body -> {}, error -> {});
    await(entered);
    assertThat(scheduler.stats().live()).isOne();

    request.dispose();

    await(cancelled);
    until("it has ended", () -> scheduler.stats().live() == 0);
    assertThat(scheduler.stats().cancelled()).isOne();
  }

  @ParameterizedTest
  @EnumSource
  void anErrorOfTheHandler_isAnswered(Placement placement) {
    serve(
        placement,
        (request, response) -> {
          throw new IllegalStateException("on purpose");
        });

    assertThat(
            client(pool)
                .get()
                .uri("/")
                .responseSingle((response, body) -> Mono.just(response.status().code()))
                .block(LIMIT))
        .isEqualTo(500);
  }

  // WebSocket

  @ParameterizedTest
  @EnumSource
  void aSession_ends_whenThePeerHasClosedIt(Placement placement) {
    AtomicReference<CompletableFuture<String>> ended = new AtomicReference<>();
    serve(
        placement,
        (request, response) ->
            response.sendWebsocket(
                (in, out) -> in.receive().then().doFinally(end -> ended.get().complete("ended"))));

    for (int i = 0; i < 100; i++) {
      ended.set(new CompletableFuture<>());
      client(ConnectionProvider.newConnection())
          .websocket()
          .uri("/")
          .handle((in, out) -> out.sendString(Mono.just("hello")).then(out.sendClose()))
          .then()
          .block(LIMIT);
      assertThat(NettySchedulers.get(ended.get().minimalCompletionStage())).isEqualTo("ended");
    }
    until("no callback thread is left", () -> scheduler.stats().live() == 0);
  }

  @ParameterizedTest
  @EnumSource
  void messagesRightBeforeTheCloseFrame_allArrive(Placement placement) {
    List<String> sent = IntStream.range(0, 100).mapToObj(i -> "message " + i).toList();
    AtomicReference<CompletableFuture<List<String>>> received = new AtomicReference<>();
    serve(
        placement,
        (request, response) ->
            response.sendWebsocket(
                (in, out) ->
                    in.receive()
                        .asString()
                        .collectList()
                        .doOnNext(list -> received.get().complete(list))
                        .then()));

    for (int i = 0; i < 30; i++) {
      received.set(new CompletableFuture<>());
      client(ConnectionProvider.newConnection())
          .websocket()
          .uri("/")
          .handle((in, out) -> out.sendString(Flux.fromIterable(sent)).then(out.sendClose()))
          .then()
          .block(LIMIT);
      assertThat(NettySchedulers.get(received.get().minimalCompletionStage())).isEqualTo(sent);
    }
  }

  @ParameterizedTest
  @EnumSource
  void messagesRightBeforeTheCloseFrame_allArrive_howeverLateTheyAreRequested(Placement placement) {
    List<String> sent = List.of("a", "b", "c");
    CompletableFuture<Void> goOn = new CompletableFuture<>();
    CompletableFuture<List<String>> received = new CompletableFuture<>();
    serve(
        placement,
        (request, response) ->
            response.sendWebsocket(
                (in, out) ->
                    Mono.fromFuture(goOn)
                        .thenMany(in.receive().asString())
                        .limitRate(1)
                        .collectList()
                        .doOnNext(received::complete)
                        .then()));

    client(ConnectionProvider.newConnection())
        .websocket()
        .uri("/")
        .handle((in, out) -> out.sendString(Flux.fromIterable(sent)).then(out.sendClose()))
        .then()
        .block(LIMIT);
    goOn.complete(null);

    assertThat(NettySchedulers.get(received.minimalCompletionStage())).isEqualTo(sent);
    until("no callback thread is left", () -> scheduler.stats().live() == 0);
  }

  @ParameterizedTest
  @EnumSource
  void fragmentsOfAMessage_areAggregated_fromTheFirstOn(Placement placement) {
    AtomicReference<CompletableFuture<List<String>>> received = new AtomicReference<>();
    serve(
        placement,
        (request, response) ->
            response.sendWebsocket(
                (in, out) ->
                    in.aggregateFrames()
                        .receiveFrames()
                        .cast(TextWebSocketFrame.class)
                        .map(TextWebSocketFrame::text)
                        .collectList()
                        .doOnNext(list -> received.get().complete(list))
                        .then()));

    for (int i = 0; i < 30; i++) {
      received.set(new CompletableFuture<>());
      session(
              out ->
                  out.sendObject(
                          Flux.<WebSocketFrame>just(
                              new TextWebSocketFrame(false, 0, "a"),
                              new ContinuationWebSocketFrame(false, 0, "b"),
                              new ContinuationWebSocketFrame(true, 0, "c"),
                              new TextWebSocketFrame("d")))
                      .then(out.sendClose()))
          .block(LIMIT);
      assertThat(NettySchedulers.get(received.get().minimalCompletionStage()))
          .containsExactly("abc", "d");
    }
  }

  @ParameterizedTest
  @EnumSource
  void aCancellationAmongFragments_leavesNothingBehind(Placement placement) {
    serve(
        placement,
        (request, response) ->
            response.sendWebsocket(
                (in, out) -> in.aggregateFrames().receiveFrames().take(1).then()));

    for (int i = 0; i < 30; i++) {
      session(
              out ->
                  out.sendObject(
                          Flux.<WebSocketFrame>just(
                                  new TextWebSocketFrame("one"),
                                  new TextWebSocketFrame(false, 0, "a"))
                              .concatWith(
                                  Flux.range(0, 50)
                                      .map(n -> new ContinuationWebSocketFrame(false, 0, "b"))))
                      .then())
          .onErrorComplete() // the server ends the session while it is sent to
          .block(LIMIT);
    }
    until("all sessions are over", () -> scheduler.stats().live() == 0);
    assertThat(Leaks.take()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void aSessionThatReceivesNothing_isCancelledWhenThePeerCloses(Placement placement) {
    CountDownLatch cancelled = new CountDownLatch(1);
    serve(
        placement,
        (request, response) ->
            response.sendWebsocket(
                (in, out) -> Mono.<Void>never().doOnCancel(cancelled::countDown)));

    client(ConnectionProvider.newConnection())
        .websocket()
        .uri("/")
        .handle((in, out) -> out.sendClose())
        .then()
        .block(LIMIT);

    await(cancelled);
    until("no callback thread is left", () -> scheduler.stats().live() == 0);
  }

  @ParameterizedTest
  @MethodSource
  void aSession_finishesWithWhatItHasReceived_afterTheConnectionHasClosed(
      Placement placement, Function<Flux<String>, Flux<String>> receiving) {
    CountDownLatch closed = new CountDownLatch(1);
    CompletableFuture<Void> goOn = new CompletableFuture<>();
    CompletableFuture<String> finished = new CompletableFuture<>();
    serve(
        placement,
        (request, response) ->
            response.sendWebsocket(
                (in, out) -> {
                  in.withConnection(connection -> connection.onDispose(closed::countDown));
                  return receiving
                      .apply(in.receive().asString())
                      .concatMap(text -> Mono.fromFuture(goOn).thenReturn(text))
                      .doOnNext(finished::complete)
                      .then();
                }));

    session(out -> out.sendString(Mono.just("the last")).then(out.sendClose())).block(LIMIT);
    await(closed);
    goOn.complete(null);

    assertThat(NettySchedulers.get(finished.minimalCompletionStage())).isEqualTo("the last");
    until("no callback thread is left", () -> scheduler.stats().live() == 0);
  }

  static Stream<Arguments> aSession_finishesWithWhatItHasReceived_afterTheConnectionHasClosed() {
    Function<Flux<String>, Flux<String>> all = received -> received;
    Function<Flux<String>, Flux<String>> one = received -> received.take(1);
    return Stream.of(Placement.values())
        .flatMap(
            placement ->
                Stream.of(
                    arguments(placement, named("all", all)),
                    arguments(placement, named("one", one))));
  }

  // Clients

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "ISOLATED")
  void theBodyOfAnAnswer_arrives_evenIfTheConnectionClosesBeforeTheLoopHasTime(
      Placement placement) {
    serve(
        placement,
        builder -> builder.loops(1),
        (request, response) ->
            response.keepAlive(false).sendString(Flux.range(0, 50).map(i -> i + " ")));
    String expected = get(pool, "/").block(LIMIT);
    Task<String> asks =
        Task.await(
            CallbackHttp.response(
                    HttpClient.create(ConnectionProvider.newConnection())
                        .runOn(PicotLoopResources.of(scheduler))
                        .port(server.port())
                        .get()
                        .uri("/"),
                    (response, body) -> body.asString())
                .collectList()
                .map(parts -> String.join("", parts)));

    List<CompletableFuture<String>> answers =
        IntStream.range(0, 50).mapToObj(i -> scheduler.spawn(asks).toFuture()).toList();

    for (CompletableFuture<String> answer : answers) {
      assertThat(NettySchedulers.get(answer.minimalCompletionStage())).isEqualTo(expected);
    }
  }

  // Life cycle

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "ISOLATED")
  void openConnections_areClosed_withTheScheduler(Placement placement) throws Exception {
    serve(placement, (request, response) -> response.sendString(Mono.just("served")));
    try (Socket socket = NettySchedulers.ask(server, "")) {
      socket.setSoTimeout((int) LIMIT.toMillis());
      InputStream in = socket.getInputStream();
      assertThat(in.read()).isEqualTo('H');

      scheduler.close();

      assertThat(in.readAllBytes()).asString(StandardCharsets.US_ASCII).endsWith("served");
    }
    assertThat(server.isDisposed()).isTrue();
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "ISOLATED")
  void aStormOfShortConnections_leavesNoneBehind(Placement placement) {
    serve(
        placement,
        (request, response) -> response.keepAlive(false).sendString(Mono.just("served")));

    Long served =
        Flux.range(0, 1_000)
            .flatMap(i -> get(ConnectionProvider.newConnection(), "/"), 32)
            .filter("served"::equals)
            .count()
            .block(LIMIT);

    assertThat(served).isEqualTo(1_000);
    until("only the listening one is open", () -> channels(scheduler) == 1);
    server.disposeNow(LIMIT);
    until("none is open", () -> channels(scheduler) == 0);
    assertThat(scheduler.stats().live()).isZero();
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "ISOLATED")
  void loopsComeAndGoUnderLoad_andNoRequestIsLost(Placement placement) {
    serve(
        placement,
        builder -> builder.loops(1),
        (request, response) ->
            response.sendString(Mono.delay(Duration.ofMillis(1)).map(i -> "served")));
    AtomicBoolean enough = new AtomicBoolean();
    AtomicInteger served = new AtomicInteger();
    CompletableFuture<Void> load =
        Flux.range(0, 8)
            .flatMap(
                i ->
                    Flux.defer(
                            () ->
                                get(
                                    served.get() % 3 == 0
                                        ? ConnectionProvider.newConnection()
                                        : pool,
                                    "/"))
                        .doOnNext(answer -> served.incrementAndGet())
                        .repeat(() -> !enough.get()))
            .then()
            .toFuture();

    for (int round = 0; round < 4; round++) {
      for (int loops : new int[] {3, 1}) {
        scheduler.loops(loops);
        int before = served.get();
        until("requests go on", () -> served.get() > before + 50 || load.isDone());
      }
    }
    enough.set(true);

    NettySchedulers.get(load.minimalCompletionStage());
    pool.disposeLater().block(LIMIT);
    server.disposeNow(LIMIT);
    until("the others have left", () -> LoopGroup.of(scheduler).all().size() == 1);
    until("no connection is left", () -> channels(scheduler) == 0);
  }

  @AfterEach
  void close() {
    pool.disposeLater().block(LIMIT);
    server.disposeNow(LIMIT);
    clientLoops.disposeLater(Duration.ZERO, LIMIT).block(LIMIT);
    serverLoops.disposeLater(Duration.ZERO, LIMIT).block(LIMIT);
  }
}
