/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.test.StepVerifier;
import reactor.test.publisher.TestPublisher;

/** When a session whose connection has closed is told so. */
class EarlyFluxTest {
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final TestPublisher<Object> connection = TestPublisher.create();
  private final EarlyFlux frames = EarlyFlux.of(connection.flux(), channel);
  private final AtomicInteger told = new AtomicInteger();

  @BeforeEach
  void looks() {
    frames.whenClosedUnseen(told::incrementAndGet);
  }

  private void closes() {
    channel.close().syncUninterruptibly();
    connection.complete();
  }

  @Test
  void withoutSubscriber_itIsToldAtOnce() {
    frames.handled();

    closes();

    assertThat(told).hasValue(1);
  }

  @Test
  void withoutSubscriber_beforeTheHandlerHasReturned_itIsToldAfterThat() {
    closes();
    assertThat(told).hasValue(0);

    frames.handled();

    assertThat(told).hasValue(1);
  }

  @Test
  void beforeTheEndOfWhatArrives_itIsNotTold() {
    frames.handled();

    channel.close().syncUninterruptibly();

    assertThat(told).hasValue(0);
  }

  @Test
  void whoReceives_seesTheEndItself_behindWhatHasArrived_howeverSlowly() {
    frames.handled();
    connection.next("a").next("b");
    closes();

    StepVerifier.create(frames, 0)
        .thenRequest(1)
        .expectNext("a")
        .thenRequest(1)
        .expectNext("b")
        .verifyComplete();

    assertThat(told).hasValue(0);
  }

  @Test
  void whoWantsNoMore_isNotTold() {
    frames.handled();
    connection.next("a").next("b");
    closes();

    StepVerifier.create(frames, 0).thenRequest(1).expectNext("a").thenCancel().verify();

    assertThat(told).hasValue(0);
  }

  @Test
  void whoSubscribesAfterTheSessionIsOver_getsNothing() {
    connection.next("a");
    closes();
    frames.letGo();

    StepVerifier.create(frames).verifyComplete();
  }
}
