/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor.netty;

import dev.picot.LoopScheduler;
import dev.picot.RefusedException;
import dev.picot.Task;
import dev.picot.loop.Loop;
import dev.picot.reactor.CallbackMono;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.BiFunction;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.ByteBufFlux;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpClientResponse;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.http.websocket.WebsocketInbound;
import reactor.netty.http.websocket.WebsocketOutbound;

/**
 * HTTP of Reactor Netty in callback threads: no user code runs in the frames of Netty, where a
 * thread that gets stuck would stop a loop for good.
 *
 * <p>The scheduler may be one of {@link NettyLoops}, whose loops serve the connections too
 * (colocated), or any other one (isolated).
 *
 * <p>In Netty's frames there still run: functions that Reactor Netty asks for an answer at once,
 * which are the predicates of {@code send}, the functions of {@code sendUsing} and the consumer of
 * {@code trailerHeaders}; what is given to {@code withConnection} for later; and the publisher of
 * the body that a client sends, which Netty's loop subscribes to.
 *
 * @since 0.1
 */
public final class CallbackHttp {
  private CallbackHttp() {}

  /**
   * Makes each request a callback thread: the handler is called in its first step, the body of the
   * request arrives in steps of its loop, and what is sent is subscribed to, requested and
   * cancelled in such. If the connection closes, the callback thread is cancelled.
   *
   * <p>Who is {@linkplain RefusedException refused}, by this scheduler or in the handler, is
   * answered 503 with {@code Retry-After}, unless the response has begun.
   *
   * @param scheduler runs the callback threads
   * @param handler handles a request, as in {@code HttpServer.handle}
   * @return for {@code HttpServer.handle}, and for the routes of {@code HttpServer.route}
   */
  public static BiFunction<HttpServerRequest, HttpServerResponse, Publisher<Void>> handler(
      LoopScheduler scheduler,
      BiFunction<? super HttpServerRequest, ? super HttpServerResponse, ? extends Publisher<Void>>
          handler) {
    Objects.requireNonNull(scheduler, "scheduler");
    Objects.requireNonNull(handler, "handler");
    return (request, response) -> {
      LoopResponse answer = new LoopResponse(response, scheduler);
      Mono<Void> handled =
          callbackThread(scheduler, () -> handler.apply(new LoopRequest(request), answer));
      return new EndMono(handled, answer)
          .onErrorResume(RefusedException.class, refusal -> unavailable(response, refusal));
    };
  }

  private static Mono<Void> unavailable(HttpServerResponse response, RefusedException refusal) {
    if (response.hasSentHeaders()) {
      return Mono.error(refusal);
    }
    long seconds = Math.max(1, refusal.retryAfter().plusMillis(999).toSeconds());
    response.responseHeaders().remove(HttpHeaderNames.TRANSFER_ENCODING);
    return response
        .status(HttpResponseStatus.SERVICE_UNAVAILABLE)
        .header(HttpHeaderNames.RETRY_AFTER, Long.toString(seconds))
        .header(HttpHeaderNames.CONTENT_LENGTH, "0") // whatever the handler was about to send
        .send();
  }

  /**
   * Makes each WebSocket session a callback thread, in the same way. The handler of {@link
   * #handler} does so for what it passes to {@code sendWebsocket}.
   *
   * <p>A session that does not receive is cancelled when its connection has closed. One that
   * receives sees the end behind all that had arrived, and is left to finish with that; it has to
   * end by itself, also after it has cancelled what it receives, which closes the connection. As
   * long as a session does not receive what is there, no more is read, so it does not learn that
   * the peer has closed, unless what it sends fails.
   *
   * @param scheduler runs the callback threads; if it refuses one, the session fails
   * @param handler handles a session, as in {@code HttpServerRoutes.ws} and {@code
   *     WebsocketSender.handle}
   * @return for both of these
   */
  public static BiFunction<WebsocketInbound, WebsocketOutbound, Publisher<Void>> websocket(
      LoopScheduler scheduler,
      BiFunction<? super WebsocketInbound, ? super WebsocketOutbound, ? extends Publisher<Void>>
          handler) {
    Objects.requireNonNull(scheduler, "scheduler");
    Objects.requireNonNull(handler, "handler");
    return (inbound, outbound) -> {
      LoopWebsocketInbound received = LoopWebsocketInbound.of(inbound);
      Callable<Publisher<Void>> session =
          () -> received.handledBy(handler.apply(received, new LoopWebsocketOutbound(outbound)));
      return new SessionMono(
          callbackThread(scheduler, session).doFinally(end -> received.letGo()), received.frames());
    };
  }

  private static Mono<Void> callbackThread(
      LoopScheduler scheduler, Callable<Publisher<Void>> handler) {
    return CallbackMono.of(scheduler, Task.call(handler).flatMap(answer -> Task.awaitDone(answer)));
  }

  /**
   * Reads the response of an HTTP client at home: in slices of the loop that subscribes, whichever
   * thread the connection belongs to. Subscribed to elsewhere it is {@code
   * receiver.response(reader)}.
   *
   * @param receiver a request, such as {@code HttpClient.create().get().uri(...)}
   * @param reader is given the response and its body
   * @param <V> the type of what it reads
   * @return what it reads
   */
  public static <V> Flux<V> response(
      HttpClient.ResponseReceiver<?> receiver,
      BiFunction<? super HttpClientResponse, ? super ByteBufFlux, ? extends Publisher<V>> reader) {
    Objects.requireNonNull(receiver, "receiver");
    Objects.requireNonNull(reader, "reader");
    return Flux.defer(
        () -> {
          Loop loop = AwaySubscriber.loopOfCaller();
          return loop == null
              ? receiver.response(reader)
              : Crossing.home(
                  receiver.response(
                      (response, body) ->
                          Crossing.away(loop, () -> reader.apply(response, atHome(body)))));
        });
  }

  private static ByteBufFlux atHome(ByteBufFlux body) {
    return ByteBufFlux.fromInbound(Crossing.homeCounted(body));
  }
}
