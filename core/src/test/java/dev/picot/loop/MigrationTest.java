/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.picot.LoopScheduler;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What arrives with a migration that others have overtaken, or for which there was no memory. */
class MigrationTest {
  private final LoopScheduler scheduler = LoopScheduler.builder("migrations").loops(1).build();
  private final LoopGroup group = LoopGroup.of(scheduler);
  private final Loop from = new Loop("from", group, Ticker.system(), null);
  private final Loop to = new Loop("to", group, Ticker.system(), null);
  private final TaskList waiting = new TaskList();
  private final TimerWheel timed = new TimerWheel(Ticker.tickOf(to.now()) - 100);
  private final Migration migration = new Migration(from, waiting, timed);

  @AfterEach
  void close() {
    scheduler.close();
  }

  @Test
  void whoeverStillWaits_waitsThere() {
    Task waits = waitsInFrom();
    Task sleeps = sleepsInFrom();

    to.lists.adopt(migration);

    assertThat(tasks()).containsExactly(waits, sleeps);
    assertThat(List.of(waits, sleeps)).allMatch(task -> task.loop == to);
    forgotten(waits);
    forgotten(sleeps);
  }

  @Test
  void whoeverWasWokenAndIsThereAlready_isNotKeptAgain() {
    Task woken = waitsInFrom();
    Task sleeper = sleepsInFrom();
    for (Task task : List.of(woken, sleeper)) {
      task.loop = to;
      to.forget(task);
      to.ready(task);
    }

    to.lists.adopt(migration);

    assertThat(tasks()).containsExactly(woken, sleeper);
    assertThat(List.of(woken, sleeper)).noneMatch(LoopTask::isKept);
  }

  @Test
  void whoeverWaitsThereAlready_keepsItsPlace() {
    Task first = new Task();
    to.keep(first, Long.MAX_VALUE);
    Task woken = waitsInFrom();
    woken.loop = to;
    to.forget(woken);
    to.keep(woken, Long.MAX_VALUE);

    to.lists.adopt(migration);

    assertThat(tasks()).containsExactly(first, woken);
    forgotten(woken);
    forgotten(first);
  }

  @Test
  void whoeverHasEndedMeanwhile_isNotKept() {
    Task ended = waitsInFrom();
    to.forget(ended);

    to.lists.adopt(migration);

    assertThat(tasks()).isEmpty();
  }

  @Test
  void withoutMemory_theRestComesAgain() {
    Task waits = waitsInFrom();
    Task fails = isDueInFrom();
    fails.error = new OutOfMemoryError("on purpose");
    Task sleeps = sleepsInFrom();

    assertThatThrownBy(() -> to.lists.adopt(migration)).isSameAs(fails.error);

    assertThat(to.inbox.takeAll()).isSameAs(migration);
    fails.error = null;
    to.lists.adopt(migration);
    assertThat(tasks()).containsExactlyInAnyOrder(waits, sleeps);
    assertThat(fails.fired).isEqualTo(2);
  }

  @Test
  void theOthersArrive_ifTheTimerOfOneFails() {
    Task fails = isDueInFrom();
    fails.error = new IllegalStateException("on purpose");
    Task sleeps = sleepsInFrom();

    assertThat(catchThrowable(() -> to.lists.adopt(migration))).isNull();

    assertThat(tasks()).containsExactly(sleeps);
  }

  private Task waitsInFrom() {
    Task task = new Task();
    task.loop = from;
    waiting.add(task);
    return task;
  }

  private Task isDueInFrom() {
    Task task = new Task();
    task.loop = from;
    task.deadline = timed.tick() + 1;
    timed.add(task);
    return task;
  }

  private Task sleepsInFrom() {
    Task task = new Task();
    task.loop = from;
    task.deadline = Ticker.tickOf(to.now() + TimeUnit.HOURS.toNanos(1));
    timed.add(task);
    return task;
  }

  private void forgotten(Task task) {
    to.forget(task);
    assertThat(tasks()).doesNotContain(task);
  }

  private List<LoopTask> tasks() {
    List<LoopTask> all = new ArrayList<>();
    to.forEach(all::add, Integer.MAX_VALUE);
    return all;
  }

  private static final class Task extends LoopTask {
    private Throwable error;
    private int fired;

    @Override
    protected void onTimer(Loop loop) {
      fired++;
      if (error instanceof OutOfMemoryError e) {
        throw e;
      }
      if (error instanceof RuntimeException e) {
        throw e;
      }
    }

    @Override
    protected void runSlice(LoopThread thread) {
      throw new AssertionError("runs nowhere");
    }
  }
}
