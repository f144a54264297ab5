/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static dev.picot.Takeovers.LONG;
import static dev.picot.Takeovers.TAKEOVER_AFTER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.picot.Incident.Event;
import dev.picot.Incident.Kind;
import dev.picot.loop.Faults;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What holds a step up is found every time, and told with names. */
class TakeoverDetectionTest {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private final Incidents incidents = new Incidents();

  @BeforeAll
  static void warmUp() throws Exception {
    Takeovers.warmUp();
  }

  private LoopScheduler.Builder onDemand(String name) {
    return Takeovers.onDemand(name).watchdog(w -> w.listener(incidents));
  }

  private LoopScheduler.Builder builder(String name) {
    return Takeovers.builder(name).watchdog(w -> w.listener(incidents));
  }

  @ParameterizedTest
  @EnumSource
  void aStall_isNamedWithCallbackThreadAndStep_andTheOthersGoOn(Blockers how) throws Exception {
    StuckStep stuck = new StuckStep(how);
    LoopScheduler scheduler = onDemand("named").build();
    try {
      CallbackThread<Void> victim = scheduler.spawn("order", Task.run(stuck).named("price"));
      stuck.awaitEntered();
      Takeovers.until(scheduler, "it is held up", () -> isHeldUp(kindOf(how), victim, stuck));
      Takeovers.untilDetached(scheduler, victim);

      assertThat(scheduler.spawn(Task.value("others")).block(LONG)).isEqualTo("others");

      Incident takeover = incidents.await(Event.TAKEOVER);
      assertThat(takeover.scheduler()).isEqualTo("named");
      assertThat(takeover.loop()).isEqualTo("named-1");
      assertThat(takeover.thread()).isEqualTo(stuck.thread().getName());
      assertThat(takeover.callbackThread()).isEqualTo("order");
      assertThat(takeover.step()).isEqualTo("callback thread 'order > price'");
      assertThat(takeover.kind()).isEqualTo(kindOf(how));
      assertThat(takeover.duration()).isGreaterThanOrEqualTo(TAKEOVER_AFTER);
      assertThat(takeover.stack())
          .anyMatch(frame -> frame.getClassName().equals(StuckStep.class.getName()))
          .noneMatch(frame -> frame.getClassName().equals("dev.picot.Interpreter"));
      stuck.release();
      victim.block(LONG);
      Incident returned = incidents.await(Event.RETURNED);
      assertThat(returned.number()).isEqualTo(takeover.number());
      assertThat(returned.step()).isEqualTo(takeover.step());
    } finally {
      stuck.release();
      Takeovers.closeClean(scheduler);
    }
  }

  private static Kind kindOf(Blockers how) {
    return switch (how) {
      case SLEEP, PARK, LOCK -> Kind.PARKED;
      case SPIN, COUNTED_LOOP -> Kind.CPU;
      case MONITOR -> Kind.MONITOR;
      case SOCKET_READ, CHANNEL_READ -> Kind.NATIVE_IO;
    };
  }

  /** Before that, what holds it up is being prepared, or the machine lets it prepare nothing. */
  private static boolean isHeldUp(Kind kind, CallbackThread<?> victim, StuckStep stuck) {
    Thread thread = stuck.thread();
    Duration computed = Duration.ofNanos(THREADS.getThreadCpuTime(thread.getId()));
    Duration stuckFor = Faults.stuckFor(victim.boundLoop());
    if (stuckFor.compareTo(TAKEOVER_AFTER) < 0) {
      return false;
    }
    return switch (kind) {
      case PARKED ->
          thread.getState() == Thread.State.TIMED_WAITING
              || thread.getState() == Thread.State.WAITING;
      case MONITOR -> thread.getState() == Thread.State.BLOCKED;
      case CPU -> computed.multipliedBy(8).compareTo(stuckFor) > 0;
      case NATIVE_IO -> computed.multipliedBy(5).compareTo(stuckFor) < 0 && isInSocket(thread);
      default -> throw new IllegalArgumentException(kind.name());
    };
  }

  private static boolean isInSocket(Thread thread) {
    StackTraceElement[] stack = thread.getStackTrace();
    return stack.length > 0
        && stack[0].isNativeMethod()
        && stack[0].getClassName().startsWith("sun.nio.ch.");
  }

  /** The resolver reads a hosts file that nobody writes to. */
  @Test
  void aNameServiceThatDoesNotAnswer_isFound(@TempDir Path directory) throws Exception {
    Path hosts = directory.resolve("hosts");
    assertThat(new ProcessBuilder("mkfifo", hosts.toString()).start().waitFor()).isZero();
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Djdk.net.hosts.file=" + hosts);
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(SlowNameService.class.getName());
    Process program = new ProcessBuilder(command).redirectErrorStream(true).start();
    try (var output = program.inputReader()) {
      String found = output.lines().filter(line -> line.startsWith("found ")).findFirst().get();

      assertThat(found)
          .isEqualTo("found NATIVE_IO callback thread 'lookup', true, and the others went on");
      Files.writeString(hosts, "127.0.0.1 slow.example\n");
      assertThat(output.lines().filter(line -> line.startsWith("resolved")).findFirst())
          .contains("resolved 127.0.0.1");
    } finally {
      program.destroyForcibly();
    }
  }

  @Test
  void aDeadlockOfTwoCallbackThreads_isNamedWithBoth_andTheOthersGoOn() throws Exception {
    ReentrantLock a = new ReentrantLock();
    ReentrantLock b = new ReentrantLock();
    CountDownLatch both = new CountDownLatch(2);
    LoopScheduler scheduler = builder("deadlock").loops(2).build();
    var loops = scheduler.group().loops();
    CallbackThread<Void> one = new CallbackThread<>(locking(a, b, both).named("one"), loops.get(0));
    CallbackThread<Void> two = new CallbackThread<>(locking(b, a, both).named("two"), loops.get(1));
    try {
      scheduler.admit();
      scheduler.admit();
      loops.get(0).post(one);
      loops.get(1).post(two);

      Takeovers.untilDetached(scheduler, one);
      Takeovers.untilDetached(scheduler, two);

      assertThat(scheduler.spawn(Task.value("others")).block(LONG)).isEqualTo("others");
      Incident named = incidents.await("a deadlock", told -> told.text().contains("a deadlock"));
      assertThat(named.text())
          .contains(
              "ReentrantLock", "held by callback thread 'one'", "held by callback thread 'two'");
      Incident follower = incidents.await("the second", told -> told.sameAs() != 0);
      assertThat(follower.text()).contains("same cause as incident " + follower.sameAs());
      assertThat(incidents.all()).anyMatch(told -> told.number() == follower.sameAs());
      assertThat(scheduler.group().isUnhealthy()).isFalse();
    } finally {
      Takeovers.until(scheduler, "both wait", () -> a.hasQueuedThreads() && b.hasQueuedThreads());
      interruptHolders(scheduler);
      Takeovers.closeClean(scheduler);
    }
  }

  private static Task<Void> locking(
      ReentrantLock first, ReentrantLock second, CountDownLatch both) {
    return Task.run(
        () -> {
          first.lock();
          try {
            both.countDown();
            both.await();
            second.lockInterruptibly();
            second.unlock();
          } catch (InterruptedException e) {
            return;
          } finally {
            first.unlock();
          }
        });
  }

  private static void interruptHolders(LoopScheduler scheduler) {
    for (var loop : scheduler.group().loops()) {
      scheduler.forEachTask(
          (home, task) -> {
            var stall = home.stallOf(task);
            if (stall != null && home == loop) {
              stall.thread().interrupt();
            }
          });
    }
  }

  @Test
  void whoWaitsForTheLockOfADetachedThread_doesNotUseUpTheLimit() throws Exception {
    Object lock = new Object();
    StuckStep holder = new StuckStep();
    CountDownLatch waiters = new CountDownLatch(2);
    LoopScheduler scheduler = onDemand("appender").watchdog(w -> w.maxDetached(2)).build();
    try {
      CallbackThread<Void> first =
          scheduler.spawn(
              "holder",
              Task.run(
                  () -> {
                    synchronized (lock) {
                      holder.run();
                    }
                  }));
      Takeovers.untilDetached(scheduler, first);
      for (int i = 1; i <= 2; i++) {
        AtomicReference<Thread> waiter = new AtomicReference<>();
        scheduler.spawn(
            "waiter-" + i,
            Task.run(
                () -> {
                  waiter.set(Thread.currentThread());
                  synchronized (lock) {
                    waiters.countDown();
                  }
                }));
        int takeovers = 1 + i;
        Takeovers.until(
            scheduler,
            "it waits",
            () -> waiter.get() != null && waiter.get().getState() == Thread.State.BLOCKED);
        Takeovers.takingOver(
            scheduler, "a waiter", () -> scheduler.stats().takeovers() == takeovers);
        if (i == 1) {
          assertThat(scheduler.group().isUnhealthy()).isFalse();
          assertThat(scheduler.spawn(Task.value("admitted")).block(LONG)).isEqualTo("admitted");
        }
      }

      Incident waiting =
          incidents.await("waiter-2", told -> told.callbackThread().equals("waiter-2"));

      assertThat(waiting.sameAs()).isEqualTo(incidents.all().get(0).number());
      assertThat(waiting.kind()).isEqualTo(Kind.MONITOR);
      assertThat(waiting.text())
          .contains(
              "held by callback thread 'holder' (detached, incident " + waiting.sameAs() + ")",
              "which also holds up callback thread 'waiter-1'");
      assertThat(scheduler.stats().detached()).isEqualTo(3);
      holder.release();
      assertThat(waiters.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
    } finally {
      holder.release();
      Takeovers.closeClean(scheduler);
    }
  }

  @Test
  void anEpisode_hasOneNumber_fromTheWarningToItsEnd() throws Exception {
    StuckStep stuck = new StuckStep();
    LoopScheduler scheduler =
        Takeovers.failingAfter("episode", Duration.ofMillis(1_400)) // no pause is as long
            .watchdog(
                w ->
                    w.warnAfter(Duration.ofMillis(1_200))
                        .takeoverAfter(Duration.ofMillis(1_300))
                        .quiet(Duration.ZERO)
                        .listener(incidents))
            .build();
    try {
      CallbackThread<Void> victim = scheduler.spawn(Task.run(stuck));
      assertThatThrownBy(() -> victim.block(LONG)).isInstanceOf(LoopStalledException.class);
      incidents.await(Event.FAILED);
      stuck.release();
      incidents.await(Event.RETURNED);

      assertThat(incidents.all())
          .extracting(Incident::event)
          .containsExactly(Event.STALL, Event.TAKEOVER, Event.FAILED, Event.RETURNED);
      assertThat(incidents.all())
          .extracting(Incident::number)
          .containsOnly(incidents.all().get(0).number());
    } finally {
      stuck.release();
      Takeovers.closeClean(scheduler);
    }
  }

  @Test
  void atTheLimit_theSchedulerIsToldToBeUnhealthy_andHealthyAgain() throws Exception {
    StuckStep stuck = new StuckStep();
    LoopScheduler scheduler = builder("health").watchdog(w -> w.maxDetached(1)).build();
    try {
      scheduler.spawn(Task.run(stuck));
      Incident unhealthy = incidents.await(Event.UNHEALTHY);

      stuck.release();

      assertThat(incidents.await(Event.HEALTHY).number()).isEqualTo(unhealthy.number());
    } finally {
      stuck.release();
      Takeovers.closeClean(scheduler);
    }
  }

  @Test
  void statisticsAnswerWithinAMillisecond_whileEveryLoopIsStuck() throws Exception {
    StuckStep stuck = new StuckStep(Blockers.SLEEP);
    LoopScheduler scheduler =
        Takeovers.builder("stats").watchdog(w -> w.takeoverAfter(Duration.ofMinutes(5))).build();
    try {
      scheduler.spawn(Task.run(stuck));
      stuck.awaitEntered();
      long best = Long.MAX_VALUE;
      for (int i = 0; i < 100; i++) {
        long began = System.nanoTime();
        assertThat(scheduler.stats().live()).isEqualTo(1);
        best = Math.min(best, System.nanoTime() - began);
      }

      assertThat(best).isLessThan(TimeUnit.MILLISECONDS.toNanos(1));
    } finally {
      stuck.release();
      Takeovers.closeClean(scheduler);
    }
  }

  @Test
  void aStuckSleep_isInterrupted_onlyIfThatWasAskedFor() throws Exception {
    assertThat(wasInterrupted(false, 300)).isFalse();
    assertThat(wasInterrupted(true, LONG.toMillis())).isTrue();
  }

  private boolean wasInterrupted(boolean asked, long millis) throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    AtomicBoolean interrupted = new AtomicBoolean();
    LoopScheduler scheduler = builder("interrupt").watchdog(w -> w.interrupt(asked)).build();
    try {
      CallbackThread<Void> thread =
          scheduler.spawn(
              Task.run(
                  () -> {
                    try {
                      boolean unused =
                          end.await(TAKEOVER_AFTER.toMillis() + millis, TimeUnit.MILLISECONDS);
                    } catch (InterruptedException e) {
                      interrupted.set(true);
                    }
                  }));
      thread.block(LONG.multipliedBy(2));
      return interrupted.get();
    } finally {
      end.countDown();
      Takeovers.closeClean(scheduler);
    }
  }

  @Test
  void aListenerThatHangs_keepsNobodyFromBeingTakenOverNorFailed() throws Exception {
    CountDownLatch hangs = new CountDownLatch(1);
    StuckStep stuck = new StuckStep(Blockers.PARK);
    LoopScheduler scheduler =
        Takeovers.failingAfter("deaf", Duration.ofMillis(300))
            .watchdog(w -> w.listener(told -> Deadline.await(hangs)))
            .build();
    try {
      CallbackThread<Void> victim = scheduler.spawn(Task.run(stuck));

      assertThatThrownBy(() -> victim.block(LONG)).isInstanceOf(LoopStalledException.class);
      assertThat(scheduler.spawn(Task.value("others")).block(LONG)).isEqualTo("others");
    } finally {
      hangs.countDown();
      stuck.release();
      Takeovers.closeClean(scheduler);
    }
  }

  @Test
  void aLogThatHangs_keepsNobodyFromBeingFailed_norFromClosing() throws Exception {
    CountDownLatch hangs = new CountDownLatch(1);
    Handler hanging =
        new Handler() {
          @Override
          public void publish(LogRecord entry) {
            Deadline.await(hangs);
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    Logger logger = Logger.getLogger("dev.picot");
    logger.addHandler(hanging);
    StuckStep stuck = new StuckStep(Blockers.SOCKET_READ);
    LoopScheduler scheduler = Takeovers.failingAfter("silent", Duration.ofMillis(300)).build();
    try {
      CallbackThread<Void> victim = scheduler.spawn(Task.run(stuck));

      assertThatThrownBy(() -> victim.block(LONG)).isInstanceOf(LoopStalledException.class);

      stuck.release();
      Takeovers.closeClean(scheduler);
    } finally {
      logger.removeHandler(hanging);
      hangs.countDown();
      stuck.release();
      scheduler.closeNow();
    }
  }

  @Test
  void theContextClassLoader_staysTheSame_afterATakeover() throws Exception {
    StuckStep stuck = new StuckStep();
    ClassLoader loader = new ClassLoader(getClass().getClassLoader()) {};
    ClassLoader before = Thread.currentThread().getContextClassLoader();
    Thread.currentThread().setContextClassLoader(loader);
    LoopScheduler scheduler;
    try {
      scheduler = builder("loader").build();
    } finally {
      Thread.currentThread().setContextClassLoader(before);
    }
    Task<ClassLoader> seen = Task.call(() -> Thread.currentThread().getContextClassLoader());
    try {
      assertThat(scheduler.spawn(seen).block(LONG)).isSameAs(loader);
      Takeovers.untilDetached(scheduler, scheduler.spawn(Task.run(stuck)));

      assertThat(scheduler.spawn(seen).block(LONG)).isSameAs(loader);
    } finally {
      stuck.release();
      Takeovers.closeClean(scheduler);
    }
  }
}
