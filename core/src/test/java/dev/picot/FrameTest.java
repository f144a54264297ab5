/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

/** Who may run a finalizer. */
class FrameTest {
  private final Frame.Using using =
      new Frame.Using(new Task.Use(a -> Task.done(), (a, o) -> Task.done()), null, null);
  private final Frame.Finally doFinally = new Frame.Finally(null, null);

  @Test
  void aFinally_isClaimedOnce() {
    assertThat(doFinally.claim()).isTrue();
    assertThat(doFinally.claim()).isFalse();
  }

  @Test
  void acquired_whileNew_keepsTheThing() {
    assertThat(using.isAcquiring()).isTrue();

    assertThat(using.acquired("c")).isTrue();

    assertThat(using.thing()).isEqualTo("c");
    assertThat(using.isAcquiring()).isFalse();
  }

  @Test
  void acquired_whenAbandoned_isRefused() {
    using.abandon();

    assertThat(using.acquired("c")).isFalse();
    assertThat(using.isAcquiring()).isTrue();
  }

  @Test
  void abandon_whileNew_happensOnce() {
    assertThat(using.abandon()).isTrue();
    assertThat(using.abandon()).isFalse();
  }

  @Test
  void abandon_whenAcquired_isRefused() {
    using.acquired("c");

    assertThat(using.abandon()).isFalse();
    assertThat(using.claim()).isTrue();
  }

  @Test
  void claim_whileNew_isRefused() {
    assertThat(using.claim()).isFalse();
    assertThat(using.acquired("c")).isTrue();
  }

  @Test
  void claim_whenAbandoned_isRefused() {
    using.abandon();

    assertThat(using.claim()).isFalse();
  }

  @Test
  void claim_whenAcquired_happensOnce() {
    using.acquired("c");

    assertThat(using.claim()).isTrue();
    assertThat(using.claim()).isFalse();
    assertThat(using.isAcquiring()).isFalse();
  }

  @Test
  void whenReleased_nothingHappensAnyMore() {
    using.acquired("c");
    using.claim();

    assertThat(using.acquired("d")).isFalse();
    assertThat(using.abandon()).isFalse();
  }

  @Test
  void ofManyClaims_oneWins() {
    for (int round = 0; round < 200; round++) {
      var frame = new Frame.Finally(null, null);
      var acquired = new Frame.Using(using.use(), null, null);
      acquired.acquired("c");

      assertThat(winners(frame::claim)).isOne();
      assertThat(winners(acquired::claim)).isOne();
    }
  }

  private static int winners(BooleanSupplier claim) {
    var winners = new AtomicInteger();
    var start = new CountDownLatch(1);
    Runnable racer =
        () -> {
          Deadline.await(start);
          if (claim.getAsBoolean()) {
            winners.incrementAndGet();
          }
        };
    Thread one = new Thread(racer);
    Thread other = new Thread(racer);
    one.start();
    other.start();
    start.countDown();
    Deadline.join(one);
    Deadline.join(other);
    return winners.get();
  }
}
