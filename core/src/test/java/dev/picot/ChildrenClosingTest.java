/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static java.time.Duration.ofMillis;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a closing scheduler does to parents and children. */
class ChildrenClosingTest {
  @RegisterExtension final Schedulers schedulers = new Schedulers();

  private final LoopScheduler scheduler =
      schedulers.build(
          "closing",
          b ->
              b.loops(2)
                  .closing(new Closing.Times(Deadline.LIMIT, Deadline.LIMIT, Deadline.LIMIT)));
  private final List<String> trace = new CopyOnWriteArrayList<>();

  private Task<Void> noting(String name) {
    return Task.<Void>never().doFinally(outcome -> trace.add(name + " " + outcome));
  }

  private void settle() {
    for (int i = 0; i < 4; i++) {
      Schedulers.settle(scheduler);
    }
  }

  @Test
  void whileItDrains_aLiveParentMayStillStartChildren() {
    CallbackThread<List<String>> parent =
        scheduler.spawn(
            Task.sleep(ofMillis(20))
                .then(Task.all(List.of(Task.value("a"), Task.sleep(ofMillis(5)).map(d -> "b")))));

    scheduler.close();

    assertThat(parent.outcome()).contains(new Outcome.Completed<>(List.of("a", "b")));
  }

  @Test
  void whileItCancels_aReleaseMayStillStartChildren_andTheyFinish() {
    Task<Void> release =
        Task.all(List.of(Task.sleep(ofMillis(5)), Task.sleep(ofMillis(10))))
            .then(Task.run(() -> trace.add("released")));
    scheduler.spawn(
        Task.using(Task.done(), none -> Task.<Void>never(), (none, outcome) -> release));
    settle();

    scheduler.closeNow();
    Deadline.await(scheduler.onClosed());

    assertThat(trace).containsExactly("released");
  }

  @Test
  void closeNow_endsChildrenBeforeTheirParents() {
    Task<Void> level3 = noting("3");
    Task<Void> level2 =
        Task.fork(level3).then(Task.<Void>never()).doFinally(outcome -> trace.add("2"));
    Task<?> level1 = Task.all(List.of(level2)).doFinally(outcome -> trace.add("1"));
    CallbackThread<?> root = scheduler.<Object>spawn(level1);
    settle();

    scheduler.closeNow();
    Deadline.await(scheduler.onClosed());

    assertThat(root.state()).isEqualTo(CallbackThread.State.CANCELLED);
    assertThat(trace).containsExactlyInAnyOrder("3 Cancelled[]", "2", "1").last().isEqualTo("1");
  }

  /** In time: nobody is ended by force, which would be reported. */
  @RepeatedTest(20)
  void closeNow_whileManyFamiliesStart_leavesNobody() {
    LoopScheduler patient = schedulers.build("patient", b -> b.loops(2));
    Task<?> family =
        Task.all(
            IntStream.range(0, 20)
                .mapToObj(i -> Task.fork(Task.never()).then(Task.<Void>never()))
                .toList());
    for (int i = 0; i < 100; i++) {
      CallbackThread<?> unused = patient.<Object>spawn(family);
    }

    patient.closeNow();
    Deadline.await(patient.onClosed());

    assertThat(patient.stats().live()).isZero();
    assertThat(patient.stats().failed()).isZero();
  }

  @Test
  void byForce_childrenThatDoNotEnd_areFailed_andTheirParentsEnd() {
    LoopScheduler scheduler =
        schedulers.build(
            "forcing",
            b ->
                b.loops(2)
                    .closing(new Closing.Times(Deadline.LIMIT, ofMillis(500), Deadline.LIMIT)));
    CallbackThread<?> parent =
        scheduler.spawn(Task.all(List.of(Task.<Void>never().uncancellable())));
    CompletableFuture<?> ended = parent.toFuture();
    Schedulers.settle(scheduler);

    scheduler.closeNow();
    Deadline.await(scheduler.onClosed());

    // By itself if that was failed first, else by force.
    assertThat(parent.state()).isIn(CallbackThread.State.CANCELLED, CallbackThread.State.FAILED);
    assertThat(ended).isCompletedExceptionally();
    assertThat(scheduler.stats().failed()).isPositive();
    assertThat(scheduler.stats().live()).isZero();
  }
}
