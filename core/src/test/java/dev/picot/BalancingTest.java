/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.loop.Loop;
import dev.picot.loop.LoopThread;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Ready callback threads move to a sibling that sleeps. */
class BalancingTest {
  @RegisterExtension final Schedulers schedulers = new Schedulers();

  private final Map<String, Integer> steps = new ConcurrentHashMap<>();
  private final AtomicBoolean over = new AtomicBoolean();

  @Test
  void anIdleSibling_getsHalfOfTheBusyThreads() {
    LoopScheduler scheduler = schedulers.build("s", b -> b.loops(2));
    List<CallbackThread<?>> threads = busyOnTheFirst(scheduler, 1_000, false);

    Takeovers.until(scheduler, "the sibling works", () -> steps.getOrDefault("s-2", 0) > 1_000);
    over.set(true);
    threads.forEach(Deadline::outcome);

    assertThat(steps.get("s-1")).isPositive();
    assertThat(scheduler.stats().migrations()).isPositive();
  }

  @Test
  void pinnedThreads_stayWhereTheyAre() {
    LoopScheduler scheduler = schedulers.build("s", b -> b.loops(2));
    List<CallbackThread<?>> threads = busyOnTheFirst(scheduler, 100, true);

    Takeovers.until(scheduler, "many steps", () -> steps.getOrDefault("s-1", 0) > 100_000);
    over.set(true);
    threads.forEach(Deadline::outcome);

    assertThat(steps).containsOnlyKeys("s-1");
    assertThat(scheduler.stats().migrations()).isZero();
  }

  private List<CallbackThread<?>> busyOnTheFirst(
      LoopScheduler scheduler, int count, boolean pinned) {
    Loop first = scheduler.group().loops().get(0);
    List<CallbackThread<?>> threads = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      CallbackThread<?> thread = new CallbackThread<>(Task.defer(this::busy), first);
      scheduler.admit();
      if (pinned) {
        thread.pin();
      }
      assertThat(first.post(thread)).isTrue();
      threads.add(thread);
    }
    return threads;
  }

  private Task<Void> busy() {
    steps.merge(Objects.requireNonNull(LoopThread.current()).loop().name(), 1, Integer::sum);
    return over.get() ? Task.done() : Task.yieldNow().flatMap(yielded -> busy());
  }
}
