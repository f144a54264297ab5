/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.LoopScheduler;
import dev.picot.ManualLoops;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the bridges ask of threads and loops. */
class WhereAThreadIsTest {
  private final ManualLoops loops = LoopScheduler.manual("where");
  private final LoopGroup group = LoopGroup.of(loops.scheduler());
  private final Loop loop = group.loops().get(0);
  private final List<Object> seen = new ArrayList<>();

  private final class Slice extends LoopTask {
    @Override
    protected void runSlice(LoopThread thread) {
      seen.add(LoopThread.isInSliceOf(this));
      seen.add(LoopThread.home());
      loop.post(new ControlTask("look", owned -> seen.add(LoopThread.isInSliceOf(this))));
      thread.exitSlice();
    }
  }

  @Test
  void betweenSlices_aThreadIsNotInTheOneThatRanLast() {
    loop.post(new Slice());

    loops.runUntilIdle();

    assertThat(seen).containsExactly(true, loop, false);
    assertThat(LoopThread.home()).isNull();
    loops.close();
  }

  @Test
  void whoeverListens_isToldThatLoopsHaveComeOrGone() {
    LoopScheduler scheduler = LoopScheduler.builder("resized").loops(2).build();
    LoopGroup its = LoopGroup.of(scheduler);
    Runnable listener = () -> seen.add(its.loops().size());
    its.onResize(listener);

    scheduler.loops(3);
    scheduler.loops(1);
    its.forgetResize(listener);
    scheduler.loops(2);

    assertThat(seen).containsExactly(3, 1);
    assertThat(its.elastic().limits().name()).isEqualTo("resized");
    scheduler.close();
    loops.close();
  }
}
