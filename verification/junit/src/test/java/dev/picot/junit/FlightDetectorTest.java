/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.LoopScheduler;
import dev.picot.junit.Incident.Detector;
import dev.picot.junit.Incident.Kind;
import dev.picot.junit.internal.flight.FlightLog;
import dev.picot.junit.internal.flight.FlightLog.Cause;
import dev.picot.junit.internal.flight.FlightLog.Slice;
import dev.picot.junit.internal.flight.FlightLog.Wait;
import dev.picot.junit.internal.flight.FlightLog.Work;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is made of waits that were recorded. */
class FlightDetectorTest {
  private static final Duration LONG = Duration.ofMillis(25);
  private static final String SLEEP = "java.lang.Thread.sleep";
  private static final String HANDLER = "com.example.Handler.handle";
  private static final String REACTOR = "reactor.core.publisher.FluxMap.onNext";
  private static final Slice ORDER = new Slice("checkout", "checkout-1", "order", "order > price");

  private final Thread thread = new Thread("parallel-1");
  private final ObservedTest test =
      ObservedTest.begin(
          new TestRun("test"),
          new Rules(
              Duration.ofMillis(60), List.of(new Allowance("known", "com.example.Dao.read", 1))));
  private final Instant start = Instant.now().plusMillis(1);
  private final FlightDetector detector = new FlightDetector(null, false);
  private final FlightDetector besideBlockHound = new FlightDetector(null, true);

  FlightDetectorTest() {
    detector.saw(List.of(thread));
    besideBlockHound.saw(List.of(thread));
  }

  @AfterEach
  void endsTheTest() {
    test.end();
  }

  private static List<StackTraceElement> stack(String... methods) {
    return Stream.of(methods)
        .map(
            method -> {
              int dot = method.lastIndexOf('.');
              return new StackTraceElement(
                  method.substring(0, dot), method.substring(dot + 1), "A.java", 1);
            })
        .toList();
  }

  private Wait wait(Cause cause, String... methods) {
    return new Wait(thread.getId(), cause, start, LONG, "what", stack(methods));
  }

  /** After both tests have begun. */
  private static Wait sleepOf(Thread thread) {
    Instant now = Instant.now().plusMillis(1);
    return new Wait(thread.getId(), Cause.SLEEP, now, LONG, "what", stack(SLEEP, HANDLER));
  }

  private Work work(String provenance, Slice slice) {
    return new Work(thread.getId(), start.minusMillis(1), start.plusMillis(30), provenance, slice);
  }

  private static FlightLog log(Wait wait, Work... works) {
    return new FlightLog(List.of(wait), List.of(works));
  }

  private Incident only() {
    assertThat(test.findings()).hasSize(1);
    return test.findings().get(0).incident();
  }

  @Test
  void aWait_namesThreadKindCallCallerAndDuration() {
    detector.report(log(wait(Cause.SLEEP, SLEEP, HANDLER, REACTOR)));

    Incident incident = only();
    assertThat(incident.thread()).isEqualTo("parallel-1");
    assertThat(incident.kind()).isEqualTo(Kind.SLEEP);
    assertThat(incident.call()).isEqualTo(SLEEP);
    assertThat(incident.caller().getMethodName()).isEqualTo("handle");
    assertThat(incident.duration()).isEqualTo(LONG);
    assertThat(incident.callbackThread()).isNull();
    assertThat(incident.detectors()).containsExactly(Detector.FLIGHT_RECORDER);
  }

  @Test
  void whereTheEventLeavesTheFramesOfTheJdkOut_itIsWhatTheEventSays() {
    detector.report(log(wait(Cause.SLEEP, HANDLER, REACTOR)));

    assertThat(only().call()).isEqualTo("what");
  }

  @Test
  void theSliceAroundIt_namesCallbackThreadAndStep() {
    Work before =
        new Work(thread.getId(), start.minusSeconds(2), start.minusSeconds(1), null, null);
    Work ofAnother =
        new Work(thread.getId() + 1, start.minusSeconds(1), start.plusSeconds(1), null, null);

    detector.report(
        log(wait(Cause.MONITOR, HANDLER, REACTOR), before, work(null, ORDER), ofAnother));

    assertThat(only().callbackThread()).isEqualTo("order");
    assertThat(only().step()).isEqualTo("order > price");
  }

  @Test
  void onALoopWithoutASlice_theyAreUnknown() throws Exception {
    try (LoopScheduler scheduler = LoopScheduler.builder("checkout").loops(1).build()) {
      Thread loop = running(scheduler, () -> {});
      detector.saw(List.of(loop));

      detector.report(
          log(new Wait(loop.getId(), Cause.MONITOR, start, LONG, "what", stack(HANDLER, REACTOR))));

      assertThat(only().callbackThread()).isEqualTo(Incident.UNKNOWN);
      assertThat(only().step()).isEqualTo(Incident.UNKNOWN);
      assertThat(only().scheduler()).isEqualTo("checkout");
      assertThat(only().loop()).isEqualTo("checkout-1");
    }
  }

  @Test
  void aThreadThatMayBlock_isNotLookedAt() {
    detector.report(
        log(new Wait(thread.getId() + 1, Cause.SLEEP, start, LONG, "what", stack(HANDLER))));

    assertThat(test.findings()).isEmpty();
  }

  @Test
  void aThreadThatMayBlockByNow_isNotLookedAt() {
    detector.report(
        log(
            new Wait(
                thread.getId(), Cause.SLEEP, start.plusSeconds(1), LONG, "what", stack(HANDLER))));

    assertThat(test.findings()).isEmpty();
  }

  @Test
  void whatWasBeforeTheTest_isNotItsOwn() {
    detector.report(
        log(
            new Wait(
                thread.getId(), Cause.SLEEP, start.minusSeconds(1), LONG, "what", stack(HANDLER))));

    assertThat(test.findings()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "MONITOR, reactor.core.publisher.FluxMap.onNext, reactor.core.publisher.Flux.subscribe",
    "PARK, java.util.concurrent.LinkedBlockingQueue.take,"
        + " reactor.core.publisher.FluxMap.onNext",
    "FILE, java.io.FileInputStream.read, java.lang.ClassLoader.loadClass",
    "FILE, java.nio.file.Files.read, io.netty.channel.DefaultFileRegion.open",
    "SOCKET, sun.nio.ch.SocketChannelImpl.write, io.netty.channel.nio.NioEventLoop.run",
  })
  void whatMachineryDoesForItself_isNotLookedAt(Cause cause, String top, String next) {
    detector.report(log(wait(cause, top, next)));

    assertThat(test.findings()).isEmpty();
  }

  @Test
  void whatNettyDoesForTheApplication_isNotLookedAt() {
    detector.report(
        log(
            wait(
                Cause.SOCKET,
                "sun.nio.ch.SocketChannelImpl.write",
                "io.netty.channel.nio.AbstractNioByteChannel.doWrite",
                HANDLER)));

    assertThat(test.findings()).isEmpty();
  }

  @Test
  void aMethodReferenceThatReadsAFile_isTheMachinerysCall() {
    detector.report(
        log(
            wait(
                Cause.FILE,
                "java.nio.file.Files.readString",
                "reactor.core.publisher.MonoCallable.call")));

    assertThat(only().call()).isEqualTo("java.nio.file.Files.readString");
  }

  @ParameterizedTest
  @CsvSource({
    "SLEEP, java.lang.Thread.sleep, false",
    "PARK, jdk.internal.misc.Unsafe.park, false",
    "WAIT, java.lang.Object.wait, false",
    "FILE, java.io.FileInputStream.readBytes, false",
    "SOCKET, java.net.Socket$SocketInputStream.read, false",
    "WAIT, com.example.Config.get, true",
    "MONITOR, java.util.Hashtable.get, true",
    "FILE, sun.nio.ch.FileChannelImpl.read, true",
    "SOCKET, sun.nio.ch.SocketChannelImpl.read, true",
  })
  void besideBlockHound_onlyWhatItDoesNotKnow_isReported(Cause cause, String top, boolean is) {
    besideBlockHound.report(log(wait(cause, top, HANDLER, REACTOR)));

    assertThat(test.findings()).hasSize(is ? 1 : 0);
  }

  @Test
  void whatBlockHoundHasReported_isTheSameIncident_nowWithItsDuration() {
    CallStack stack = CallStack.of(stack(SLEEP, HANDLER, REACTOR));
    test.report(Incident.on(thread, stack, Kind.SLEEP, SLEEP, Detector.BLOCKHOUND), stack, false);

    besideBlockHound.report(log(wait(Cause.SLEEP, HANDLER, REACTOR), work(null, ORDER)));

    assertThat(only().detectors()).isEqualTo(Set.of(Detector.BLOCKHOUND, Detector.FLIGHT_RECORDER));
    assertThat(only().duration()).isEqualTo(LONG);
    assertThat(only().callbackThread()).isEqualTo("order");
    assertThat(test.findings().get(0).times()).isEqualTo(1);
  }

  @Test
  void whatAnotherDetectorHasSeenToo_usesAnAllowanceOnce() {
    CallStack stack = CallStack.of(stack(SLEEP, "com.example.Dao.read", REACTOR));
    test.report(Incident.on(thread, stack, Kind.SLEEP, SLEEP, Detector.BLOCKHOUND), stack, false);

    besideBlockHound.report(log(wait(Cause.SLEEP, SLEEP, "com.example.Dao.read", REACTOR)));

    assertThat(test.findings()).isEmpty();

    detector.report(log(wait(Cause.SLEEP, SLEEP, "com.example.Dao.read", REACTOR)));

    assertThat(test.findings()).singleElement().matches(finding -> finding.times() == 1);
  }

  @Test
  void whatWasDoneForATest_isReportedToItAlone() {
    ObservedTest other =
        ObservedTest.begin(new TestRun("other"), new Rules(Duration.ofMillis(60), List.of()));
    FlightLog log = log(wait(Cause.SLEEP, SLEEP, HANDLER), work(test.run().toString(), ORDER));

    detector.report(log);
    other.end();

    assertThat(test.findings()).singleElement().matches(finding -> !finding.isShared());
    assertThat(other.findings()).isEmpty();
  }

  @Test
  void whatNobodyKnows_isReportedToEachAsPossiblyItsOwn() {
    ObservedTest other =
        ObservedTest.begin(new TestRun("other"), new Rules(Duration.ofMillis(60), List.of()));
    detector.report(log(sleepOf(thread)));
    other.end();

    assertThat(test.findings()).singleElement().matches(Finding::isShared);
    assertThat(other.findings()).singleElement().matches(Finding::isShared);
  }

  @Test
  void whatIsInWorkThatGoesOn_isOfTheTestThatItIsDoneFor() {
    ObservedTest other =
        ObservedTest.begin(new TestRun("other"), new Rules(Duration.ofMillis(60), List.of()));
    Thread busy = Thread.currentThread();
    detector.saw(List.of(busy));
    TestRun.Work before = test.run().enter();
    try {
      detector.report(log(sleepOf(busy)));
    } finally {
      TestRun.leave(before);
      other.end();
    }

    assertThat(test.findings()).singleElement().matches(finding -> !finding.isShared());
    assertThat(other.findings()).isEmpty();
  }

  @Test
  void whatWasBeforeTheWorkThatGoesOn_isReportedToEachAsPossiblyItsOwn() {
    ObservedTest other =
        ObservedTest.begin(new TestRun("other"), new Rules(Duration.ofMillis(60), List.of()));
    Thread busy = Thread.currentThread();
    detector.saw(List.of(busy));
    Wait wait = sleepOf(busy);
    awaitAfter(wait.start());
    TestRun.Work before = other.run().enter();
    try {
      detector.report(log(wait));
    } finally {
      TestRun.leave(before);
      other.end();
    }

    assertThat(test.findings()).singleElement().matches(Finding::isShared);
    assertThat(other.findings()).singleElement().matches(Finding::isShared);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatIsInASliceThatGoesOn_isOfTheTestThatItIsDoneFor_ifItWasSeen(boolean isSeen)
      throws Exception {
    ObservedTest other =
        ObservedTest.begin(new TestRun("other"), new Rules(Duration.ofMillis(60), List.of()));
    CountDownLatch gate = new CountDownLatch(1);
    try (LoopScheduler scheduler = LoopScheduler.builder("checkout").loops(1).build()) {
      Thread loop = running(scheduler, () -> {});
      detector.saw(List.of(loop)); // in an earlier slice
      Wait wait;
      TestRun.Work before = other.run().enter();
      try {
        running(scheduler, () -> pass(gate));
        if (isSeen) {
          detector.saw(List.of(loop));
        }
        wait = sleepOf(loop);
        if (!isSeen) {
          awaitAfter(wait.start());
          detector.saw(List.of(loop)); // it may have begun after the wait, as far as is known
        }
        detector.report(log(wait));
      } finally {
        TestRun.leave(before);
        gate.countDown();
      }
    } finally {
      other.end();
    }

    assertThat(recorded(other)).singleElement().matches(finding -> finding.isShared() != isSeen);
    assertThat(recorded(test)).hasSize(isSeen ? 0 : 1);
  }

  /** The others may see that the loop spins. */
  private static List<Finding> recorded(ObservedTest test) {
    return test.findings().stream()
        .filter(finding -> finding.incident().detectors().contains(Detector.FLIGHT_RECORDER))
        .toList();
  }

  /** Runs a task on the only loop, and returns the thread of that loop once it does. */
  private static Thread running(LoopScheduler scheduler, Runnable task) throws Exception {
    CompletableFuture<Thread> told = new CompletableFuture<>();
    scheduler
        .executor()
        .execute(
            () -> {
              told.complete(Thread.currentThread());
              task.run();
            });
    return told.get(30, TimeUnit.SECONDS);
  }

  private static void awaitAfter(Instant time) {
    while (!Instant.now().isAfter(time)) {
      Thread.onSpinWait();
    }
  }

  /** Not by blocking, which BlockHound would report, too. */
  private static void pass(CountDownLatch gate) {
    while (gate.getCount() > 0) {
      Thread.onSpinWait();
    }
  }
}
