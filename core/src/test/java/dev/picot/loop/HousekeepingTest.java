/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.LoopScheduler;
import dev.picot.Task;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HousekeepingTest {
  private static final StackTraceElement STEP =
      new StackTraceElement("a.Step", "run", "Step.java", 7);

  @Test
  void aStandbyThatCannotBeStarted_isTriedAgain() {
    AtomicInteger starts = new AtomicInteger();
    CountDownLatch started = new CountDownLatch(1);
    Housekeeping housekeeping =
        new Housekeeping(
            thread -> {
              if (starts.incrementAndGet() <= 2) {
                throw new OutOfMemoryError("on purpose");
              }
              thread.start();
              started.countDown();
            });
    housekeeping.start();

    Deadline.await(started);
    housekeeping.stop();

    assertThat(starts).hasValue(3);
    joinAll(housekeeping);
  }

  @Test
  void theThreads_endWithTheLastScheduler_andKeepNoContextClassLoader() {
    Housekeeping housekeeping = new Housekeeping(Thread::start);
    ClassLoader before = Thread.currentThread().getContextClassLoader();
    Thread.currentThread().setContextClassLoader(new ClassLoader(before) {});
    try {
      housekeeping.start();
    } finally {
      Thread.currentThread().setContextClassLoader(before);
    }
    ClassLoader ours = Housekeeping.class.getClassLoader();
    assertThat(housekeeping.aux().thread().getContextClassLoader()).isSameAs(ours);
    assertThat(housekeeping.watchdog().thread().getContextClassLoader()).isSameAs(ours);

    housekeeping.stop();

    joinAll(housekeeping);
  }

  private static void joinAll(Housekeeping housekeeping) {
    Deadline.join(housekeeping.aux().thread());
    Deadline.join(housekeeping.watchdog().thread());
    Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("picot-standby-"))
        .forEach(Deadline::join);
  }

  @Test
  void anActionThatIsDueSoon_keepsItsTimeAfterTheEnd_aLaterOneRunsAtOnce() {
    List<String> ran = new ArrayList<>();
    AtomicLong soonAt = new AtomicLong();
    Aux aux = new Aux(error -> ran.add(error.toString()));
    long began = System.nanoTime();
    aux.schedule(
        TimeUnit.MILLISECONDS.toNanos(100),
        () -> {
          soonAt.set(System.nanoTime());
          ran.add("soon");
        });
    aux.schedule(TimeUnit.HOURS.toNanos(1), () -> ran.add("much later"));
    aux.end();
    aux.start();

    Deadline.join(aux.thread());

    assertThat(ran).containsExactly("soon", "much later");
    assertThat(soonAt.get() - began).isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(100));
  }

  @Test
  void manyActions_oneDueSoonAfterTheOther_doNotPutTheEndOff() {
    AtomicInteger ran = new AtomicInteger();
    Aux aux = new Aux(error -> ran.addAndGet(1_000));
    for (int i = 1; i <= 600; i++) {
      aux.schedule(TimeUnit.MILLISECONDS.toNanos(100L * i), ran::incrementAndGet);
    }
    aux.end();
    aux.start();

    Deadline.join(aux.thread());

    assertThat(ran).hasValue(600);
  }

  @Test
  void aThreadThatCouldNotBeStarted_isAskedForAgain() {
    Housekeeping housekeeping = new Housekeeping(Thread::start);
    housekeeping.start();
    AtomicInteger starts = new AtomicInteger();
    ElasticPool pool =
        new ElasticPool(
            new ElasticLimits("retried", 2, 10, Duration.ofSeconds(60)),
            start -> {
              if (starts.incrementAndGet() == 2) {
                throw new OutOfMemoryError("on purpose");
              }
              start.run();
            });
    CountDownLatch gate = new CountDownLatch(1);
    try {
      TestCall first = TestCall.until(gate);
      pool.submit(first);
      Deadline.await(first.started);
      TestCall second = TestCall.empty();
      pool.submit(second);
      assertThat(pool.stats().startFailures()).isEqualTo(1);

      housekeeping.watch(group(housekeeping), pool, TimeUnit.MILLISECONDS.toNanos(80));

      Deadline.await(second.ended);
      assertThat(starts).hasValue(3);
    } finally {
      gate.countDown();
      pool.closeNow();
      housekeeping.stop();
      joinAll(housekeeping);
    }
  }

  /** Waits in its only slice, if it is to. */
  private static final class Step extends LoopTask {
    final CompletableFuture<Thread> ranOn = new CompletableFuture<>();
    final CountDownLatch end;

    Step(int waits) {
      end = new CountDownLatch(waits);
    }

    @Override
    protected void runSlice(LoopThread thread) {
      ranOn.complete(thread);
      Deadline.await(end);
      thread.exitSlice();
    }

    @Override
    protected String describe() {
      return "a step";
    }
  }

  @Test
  void aLoopWhoseNewOwnerHasNotRunYet_isNotLost_whenTheOldOneEnds() {
    CompletableFuture<Thread> heir = new CompletableFuture<>();
    CountDownLatch heirMayRun = new CountDownLatch(1);
    AtomicInteger starts = new AtomicInteger();
    Housekeeping housekeeping =
        new Housekeeping(
            thread -> {
              if (starts.incrementAndGet() == 2) { // for itself, before it carries on
                heir.complete(Thread.currentThread());
                Deadline.await(heirMayRun);
              }
              thread.start();
            });
    housekeeping.start();
    LoopGroup group = group(housekeeping);
    Loop loop = group.loops().get(0);
    Step stuck = new Step(1);
    Step next = new Step(0);
    LoopThread another = new LoopThread("another standby");
    try {
      group.start();
      loop.post(stuck);
      Thread old = stuck.ranOn.join();
      housekeeping.watch(group);
      heir.join();
      stuck.end.countDown();
      Deadline.join(old);
      another.start();
      housekeeping.putBack(another);
      CountDownLatch severalTicks = new CountDownLatch(1);
      housekeeping.aux().schedule(10 * Watchdog.TICK_NANOS, severalTicks::countDown);
      Deadline.await(severalTicks);

      heirMayRun.countDown();
      loop.post(next);

      assertThat(next.ranOn.join()).isSameAs(heir.join());
    } finally {
      stuck.end.countDown();
      heirMayRun.countDown();
      another.dismiss(); // the heir's own standby takes its place
      group.retire();
      housekeeping.stop();
      joinAll(housekeeping);
      Deadline.join(another);
    }
  }

  private static LoopGroup group(Housekeeping housekeeping) {
    return new LoopGroup(
        "group",
        1,
        new LoopGroup.Limits(1, 1, Long.MAX_VALUE, 1, Duration.ofDays(1), false),
        Ticker.system(),
        null,
        housekeeping,
        "no scheduler",
        () -> true,
        () -> {});
  }

  @Test
  void theRateLimit_letsAFewThroughInEachSecond_andTellsOfTheOthers() {
    AtomicLong now = new AtomicLong(TimeUnit.SECONDS.toNanos(5));
    List<Integer> suppressed = new ArrayList<>();
    RateLimit limit = new RateLimit(2, now::get, suppressed::add);

    assertThat(limit.tryPass()).isTrue();
    assertThat(limit.tryPass()).isTrue();
    assertThat(limit.tryPass()).isFalse();
    assertThat(limit.tryPass()).isFalse();
    assertThat(suppressed).isEmpty();
    now.addAndGet(TimeUnit.SECONDS.toNanos(1));
    assertThat(limit.tryPass()).isTrue();
    now.addAndGet(TimeUnit.SECONDS.toNanos(1));
    assertThat(limit.tryPass()).isTrue();

    assertThat(suppressed).containsExactly(2);
  }

  @ParameterizedTest
  @CsvSource({
    "BLOCKED, a.Step, run, 100, 0, MONITOR",
    "WAITING, jdk.internal.misc.Unsafe, park, 0, 0, PARKED",
    "TIMED_WAITING, java.lang.Thread, sleep, 0, 0, PARKED",
    "RUNNABLE, java.lang.Thread, sleep0, 100, 0, PARKED",
    "RUNNABLE, a.Step, run, 100, 90, CPU",
    "RUNNABLE, a.Step, run, 100, 1, STARVED",
    "TERMINATED, a.Step, run, 100, 90, UNKNOWN"
  })
  void theVerdict_followsFromStateStackAndProcessorTime(
      Thread.State state, String type, String method, long runnable, long cpu, Verdict verdict) {
    StackTraceElement[] stack = {new StackTraceElement(type, method, null, -1)};

    assertThat(Verdict.of(state, stack, runnable, cpu)).isEqualTo(verdict);
  }

  @ParameterizedTest
  @CsvSource({"90, CPU", "10, NATIVE_IO"})
  void nativeCode_computesOrWaits(long cpu, Verdict verdict) {
    StackTraceElement[] stack = {new StackTraceElement("a.Library", "call", null, -2), STEP};

    assertThat(Verdict.of(Thread.State.RUNNABLE, stack, 100, cpu)).isEqualTo(verdict);
  }

  @ParameterizedTest
  @CsvSource({
    "TIMED_WAITING, java.lang.Thread, sleep, a.Step, true",
    "WAITING, java.lang.Object, wait, a.Step, true",
    "WAITING, jdk.internal.misc.Unsafe, park, a.Step, true",
    "WAITING, jdk.internal.misc.Unsafe, park, java.nio.channels.FileChannel, false",
    "WAITING, jdk.internal.misc.Unsafe, park, sun.nio.ch.FileChannelImpl, false",
    "RUNNABLE, java.lang.Thread, sleep, a.Step, false",
    "BLOCKED, a.Step, run, a.Step, false",
    "WAITING, a.Step, run, a.Step, false",
    "TIMED_WAITING, java.lang.Thread, $$BlockHound$$_sleep, a.Step, true"
  })
  void anInterrupt_isSafeWhereItOnlyWakesUp(
      Thread.State state, String type, String method, String below, boolean safe) {
    StackTraceElement[] stack = {
      new StackTraceElement(type, method, null, -1), new StackTraceElement(below, "x", null, -1)
    };

    assertThat(Stacks.isSafeToInterrupt(state, stack)).isEqualTo(safe);
  }

  private static List<StackTraceElement> foldedHere() {
    return Stacks.fold(new Throwable().getStackTrace());
  }

  @Test
  void aStack_isFolded_downToTheStep() throws Exception {
    Task<List<StackTraceElement>> frequent = Task.call(HousekeepingTest::foldedHere);
    Task<List<StackTraceElement>> rare = frequent.timeout(Duration.ofHours(1));
    Task<List<StackTraceElement>> blocking = Task.blocking(HousekeepingTest::foldedHere);
    try (LoopScheduler scheduler = LoopScheduler.builder("folded").loops(1).build()) {
      for (Task<List<StackTraceElement>> task : List.of(frequent, rare, blocking)) {
        assertThat(scheduler.spawn(task).block(Duration.ofSeconds(10)))
            .extracting(StackTraceElement::getMethodName)
            .containsExactly("foldedHere");
      }
    }
  }

  @Test
  void aStack_isShownOnce() {
    Stacks stacks = new Stacks();

    assertThat(stacks.show(List.of(STEP), 1)).isEqualTo("\n    at a.Step.run(Step.java:7)");
    assertThat(stacks.show(List.of(STEP), 2))
        .isEqualTo("\n    at a.Step.run(Step.java:7)\n    ... the stack of incident 1");
  }
}
