/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static dev.picot.Takeovers.LONG;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Parents and children whose steps get stuck. */
class ChildrenOfStalledTest {
  private static final Duration FAIL_AFTER = ofMillis(400);

  private final List<String> trace = new CopyOnWriteArrayList<>();
  private final StuckStep stuck = new StuckStep();

  private Task<Void> noting(String name) {
    return Task.<Void>never().doFinally(outcome -> trace.add(name + " " + outcome));
  }

  @Test
  void aParentThatIsFailed_leavesNoChild() throws Exception {
    LoopScheduler scheduler = Takeovers.failingAfter("failed", FAIL_AFTER).build();
    AtomicReference<CallbackThread<Void>> child = new AtomicReference<>();
    CountDownLatch finalized = new CountDownLatch(1);
    try {
      CallbackThread<Void> parent =
          scheduler.spawn(
              Task.fork(noting("child"))
                  .doOnSuccess(child::set)
                  .then(Task.sleep(ofMillis(5)))
                  .then(Task.run(stuck))
                  .doFinally(
                      outcome -> {
                        trace.add("parent");
                        finalized.countDown();
                      }));

      assertThatThrownBy(() -> parent.block(LONG)).isInstanceOf(LoopStalledException.class);

      assertThat(Deadline.outcome(child.get())).isEqualTo(new Outcome.Cancelled<>());
      Deadline.await(finalized);
      assertThat(trace).containsExactly("child Cancelled[]", "parent");
    } finally {
      stuck.release();
      Takeovers.closeClean(scheduler);
    }
  }

  @Test
  void aParentThatComesBack_keepsItsChildren() throws Exception {
    LoopScheduler scheduler = Takeovers.builder("back").build();
    try {
      CallbackThread<String> parent =
          scheduler.spawn(
              Task.fork(Task.sleep(ofMillis(1)).map(done -> "from the child"))
                  .flatMap(child -> Task.run(stuck).then(child.join())));
      Takeovers.untilDetached(scheduler, parent);

      stuck.release();

      assertThat(parent.block(LONG)).isEqualTo("from the child");
    } finally {
      stuck.release();
      Takeovers.closeClean(scheduler);
    }
  }

  @Test
  void anIterableThatGetsStuck_andComesBackTooLate_startsNothing() throws Exception {
    LoopScheduler scheduler = Takeovers.failingAfter("iterable", FAIL_AFTER).build();
    Iterable<Task<Void>> tasks =
        () -> {
          try {
            stuck.run();
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
          Iterator<Task<Void>> iterator = List.of(noting("child")).iterator();
          return iterator;
        };
    try {
      CallbackThread<?> parent = scheduler.spawn(Task.all(tasks));

      assertThatThrownBy(() -> parent.block(LONG)).isInstanceOf(LoopStalledException.class);

      stuck.releaseAndAwait();
    } finally {
      stuck.release();
      Takeovers.closeClean(scheduler);
    }
    assertThat(trace).isEmpty();
  }

  @Test
  void aStuckChild_isFailedWhenItIsCancelled_andItsParentGoesOn() throws Exception {
    LoopScheduler scheduler = Takeovers.builder("child").build();
    try {
      Task<String> first =
          Task.first(
              List.of(
                  Task.run(stuck).map(done -> "late"),
                  Task.sleep(ofSeconds(1)).map(done -> "early")));

      assertThat(scheduler.spawn(first).block(LONG)).isEqualTo("early");

      assertThat(scheduler.stats().detached()).isEqualTo(1);
      assertThat(scheduler.stats().failed()).isEqualTo(1);
    } finally {
      stuck.release();
      Takeovers.closeClean(scheduler);
    }
  }

  @Test
  void aFailedStallInOneChild_failsAll() throws Exception {
    LoopScheduler scheduler = Takeovers.failingAfter("all", FAIL_AFTER).build();
    try {
      CallbackThread<?> parent =
          scheduler.spawn(Task.all(List.of(Task.run(stuck), noting("other"))));

      assertThatThrownBy(() -> parent.block(LONG)).isInstanceOf(LoopStalledException.class);

      assertThat(trace).containsExactly("other Cancelled[]");
    } finally {
      stuck.release();
      Takeovers.closeClean(scheduler);
    }
  }

  /** The stall may hit at any point of the starting: nothing is lost, whichever it is. */
  @Test
  void aStuckStepAmongManyForks_endsAllOfThem() throws Exception {
    LoopScheduler scheduler = Takeovers.failingAfter("many", FAIL_AFTER).build();
    try {
      Task<Void> forks = Task.done();
      for (int i = 0; i < 500; i++) {
        forks = forks.then(Task.fork(noting("child"))).then();
      }
      CallbackThread<Void> parent =
          scheduler.spawn(forks.then(Task.sleep(ofMillis(5))).then(Task.run(stuck)));

      assertThatThrownBy(() -> parent.block(LONG)).isInstanceOf(LoopStalledException.class);

      Takeovers.until(scheduler, "all have ended", () -> scheduler.stats().live() == 0);
      assertThat(trace).isEqualTo(Collections.nCopies(500, "child Cancelled[]"));
    } finally {
      stuck.release();
      Takeovers.closeClean(scheduler);
    }
  }
}
