/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.conformance;

import static dev.picot.conformance.Trait.OWN_THREADS;
import static dev.picot.conformance.Trait.SERIAL_WORKERS;
import static dev.picot.conformance.Trait.TIME;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.DisplayName;
import reactor.core.Disposable;
import reactor.core.scheduler.Scheduler;

@DisplayName("Memory")
class MemoryRulesTest {
  private static final long HOUR = Entry.HOUR_MILLIS;

  /** Something that a task refers to, and nobody else. */
  private static final class Payload {
    void use() {}
  }

  @Rule(value = "A task that was disposed before its time is not kept.", needs = TIME)
  void aDisposedTaskIsNotKept(Trial trial) throws Exception {
    Scheduler.Worker worker = trial.worker();

    trial.answers(
        Entry.all(Entry.timed(), "freed"),
        () -> {
          Map<Entry, WeakReference<Payload>> payloads = new EnumMap<>(Entry.class);
          for (Entry entry : Entry.timed()) {
            payloads.put(entry, scheduleAndDispose(entry, trial.scheduler(), worker));
          }
          return Entry.each(Entry.timed(), entry -> fate(payloads.get(entry)));
        });
  }

  private static WeakReference<Payload> scheduleAndDispose(
      Entry entry, Scheduler scheduler, Scheduler.Worker worker) {
    Payload payload = new Payload();
    entry.schedule(scheduler, worker, payload::use, HOUR).dispose();
    return new WeakReference<>(payload);
  }

  private static String fate(WeakReference<Payload> payload) {
    boolean freed =
        Patience.comesTrue(
            () -> {
              System.gc();
              return payload.get() == null;
            },
            Patience.LIMIT);
    return freed ? "freed" : "kept";
  }

  @Rule(value = "The tasks of a disposed Worker are not kept.", needs = TIME)
  void theTasksOfADisposedWorkerAreNotKept(Trial trial) throws Exception {
    trial.answers(
        List.of("freed", "freed"),
        () -> {
          List<WeakReference<Payload>> payloads = new ArrayList<>();
          Scheduler.Worker worker = trial.worker();
          payloads.add(schedule(Entry.WORKER_DELAYED, worker, HOUR));
          payloads.add(schedule(Entry.WORKER_PERIODIC, worker, HOUR));
          worker.dispose();
          return payloads.stream().map(MemoryRulesTest::fate).toList();
        });
  }

  private static WeakReference<Payload> schedule(
      Entry entry, Scheduler.Worker worker, long millis) {
    Payload payload = new Payload();
    entry.schedule(null, worker, payload::use, millis);
    return new WeakReference<>(payload);
  }

  @Rule(
      value =
          "The tasks of a disposed Worker that wait for one that runs are not kept, however long that takes.",
      needs = {OWN_THREADS, SERIAL_WORKERS})
  void tasksThatWaitForAnotherAreNotKept(Trial trial) throws Exception {
    Gate gate = trial.gate();

    trial.answers(
        "freed",
        () -> {
          Scheduler.Worker worker = trial.scheduler().createWorker();
          worker.schedule(
              () -> {
                while (gate.pass()) {} // whatever interrupts
              });
          gate.awaitReached();
          WeakReference<Payload> payload = schedule(Entry.WORKER, worker, 0);
          worker.dispose();
          return fate(payload);
        });
  }

  @Rule("A task that has run is not kept.")
  void aTaskThatHasRunIsNotKept(Trial trial) throws Exception {
    Scheduler.Worker worker = trial.worker();

    trial.answers(
        List.of("freed", "freed"),
        () -> {
          CountDownLatch ran = new CountDownLatch(2);
          WeakReference<Payload> alone = run(trial.scheduler()::schedule, ran);
          WeakReference<Payload> onWorker = run(worker::schedule, ran);
          Patience.await(ran);
          return List.of(fate(alone), fate(onWorker));
        });
  }

  /** How a task is scheduled. */
  private interface Way {
    Disposable schedule(Runnable task);
  }

  private static WeakReference<Payload> run(Way way, CountDownLatch ran) {
    Payload payload = new Payload();
    way.schedule(
        () -> {
          payload.use();
          ran.countDown();
        });
    return new WeakReference<>(payload);
  }
}
