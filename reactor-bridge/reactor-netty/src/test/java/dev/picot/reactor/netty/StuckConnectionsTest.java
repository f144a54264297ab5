/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor.netty;

import static dev.picot.reactor.netty.NettySchedulers.LIMIT;
import static dev.picot.reactor.netty.NettySchedulers.await;
import static dev.picot.reactor.netty.NettySchedulers.until;
import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.LoopScheduler;
import io.netty.buffer.ByteBuf;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.netty.DisposableServer;
import reactor.netty.http.Http11SslContextSpec;
import reactor.netty.http.Http2SslContextSpec;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.resources.LoopResources;

/** The connections of a loop whose step is stuck: the next owner serves them. */
class StuckConnectionsTest {
  @RegisterExtension private final NettySchedulers schedulers = new NettySchedulers();

  @TempDir private static Path directory;
  private static KeyManagerFactory keys;

  private final LoopResources clientLoops = LoopResources.create("client", 1, true);
  private final ConnectionProvider one =
      ConnectionProvider.builder("one").maxConnections(1).build();
  private final ConnectionProvider others = ConnectionProvider.newConnection();
  private final CountDownLatch entered = new CountDownLatch(1);
  private final CountDownLatch gate = schedulers.gate();
  private LoopScheduler scheduler;
  private DisposableServer server;

  @SuppressWarnings("deprecation") // of an interface that all specs have
  private enum Protocol {
    HTTP_1 {
      @Override
      HttpServer server(HttpServer server) {
        return server;
      }

      @Override
      HttpClient client(HttpClient client) {
        return client;
      }
    },
    TLS {
      @Override
      HttpServer server(HttpServer server) {
        return server.secure(ssl -> ssl.sslContext(Http11SslContextSpec.forServer(keys)));
      }

      @Override
      HttpClient client(HttpClient client) {
        return client.secure(
            ssl -> ssl.sslContext(Http11SslContextSpec.forClient().configure(Protocol::trust)));
      }
    },
    H2C {
      @Override
      HttpServer server(HttpServer server) {
        return server.protocol(HttpProtocol.H2C);
      }

      @Override
      HttpClient client(HttpClient client) {
        return client.protocol(HttpProtocol.H2C);
      }
    },
    H2 {
      @Override
      HttpServer server(HttpServer server) {
        return server
            .protocol(HttpProtocol.H2)
            .secure(ssl -> ssl.sslContext(Http2SslContextSpec.forServer(keys)));
      }

      @Override
      HttpClient client(HttpClient client) {
        return client
            .protocol(HttpProtocol.H2)
            .secure(
                ssl -> ssl.sslContext(Http2SslContextSpec.forClient().configure(Protocol::trust)));
      }
    };

    abstract HttpServer server(HttpServer server);

    abstract HttpClient client(HttpClient client);

    boolean hasStreams() {
      return this == H2C || this == H2;
    }

    private static void trust(io.netty.handler.ssl.SslContextBuilder builder) {
      builder.trustManager(InsecureTrustManagerFactory.INSTANCE);
      builder.endpointIdentificationAlgorithm(null);
    }
  }

  static Stream<Arguments> protocols() {
    return Stream.of(Transport.values())
        .flatMap(
            transport ->
                Stream.of(Protocol.values()).map(protocol -> Arguments.of(transport, protocol)));
  }

  @BeforeAll
  static void makeCertificate() throws Exception {
    Path store = directory.resolve("keys.p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keyalg",
                "EC",
                "-dname",
                "CN=localhost",
                "-storetype",
                "PKCS12",
                "-storepass",
                "secret",
                "-keystore",
                store.toString())
            .inheritIO()
            .start();
    assertThat(keytool.waitFor()).isZero();
    KeyStore loaded = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      loaded.load(in, "secret".toCharArray());
    }
    keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(loaded, "secret".toCharArray());
  }

  private void serve(Transport transport, Protocol protocol, Duration failAfter) {
    scheduler =
        schedulers.make(
            transport,
            builder -> builder.loops(1).watchdog(watchdog -> watchdog.failAfter(failAfter)));
    server =
        protocol
            .server(HttpServer.create())
            .port(0)
            .runOn(PicotLoopResources.of(scheduler))
            .handle(
                CallbackHttp.handler(
                    scheduler,
                    (request, response) -> {
                      if (request.uri().startsWith("/echo")) {
                        return response.sendWebsocket(
                            (in, out) -> out.sendString(in.receive().asString()));
                      }
                      if (request.uri().startsWith("/body")) {
                        return request.receive().doOnNext(this::holdWhileStuck).then();
                      }
                      if (request.uri().startsWith("/hang")) {
                        entered.countDown();
                        NettySchedulers.pass(gate);
                        return response.sendString(Mono.just("late"));
                      }
                      return response.sendString(
                          Mono.just(String.valueOf(request.remoteAddress().getPort())));
                    }))
            .bindNow();
  }

  private HttpClient client(Protocol protocol, ConnectionProvider connections) {
    return protocol
        .client(HttpClient.create(connections))
        .runOn(clientLoops)
        .port(server.port())
        .responseTimeout(LIMIT);
  }

  private static Mono<String> get(HttpClient client, String uri) {
    return client.get().uri(uri).responseContent().aggregate().asString();
  }

  private void untilTakenOver() {
    await(entered);
    until("the loop is taken over", () -> scheduler.stats().takeovers() > 0);
  }

  @ParameterizedTest
  @MethodSource("protocols")
  void aConnection_isServedByTheNextOwner_andTheLateAnswerArrives(
      Transport transport, Protocol protocol) {
    serve(transport, protocol, Duration.ofMinutes(5));
    HttpClient client = client(protocol, one);
    String port = get(client, "/").block(LIMIT);

    CompletableFuture<String> late =
        get(protocol.hasStreams() ? client : client(protocol, others), "/hang").toFuture();
    untilTakenOver();

    for (int i = 0; i < 20; i++) {
      assertThat(get(client, "/").block(LIMIT)).as("the connection").isEqualTo(port);
    }
    assertThat(late).isNotDone();
    gate.countDown();
    assertThat(NettySchedulers.get(late.minimalCompletionStage())).isEqualTo("late");
    assertThat(scheduler.stats().takeovers()).isOne();
  }

  @ParameterizedTest
  @EnumSource
  void aWebsocketSession_goesOnWithTheNextOwner(Transport transport) throws Exception {
    serve(transport, Protocol.HTTP_1, Duration.ofMinutes(5));
    BlockingQueue<String> echoes = new LinkedBlockingQueue<>();
    Sinks.Many<String> sent = Sinks.many().unicast().onBackpressureBuffer();
    CompletableFuture<Void> session =
        client(Protocol.HTTP_1, one)
            .websocket()
            .uri("/echo")
            .handle(
                (in, out) ->
                    out.sendString(sent.asFlux())
                        .then()
                        .and(in.receive().asString().doOnNext(echoes::add)))
            .then()
            .toFuture();
    sent.tryEmitNext("before");
    assertThat(echoes.poll(30, TimeUnit.SECONDS)).isEqualTo("before");

    CompletableFuture<String> late = get(client(Protocol.HTTP_1, others), "/hang").toFuture();
    untilTakenOver();

    for (int i = 0; i < 20; i++) {
      sent.tryEmitNext("after " + i);
      assertThat(echoes.poll(30, TimeUnit.SECONDS)).isEqualTo("after " + i);
    }
    gate.countDown();
    assertThat(NettySchedulers.get(late.minimalCompletionStage())).isEqualTo("late");
    session.cancel(true);
  }

  // What the stuck step could reach

  private final AtomicReference<ByteBuf> held = new AtomicReference<>();
  private final CompletableFuture<String> seenAfterwards = new CompletableFuture<>();

  private void holdWhileStuck(ByteBuf chunk) {
    if (held.compareAndSet(null, chunk)) {
      entered.countDown();
      NettySchedulers.pass(gate);
      seenAfterwards.complete(chunk.refCnt() + " " + chunk.toString(StandardCharsets.UTF_8));
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatAStuckStepReads_isKeptUntilItReturns_alsoIfTheConnectionCloses(Transport transport) {
    serve(transport, Protocol.HTTP_1, Duration.ofMillis(300));

    Disposable request =
        client(Protocol.HTTP_1, others)
            .post()
            .uri("/body")
            .send(
                (outgoing, out) ->
                    out.sendString(
                        Flux.just("precious").concatWith(Flux.range(0, 100).map(i -> "more"))))
            .response()
            .subscribe(response -> {}, error -> {});
    untilTakenOver();
    request.dispose();

    until("its callback thread has ended", () -> scheduler.stats().live() == 0);
    for (int i = 0; i < 50; i++) { // whoever got its memory would write into it
      get(client(Protocol.HTTP_1, others), "/").block(LIMIT);
    }
    assertThat(held.get().refCnt()).isPositive();
    gate.countDown();
    assertThat(NettySchedulers.get(seenAfterwards.minimalCompletionStage()))
        .matches("[1-9]\\d* precious.*");
    until("it is released then", () -> held.get().refCnt() == 0);
  }

  @ParameterizedTest
  @EnumSource
  void afterAFailedStall_theConnectionIsClosed_andNobodyGetsTheLateAnswer(Transport transport) {
    serve(transport, Protocol.HTTP_1, Duration.ofMillis(300));
    HttpClient client = client(Protocol.HTTP_1, one);
    String port = get(client, "/").block(LIMIT);

    Integer status =
        client
            .get()
            .uri("/hang")
            .responseSingle((response, body) -> Mono.just(response.status().code()))
            .onErrorReturn(-1)
            .block(LIMIT);
    String after = get(client, "/").block(LIMIT);
    gate.countDown();
    until("the step has returned", () -> scheduler.stats().detached() == 0);

    assertThat(status).isIn(500, 503, -1);
    assertThat(after).as("another connection").isNotEqualTo(port).matches("\\d+");
    for (int i = 0; i < 20; i++) {
      assertThat(get(client, "/").block(LIMIT)).isEqualTo(after);
    }
  }

  @AfterEach
  void close() {
    gate.countDown();
    one.disposeLater().block(LIMIT);
    server.disposeNow(LIMIT);
    clientLoops.disposeLater(Duration.ZERO, LIMIT).block(LIMIT);
  }
}
