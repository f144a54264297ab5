/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static java.time.Duration.ofMillis;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The two defects of the paper's original: sleepers woke early beside work, and drifted. */
class EarlyWakeAndDriftTest {
  @RegisterExtension final Schedulers schedulers = new Schedulers();

  private final VirtualTicker ticker = VirtualTicker.onTick();
  private final LoopScheduler scheduler = schedulers.one(ticker);

  @Test
  void sleepersBesideWork_wakeWhenTheWorkHasEnded_andInTime() {
    Duration before = ticker.now();

    List<Duration> wakes =
        together(
            Task.sleep(ofMillis(100)),
            Task.sleep(ofMillis(200)),
            Task.run(() -> ticker.advance(ofMillis(150))));

    assertThat(wakes)
        .extracting(wake -> wake.minus(before).toMillis())
        .containsExactly(150L, 200L, 150L);
  }

  @Test
  void aSleeperBesideALoopThatYields_wakesInTime() {
    Task<Void> iteration =
        Task.yieldNow().then(Task.run(() -> ticker.advance(Duration.ofNanos(100_000))));

    assertThat(wakeOfASleeperBeside(iteration)).isBetween(ofMillis(500), ofMillis(501));
  }

  /** One may be running when the time has come, and the next is ready already. */
  @Test
  void aSleeperBesideALoopThatDoesNotYield_waitsForTwoSlicesAtMost() {
    Task<Void> iteration = Task.run(() -> ticker.advance(Duration.ofNanos(100_000)));

    assertThat(wakeOfASleeperBeside(iteration)).isBetween(ofMillis(500), ofMillis(505));
  }

  private Duration wakeOfASleeperBeside(Task<Void> iteration) {
    Duration before = ticker.now();
    Duration[] woken = new Duration[1];
    Task<Void> sleeper =
        Task.sleep(ofMillis(500)).doOnSuccess(done -> woken[0] = ticker.now().minus(before));

    List<Duration> ends = together(sleeper, repeatUntilSet(woken, iteration));

    assertThat(ends.get(1)).isGreaterThanOrEqualTo(ends.get(0));
    return woken[0];
  }

  private static Task<Void> repeatUntilSet(Duration[] woken, Task<Void> iteration) {
    return iteration.flatMap(
        done -> woken[0] == null ? repeatUntilSet(woken, iteration) : Task.done());
  }

  /** Starts the tasks at one moment, and tells when each of them ended. */
  private List<Duration> together(Task<?>... tasks) {
    List<CallbackThread<Duration>> threads = new ArrayList<>();
    Deadline.value(
        scheduler.spawn(
            Task.run(
                () -> {
                  for (Task<?> task : tasks) {
                    threads.add(scheduler.spawn(task.map(done -> ticker.now())));
                  }
                })));
    return threads.stream().map(Deadline::value).toList();
  }
}
