/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static java.time.Duration.ofDays;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.loop.Ticker;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** On a machine so slow that the budget of each slice is spent when somebody looks at the clock. */
class BudgetTest {
  @RegisterExtension final Schedulers schedulers = new Schedulers();

  private final LoopScheduler scheduler =
      schedulers.build("slow", builder -> builder.loops(1).ticker(new SlowMachine()));
  private final List<String> events = new ArrayList<>();

  /** Each look finds the clock two milliseconds further. */
  private static final class SlowMachine implements Ticker {
    private final AtomicLong nanos = new AtomicLong();

    @Override
    public long nanos() {
      return nanos.addAndGet(MILLISECONDS.toNanos(2));
    }

    @Override
    public void park(long limit) {
      LockSupport.parkNanos(this, MILLISECONDS.toNanos(1));
    }
  }

  private Task<Void> note(String event) {
    return Task.run(() -> events.add(event));
  }

  @Test
  void aValue_getsToItsEnd() {
    Task<Integer> sum = Task.value(1);
    for (int i = 0; i < 100; i++) {
      sum = sum.map(value -> value + 1);
    }

    assertThat(Deadline.value(scheduler.spawn(sum.timeout(ofDays(1))))).isEqualTo(101);
  }

  @Test
  void anError_getsToItsHandler() {
    Task<String> failing = Task.error(new IOException("disk full"));
    for (int i = 0; i < 10; i++) {
      failing = failing.map(String::strip);
    }
    Task<String> handled = failing.onErrorResume(error -> Task.value("handled"));

    assertThat(Deadline.value(scheduler.spawn(handled.timeout(ofDays(1))))).isEqualTo("handled");
  }

  @Test
  void aResource_isAcquiredUsedAndReleased() {
    Task<String> using =
        Task.using(
            note("acquire").then(Task.value("connection")),
            connection -> note("use").then(Task.value(connection)),
            (connection, outcome) -> note("release"));

    assertThat(Deadline.value(scheduler.spawn(using.timeout(ofDays(1))))).isEqualTo("connection");
    assertThat(events).containsExactly("acquire", "use", "release");
  }

  @Test
  void aCancellation_getsThroughTheFinalizers() {
    CallbackThread<String> thread =
        scheduler.spawn(
            Task.<String>never()
                .map(String::strip)
                .doFinally(outcome -> events.add("inner"))
                .map(String::strip)
                .doFinally(outcome -> events.add("outer"))
                .timeout(ofDays(1)));
    Schedulers.settle(scheduler);

    thread.cancel();

    assertThat(Deadline.outcome(thread)).isInstanceOf(Outcome.Cancelled.class);
    assertThat(events).containsExactly("inner", "outer");
  }
}
