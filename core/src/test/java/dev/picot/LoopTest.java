/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static java.time.Duration.ofMillis;
import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.loop.ControlTask;
import dev.picot.loop.Loop;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A loop seen through its callback threads. */
class LoopTest {
  @RegisterExtension final Schedulers schedulers = new Schedulers();

  private final LoopScheduler scheduler = schedulers.one();
  private final Loop loop = scheduler.group().loops().get(0);

  @Test
  void anErrorInAMessage_losesNobodyBehindIt() {
    Gate gate = schedulers.gate();
    scheduler.spawn(Task.run(gate::pass));
    gate.awaitArrival();
    loop.post(
        new ControlTask(
            "broken",
            l -> {
              throw new IllegalStateException("broken message");
            }));
    CallbackThread<String> behind = scheduler.spawn(Task.value("a"));

    gate.open();

    assertThat(Deadline.value(behind)).isEqualTo("a");
    assertThat(schedulers.log().takeError("unexpected error").error()).hasMessage("broken message");
  }

  @Test
  void spawnedTogether_runInTheOrderOfTheirSpawns() {
    List<Integer> order = new ArrayList<>();
    List<CallbackThread<?>> threads = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      int number = i;
      threads.add(scheduler.spawn(Task.run(() -> order.add(number))));
    }

    threads.forEach(Deadline::value);

    assertThat(order).isSorted().hasSize(1_000);
  }

  @Test
  void noWakeUpIsLost() {
    for (int i = 0; i < 5_000; i++) {
      assertThat(Deadline.value(scheduler.spawn(Task.value(i)))).isEqualTo(i);
    }
  }

  @Test
  void noWakeUpIsLost_besideATimer() {
    CallbackThread<?> sleeping = scheduler.spawn(Task.sleep(ofMillis(60_001)));

    for (int i = 0; i < 5_000; i++) {
      assertThat(Deadline.value(scheduler.spawn(Task.value(i)))).isEqualTo(i);
    }

    sleeping.cancel();
  }

  @Test
  void anInterruptOfTheLoopThread_harmsNobody() {
    CallbackThread<Thread> thread = scheduler.spawn(Task.call(Thread::currentThread));
    Thread owner = Deadline.value(thread);

    for (int i = 0; i < 100; i++) {
      owner.interrupt();
      assertThat(
              Deadline.value(
                  scheduler.spawn(
                      Task.yieldNow()
                          .then(Task.call(() -> Thread.currentThread().isInterrupted())))))
          .isFalse();
    }
  }

  @Test
  void anUnparkWithoutReason_harmsNobody() {
    Thread owner = Deadline.value(scheduler.spawn(Task.call(Thread::currentThread)));
    CallbackThread<?> sleeping = scheduler.spawn(Task.sleep(ofMillis(20)));

    for (int i = 0; i < 1_000; i++) {
      LockSupport.unpark(owner);
    }

    assertThat(Deadline.value(sleeping)).isNull();
  }

  @Test
  void severalLoops_shareTheWork() {
    LoopScheduler four = schedulers.build("four", b -> b.loops(4));
    Set<String> loops = new HashSet<>();
    List<CallbackThread<String>> threads = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      threads.add(four.spawn(Task.call(() -> Thread.currentThread().getName())));
    }

    threads.forEach(thread -> loops.add(Deadline.value(thread)));

    assertThat(loops).containsExactlyInAnyOrder("four-1", "four-2", "four-3", "four-4");
  }

  @Test
  void aCallbackThread_thatIsAlone_staysOnItsLoop() {
    LoopScheduler four = schedulers.build("four", b -> b.loops(4));

    assertThat(Deadline.value(four.spawn(Task.defer(() -> wander(new HashSet<>(), 10)))))
        .hasSize(1);
  }

  private static Task<Set<String>> wander(Set<String> loops, int left) {
    loops.add(Thread.currentThread().getName());
    return left == 0
        ? Task.value(loops)
        : Task.blocking(() -> left)
            .then(Task.sleep(ofMillis(1)))
            .then(Task.yieldNow())
            .flatMap(done -> wander(loops, left - 1));
  }

  @Test
  void threads_areDaemons_namedAfterTheirScheduler() {
    Thread owner = Deadline.value(scheduler.spawn(Task.call(Thread::currentThread)));
    Thread elastic = Deadline.value(scheduler.spawn(Task.blocking(Thread::currentThread)));

    assertThat(owner.isDaemon()).isTrue();
    assertThat(owner.getName()).isEqualTo("checkout-1");
    assertThat(elastic.isDaemon()).isTrue();
    assertThat(elastic.getName()).startsWith("checkout-elastic-");
  }

  @Test
  void closingTheLastScheduler_endsEveryThread_andTheNextOneStartsAfresh() {
    for (int i = 0; i < 20; i++) {
      try (LoopScheduler next = LoopScheduler.builder("next").loops(1).build()) {
        var done = new CountDownLatch(1);
        next.executor().execute(done::countDown);
        Deadline.await(done);
      }
      if (i == 0) {
        scheduler.close();
      }
    }
  }
}
