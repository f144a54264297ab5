/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import static dev.picot.loop.ElasticThread.ACTIVE;
import static dev.picot.loop.ElasticThread.ENDED;
import static dev.picot.loop.ElasticThread.IDLE;
import static dev.picot.loop.ElasticThread.WOKEN;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import java.util.function.ToIntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ElasticThreadStateTest {
  private static final Map<String, ToIntFunction<ElasticThread>> EVENTS =
      Map.of(
          "rest", ElasticThread::rest,
          "wake", ElasticThread::wake,
          "goOn", ElasticThread::goOn,
          "expire", ElasticThread::expire,
          "look", ElasticThread::look,
          "end", ElasticThread::end);
  private static final Map<String, Integer> STATES =
      Map.of("ACTIVE", ACTIVE, "IDLE", IDLE, "WOKEN", WOKEN, "ENDED", ENDED);

  @ParameterizedTest(name = "{1}_in{0}_leadsTo{2}")
  @CsvSource({
    "ACTIVE, rest,   IDLE",
    "ACTIVE, wake,   ACTIVE",
    "ACTIVE, goOn,   ACTIVE",
    "ACTIVE, expire, ACTIVE",
    "ACTIVE, look,   ACTIVE",
    "ACTIVE, end,    ENDED",
    "IDLE,   wake,   WOKEN",
    "IDLE,   goOn,   ACTIVE",
    "IDLE,   expire, ENDED",
    "IDLE,   end,    ENDED",
    "WOKEN,  wake,   WOKEN",
    "WOKEN,  goOn,   WOKEN",
    "WOKEN,  expire, WOKEN",
    "WOKEN,  look,   ACTIVE",
    "WOKEN,  end,    ENDED",
    "ENDED,  wake,   ENDED",
    "ENDED,  goOn,   ENDED",
    "ENDED,  expire, ENDED",
    "ENDED,  end,    ENDED",
  })
  void event_inState_leadsTo(String from, String event, String to) {
    var thread = threadIn(state(from));

    int previous = requireNonNull(EVENTS.get(event)).applyAsInt(thread);

    assertThat(previous).isEqualTo(state(from));
    assertThat(thread.isIdle()).isEqualTo(to.equals("IDLE"));
    assertThat(thread.end()).isEqualTo(state(to));
  }

  @Test
  void tellsIdleAndWokenFromTheOthers() {
    assertThat(ElasticThread.wasIdle(IDLE)).isTrue();
    assertThat(ElasticThread.wasIdle(WOKEN)).isFalse();
    assertThat(ElasticThread.wasWoken(WOKEN)).isTrue();
    assertThat(ElasticThread.wasWoken(ENDED)).isFalse();
  }

  private static int state(String name) {
    return requireNonNull(STATES.get(name));
  }

  private static ElasticThread threadIn(int state) {
    var pool =
        new ElasticPool(new ElasticLimits("state", 1, 1, Duration.ofSeconds(1)), Runnable::run);
    var thread = new ElasticThread(pool, new ElasticThreads(pool, Runnable::run), 0, null);
    switch (state) {
      case ACTIVE -> {}
      case IDLE -> thread.rest();
      case WOKEN -> {
        thread.rest();
        thread.wake();
      }
      case ENDED -> thread.end();
      default -> throw new AssertionError(state);
    }
    return thread;
  }
}
