/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.examples;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.picot.Emitter;
import dev.picot.LoopScheduler;
import dev.picot.Task;
import dev.picot.stream.Mailbox;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.SubmissionPublisher;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.reactivestreams.FlowAdapters;
import org.reactivestreams.Publisher;

/** The regions of docs/guides/streams-and-mailboxes.md. */
class StreamsAndMailboxesTest {
  private static final Duration DEADLINE = Duration.ofSeconds(30);

  // region stream
  static Publisher<String> lines(LoopScheduler reports, Iterable<String> source) {
    return reports.stream(String.class, emitter -> emitAll(emitter, source.iterator()));
  }

  static Task<Void> emitAll(Emitter<? super String> emitter, Iterator<String> rest) {
    return rest.hasNext()
        ? emitter.emit(rest.next()).flatMap(emitted -> emitAll(emitter, rest))
        : Task.done();
  }

  // end region

  @Test
  void emitsWhatIsRequested() throws Exception {
    try (LoopScheduler reports = LoopScheduler.create("reports")) {
      Publisher<String> lines = lines(reports, List.of("first", "second"));

      String first = reports.spawn(Task.awaitFirst(lines)).block(DEADLINE);

      assertThat(first).isEqualTo("first");
    }
  }

  @Test
  void sendsAndReceives() throws Exception {
    try (LoopScheduler chat = LoopScheduler.create("chat")) {
      List<String> printed = new ArrayList<>();
      // region mailbox
      Mailbox<String> lines = Mailbox.bounded(64);
      Task<Void> printer = lines.forEach(line -> Task.run(() -> printed.add(line)));
      Task<Void> talker = lines.send("hello").then(lines.send("goodbye"));
      // end region

      var printing = chat.spawn(printer);
      chat.spawn(talker).block(DEADLINE);
      lines.close();
      printing.block(DEADLINE);

      assertThat(printed).containsExactly("hello", "goodbye");
    }
  }

  @Test
  void beatsWhenItIsQuiet() throws Exception {
    try (LoopScheduler chat = LoopScheduler.create("chat")) {
      Mailbox<String> lines = Mailbox.bounded(64);
      // region heartbeat
      Task<String> next =
          lines.receive(Duration.ofMillis(20)).map(line -> line.orElse("still here?"));
      // end region

      assertThat(chat.spawn(next).block(DEADLINE)).isEqualTo("still here?");
    }
  }

  @Test
  void releasesWhatNobodyReceives() {
    List<String> released = new ArrayList<>();
    // region undelivered
    Mailbox<String> latest = Mailbox.<String>latest().onUndelivered(released::add);
    latest.offer("old price");
    latest.offer("new price");
    // end region

    assertThat(released).containsExactly("old price");
  }

  @Test
  void joinsManyProducersIntoOneStream() throws Exception {
    try (LoopScheduler chat = LoopScheduler.create("chat")) {
      // region join
      Mailbox<String> lines = Mailbox.bounded(64);
      Publisher<String> toClient = lines.asPublisher(chat);
      Task<Void> alice = lines.send("alice: hello");
      Task<Void> bob = lines.send("bob: hello");
      // end region

      chat.spawn(alice.then(bob)).block(DEADLINE);

      assertThat(chat.spawn(Task.awaitFirst(toClient)).block(DEADLINE)).isEqualTo("alice: hello");
    }
  }

  @Test
  void awaitsAFlowPublisher() throws Exception {
    try (LoopScheduler chat = LoopScheduler.create("chat");
        SubmissionPublisher<String> submitted = new SubmissionPublisher<>()) {
      var subscribed = new CompletableFuture<Void>();
      Flow.Publisher<String> source =
          subscriber -> {
            submitted.subscribe(subscriber);
            subscribed.complete(null);
          };
      // region await-flow
      Task<String> first = Task.awaitFirst(FlowAdapters.toPublisher(source));
      // end region
      var waiting = chat.spawn(first);
      // Asking the publisher instead would hold the lock that the loop takes in subscribe().
      subscribed.get(DEADLINE.toSeconds(), TimeUnit.SECONDS);

      assertThat(submitted.submit("hello")).isNotNegative();

      assertThat(waiting.block(DEADLINE)).isEqualTo("hello");
    }
  }

  @Test
  void streamsTheBodyOfARequest() throws Exception {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          byte[] body = exchange.getRequestBody().readAllBytes();
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    URI uri = URI.create("http://localhost:" + server.getAddress().getPort());
    HttpClient client = HttpClient.newHttpClient();
    try (LoopScheduler reports = LoopScheduler.create("reports")) {
      // region flow-body
      Publisher<ByteBuffer> body =
          reports.stream(
              emitter ->
                  emitter
                      .emit(StandardCharsets.UTF_8.encode("first line\n"))
                      .then(emitter.emit(StandardCharsets.UTF_8.encode("second line\n"))));
      HttpRequest request =
          HttpRequest.newBuilder(uri)
              .POST(HttpRequest.BodyPublishers.fromPublisher(FlowAdapters.toFlowPublisher(body)))
              .build();
      Task<String> answer =
          Task.await(client.sendAsync(request, HttpResponse.BodyHandlers.ofString()))
              .map(HttpResponse::body);
      // end region

      assertThat(reports.spawn(answer).block(DEADLINE)).isEqualTo("first line\nsecond line\n");
    } finally {
      server.stop(0);
    }
  }
}
