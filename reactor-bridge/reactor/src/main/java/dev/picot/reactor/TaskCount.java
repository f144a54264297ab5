/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor;

import dev.picot.loop.LoopGroup;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.LongAdder;
import reactor.core.publisher.Mono;

/**
 * Counts the tasks of a view, to tell when the last one is over.
 *
 * <p>Two counters that many threads add to at little cost. They can be compared only when no task
 * begins any more.
 */
final class TaskCount {
  private final LoopGroup group;
  private final LongAdder began = new LongAdder();
  private final LongAdder ended = new LongAdder();
  private final CompletableFuture<Void> noneLeft = new CompletableFuture<>();

  TaskCount(LoopGroup group) {
    this.group = group;
  }

  void oneBegan() {
    began.increment();
  }

  void oneEnded() {
    ended.increment();
  }

  boolean someAreLeft() {
    long over = ended.sum(); // first, so that equality cannot be by chance
    return over != began.sum();
  }

  /** Tells, in a slice, if none is left. Only once no task begins any more. */
  void tellIfNoneIsLeft() {
    if (!someAreLeft() && !noneLeft.isDone()) {
      SliceTask telling = new SliceTask(() -> noneLeft.complete(null));
      if (!group.choose().post(telling)) {
        noneLeft.complete(null);
      }
    }
  }

  Mono<Void> whenNoneIsLeft() {
    return Mono.fromFuture(noneLeft, true);
  }
}
