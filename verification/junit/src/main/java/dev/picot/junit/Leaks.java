/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit;

import dev.picot.CallbackThreadInfo;
import dev.picot.CallbackThreads;
import dev.picot.LoopScheduler;
import dev.picot.Stats;
import dev.picot.internal.Text;
import dev.picot.loop.ElasticCall;
import dev.picot.loop.LoopGroup;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/** Finds what is left in schedulers, in words. */
final class Leaks {
  /** What is about to end gets so long. Less only in tests of leaks that never end. */
  static volatile Duration patience = Duration.ofSeconds(2);

  private static final long BETWEEN_LOOKS = TimeUnit.MILLISECONDS.toNanos(1);

  private Leaks() {}

  /** What is left of a scheduler that goes on. */
  static List<String> in(LoopScheduler scheduler) {
    return settled(() -> left(scheduler));
  }

  /** What is left of the schedulers that a test has made, which themselves should be closed. */
  static List<String> of(TestRun run) {
    return settled(
        () -> {
          List<String> left = new ArrayList<>();
          for (LoopScheduler scheduler : CallbackThreads.schedulers()) {
            if (LoopGroup.of(scheduler).provenance() == run) {
              left.addAll(left(scheduler));
              left.add(Text.format("scheduler '%s': was not closed", scheduler.name()));
            }
          }
          return left;
        });
  }

  private static List<String> settled(Supplier<List<String>> look) {
    long began = System.nanoTime();
    List<String> left = look.get();
    long limit = patience.toNanos();
    while (!left.isEmpty() && System.nanoTime() - began < limit) {
      LockSupport.parkNanos(BETWEEN_LOOKS);
      left = look.get();
    }
    return left;
  }

  private static List<String> left(LoopScheduler scheduler) {
    LoopGroup loops = LoopGroup.of(scheduler);
    List<String> left = new ArrayList<>();
    List<CallbackThreadInfo> threads = scheduler.inspect().callbackThreads();
    threads.forEach(thread -> left.add(describe(thread)));
    loops.work().forEach(left::add);
    for (ElasticCall call : loops.calls()) {
      left.add(
          Text.format(
              "blocking call %s, on %s for %d ms",
              call.describe(),
              call.thread().getName(),
              TimeUnit.NANOSECONDS.toMillis(call.runningNanos())));
    }
    Stats stats = scheduler.stats();
    count(stats.elastic().queued(), "queued blocking calls", left);
    count(
        stats.live() + stats.waiting() - threads.size(),
        "permits of callback threads that are not there",
        left);
    left.replaceAll(thing -> Text.format("scheduler '%s': %s", scheduler.name(), thing));
    return left;
  }

  private static void count(int number, String what, List<String> left) {
    if (number > 0) {
      left.add(number + " " + what);
    }
  }

  private static String describe(CallbackThreadInfo thread) {
    return Text.format(
        "callback thread '%s' is %s%s, on %s",
        thread.path().isEmpty() ? thread.name() : thread.path(),
        thread.state(),
        thread.waitsFor().isEmpty() ? "" : " for " + thread.waitsFor(),
        thread.detachedOn().isEmpty() ? thread.loop() : thread.detachedOn());
  }
}
