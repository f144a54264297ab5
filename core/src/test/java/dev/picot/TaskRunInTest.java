/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static java.time.Duration.ofMillis;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A task on another scheduler, whose outcome comes home. */
class TaskRunInTest {
  @RegisterExtension final Schedulers schedulers = new Schedulers();

  private final LoopScheduler home = schedulers.build("home", b -> b.loops(1));
  private final LoopScheduler other =
      schedulers.build(
          "other",
          b -> b.loops(1).maxCallbackThreads(1).elastic(e -> e.maxThreads(1).maxQueued(1)));
  private final List<String> trace = new CopyOnWriteArrayList<>();

  private static Task<String> where() {
    return Task.call(() -> Thread.currentThread().getName());
  }

  private void settle() {
    for (int i = 0; i < 3; i++) {
      Schedulers.settle(home);
      Schedulers.settle(other);
    }
  }

  @Test
  void theTaskRunsThere_andWhatFollowsAtHome() {
    Task<String> task =
        where().runIn(other).flatMap(there -> where().map(here -> there + ", " + here));

    assertThat(Deadline.value(home.spawn(task))).isEqualTo("other-1, home-1");
  }

  @Test
  void itsBlockingCalls_useThePoolThere() {
    Task<String> task = Task.blocking(() -> Thread.currentThread().getName());

    assertThat(Deadline.value(home.spawn(task.runIn(other)))).startsWith("other-elastic-");
  }

  @Test
  void onTheSameScheduler_itIsAChildThere() {
    Task<Boolean> task =
        Task.call(() -> CallbackThread.current().orElseThrow().parent() != null).runIn(home);

    assertThat(Deadline.value(home.spawn(task))).isTrue();
  }

  @Test
  void anError_comesHome() {
    var failure = new IOException("disk full");
    Task<String> task =
        Task.<String>error(failure).runIn(other).onErrorResume(IOException.class, e -> where());

    assertThat(Deadline.value(home.spawn(task))).isEqualTo("home-1");
  }

  @Test
  void theContext_goesAlong() {
    ContextKey<String> user = ContextKey.of("user", String.class);

    assertThat(Deadline.value(home.spawn(Task.context(user).runIn(other).with(user, "ada"))))
        .isEqualTo("ada");
  }

  @Test
  void cancel_endsTheChildFirst() {
    Task<Void> child = Task.<Void>never().doFinally(outcome -> trace.add("child " + outcome));
    CallbackThread<Void> parent =
        home.spawn(child.runIn(other).doFinally(outcome -> trace.add("parent " + outcome)));
    settle();

    parent.cancel();

    assertThat(Deadline.outcome(parent)).isEqualTo(new Outcome.Cancelled<>());
    assertThat(trace).containsExactly("child Cancelled[]", "parent Cancelled[]");
    assertThat(other.stats().live()).isZero();
  }

  @Test
  void timeout_endsTheChildFirst() {
    VirtualTicker ticker = VirtualTicker.onTick();
    LoopScheduler timed = schedulers.build("timed", b -> b.loops(1).ticker(ticker));
    Task<Void> child = Task.<Void>never().doFinally(outcome -> trace.add("child " + outcome));
    ticker.hold(); // until the child has begun
    CallbackThread<Void> parent = timed.spawn(child.runIn(other).timeout(ofMillis(5)));
    Schedulers.settle(timed);
    settle();
    ticker.release();

    assertThat(Deadline.error(parent)).isInstanceOf(TaskTimeoutException.class);
    assertThat(trace).containsExactly("child Cancelled[]");
  }

  @Test
  void onASaturatedScheduler_isRefused() {
    CallbackThread<Void> only = other.spawn(Task.<Void>never());

    assertThat(Deadline.error(home.spawn(where().runIn(other))))
        .isInstanceOfSatisfying(
            AdmissionRefusedException.class, e -> assertThat(e.scheduler()).isEqualTo("other"));
    only.cancel();
  }

  @Test
  void onAClosedScheduler_isRefused() {
    other.close();

    assertThat(Deadline.error(home.spawn(where().runIn(other))))
        .isInstanceOfSatisfying(
            SchedulerClosedException.class, e -> assertThat(e.scheduler()).isEqualTo("other"));
  }

  @Test
  void closingTheOther_cancelsTheChild_andTheParentHearsOfIt() {
    CallbackThread<String> parent =
        home.spawn(
            Task.<String>never()
                .runIn(other)
                .onErrorResume(CancellationException.class, e -> where()));
    settle();

    other.closeNow();

    assertThat(Deadline.value(parent)).isEqualTo("home-1");
  }

  @Test
  void closingTheOther_failsAnUncancellableChild_andTheParentHearsOfIt() {
    LoopScheduler hasty =
        schedulers.build(
            "hasty",
            b ->
                b.loops(1)
                    .closing(new Closing.Times(Deadline.LIMIT, ofMillis(50), Deadline.LIMIT)));
    CallbackThread<Void> parent = home.spawn(Task.<Void>never().uncancellable().runIn(hasty));
    Schedulers.settle(home);
    Schedulers.settle(hasty);

    hasty.closeNow();

    assertThat(Deadline.error(parent)).isInstanceOf(SchedulerClosedException.class);
  }

  @Test
  void closingHome_cancelsTheChild_andWaitsForIt() {
    Task<Void> child =
        Task.using(
            Task.done(),
            none -> Task.<Void>never(),
            (none, outcome) ->
                Task.sleep(ofMillis(20)).then(Task.run(() -> trace.add("child ended"))));
    CallbackThread<Void> parent =
        home.spawn(child.runIn(other).doFinally(outcome -> trace.add("parent " + outcome)));
    settle();

    home.closeNow();
    Deadline.await(home.onClosed());

    assertThat(parent.state()).isEqualTo(CallbackThread.State.CANCELLED);
    assertThat(trace).containsExactly("child ended", "parent Cancelled[]");
    assertThat(other.stats().live()).isZero();
  }

  @Test
  void closingHome_byForce_leavesAChildThatDoesNotEnd_cancelled() {
    LoopScheduler hasty =
        schedulers.build(
            "hasty",
            b -> b.loops(1).closing(new Closing.Times(ofMillis(0), ofMillis(50), Deadline.LIMIT)));
    AtomicReference<AsyncSink<Void>> sink = new AtomicReference<>();
    Task<Void> child = Task.<Void>async(sink::set).uncancellable().then(Task.<Void>never());
    CallbackThread<Void> parent = hasty.spawn(child.runIn(other).uncancellable());
    settle();
    Schedulers.settle(hasty);
    settle();

    hasty.closeNow();
    Deadline.await(hasty.onClosed());

    assertThat(Deadline.error(parent)).isInstanceOf(SchedulerClosedException.class);
    assertThat(other.stats().live()).isEqualTo(1);
    sink.get().success(null);
    settle();
    assertThat(other.stats().cancelled()).as("cancelled when its parent was ended").isEqualTo(1);
  }
}
