/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.LoopScheduler;
import dev.picot.Task;
import dev.picot.junit.Incident.Kind;
import java.lang.Thread.State;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the watchdog concludes from a sequence of samples. */
class EpisodeTest {
  private static final long TICK = 20_000_000;
  private static final String HANDLER = "com.example.Handler.handle";
  private static final String REACTOR = "reactor.core.publisher.FluxMap.onNext";

  private final ObservedTest test =
      ObservedTest.begin(new TestRun("test"), new Rules(Duration.ofMillis(60), List.of()));

  @AfterEach
  void endsTheTest() {
    test.end();
  }

  private static StackTraceElement frame(String method) {
    int dot = method.lastIndexOf('.');
    boolean isNative = method.endsWith("0");
    return new StackTraceElement(
        method.substring(0, dot), method.substring(dot + 1), "A.java", isNative ? -2 : 1);
  }

  private static Sample sample(State state, long cpuNanos, String... methods) {
    List<StackTraceElement> frames = List.of(methods).stream().map(EpisodeTest::frame).toList();
    return new Sample(
        Thread.currentThread(), state, CallStack.of(frames), cpuNanos, "java.lang.Object");
  }

  private static Sample blocked(String... methods) {
    return sample(State.BLOCKED, 0, methods);
  }

  private Episode after(Sample... samples) {
    Episode episode = new Episode(samples[0], false);
    for (int i = 1; i < samples.length; i++) {
      assertThat(episode.continuesWith(samples[i])).isTrue();
      episode.grow(samples[i], TICK, false);
    }
    episode.reportTo(test);
    return episode;
  }

  private Kind kind() {
    return test.findings().get(0).incident().kind();
  }

  @Test
  void saysNothingBelowTheThreshold() {
    Sample blocked = blocked(HANDLER, REACTOR);

    after(blocked, blocked, blocked);

    assertThat(test.findings()).isEmpty();
  }

  @Test
  void reportsOnceAndGoesOnMeasuring() {
    Sample blocked = blocked(HANDLER, REACTOR);
    Episode episode = after(blocked, blocked, blocked, blocked);

    episode.grow(blocked, TICK, false);
    episode.reportTo(test);

    assertThat(test.findings()).singleElement().extracting(Finding::times).isEqualTo(1);
    assertThat(test.findings().get(0).incident().duration()).isEqualTo(Duration.ofMillis(80));
  }

  @Test
  void namesTheLockOfAMonitor() {
    Sample blocked = blocked(HANDLER, REACTOR);

    after(blocked, blocked, blocked, blocked);

    assertThat(kind()).isEqualTo(Kind.MONITOR);
    assertThat(test.findings().get(0).incident().call())
        .isEqualTo("synchronized (java.lang.Object)");
  }

  @Test
  void callsItComputingIfTheThreadUsesCpuTime() {
    Sample[] samples = new Sample[5];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = sample(State.RUNNABLE, i * TICK, "java.util.HashMap.get", HANDLER, REACTOR);
    }

    after(samples);

    assertThat(kind()).isEqualTo(Kind.CPU);
  }

  @Test
  void callsItNativeIfTheThreadUsesNone() {
    Sample reading = sample(State.RUNNABLE, 0, "sun.nio.ch.Net.poll0", HANDLER, REACTOR);

    after(reading, reading, reading, reading);

    assertThat(kind()).isEqualTo(Kind.SOCKET);
  }

  @Test
  void ignoresAThreadThatGetsNoProcessor() {
    Sample starved = sample(State.RUNNABLE, 0, "java.util.HashMap.get", HANDLER, REACTOR);

    after(starved, starved, starved, starved, starved, starved);

    assertThat(test.findings()).isEmpty();
  }

  @Test
  void ignoresComputationsOfTheMachineryItself() {
    after(
        sample(State.RUNNABLE, 0, REACTOR),
        sample(State.RUNNABLE, TICK, REACTOR),
        sample(State.RUNNABLE, 2 * TICK, REACTOR),
        sample(State.RUNNABLE, 3 * TICK, REACTOR),
        sample(State.RUNNABLE, 4 * TICK, REACTOR));

    assertThat(test.findings()).isEmpty();
  }

  @Test
  void ignoresTheLoadingOfClasses() {
    Sample[] samples = new Sample[6];
    for (int i = 0; i < samples.length; i++) {
      samples[i] =
          sample(State.RUNNABLE, i * TICK, "java.lang.ClassLoader.loadClass", HANDLER, REACTOR);
    }

    after(samples);

    assertThat(test.findings()).isEmpty();
  }

  @Test
  void callsItByWhatTookMostOfTheTime() {
    Sample parked = sample(State.WAITING, 0, "jdk.internal.misc.Unsafe.park0", HANDLER, REACTOR);
    Sample blocked = blocked(HANDLER, REACTOR);

    after(blocked, blocked, parked, parked, parked);

    assertThat(kind()).isEqualTo(Kind.PARKED);
  }

  @Test
  void isTheSameWorkAsLongAsItsOutermostMethodOfTheApplicationIs() {
    Episode episode = new Episode(blocked("com.example.Dao.read", HANDLER, REACTOR), false);

    assertThat(episode.continuesWith(blocked("com.example.Dao.write", HANDLER, REACTOR))).isTrue();
    assertThat(episode.continuesWith(blocked("com.example.Other.handle", REACTOR))).isFalse();
    assertThat(episode.continuesWith(blocked(REACTOR))).isFalse();
  }

  @Test
  void isTheSameWorkWithoutTheApplicationOnlyIfTheStackIsTheSame() {
    Episode episode = new Episode(blocked("java.nio.file.Files.read", REACTOR), false);

    assertThat(episode.continuesWith(blocked("java.nio.file.Files.read", REACTOR))).isTrue();
    assertThat(episode.continuesWith(blocked("java.nio.file.Files.list", REACTOR))).isFalse();
  }

  @Test
  void leavesToBlockHoundWhatItHasSeen() {
    Sample parked = sample(State.WAITING, 0, "java.lang.Thread.sleep", HANDLER, REACTOR);
    Episode episode = new Episode(parked, true);

    for (int i = 0; i < 10; i++) {
      episode.grow(parked, TICK, true);
    }
    episode.reportTo(test);

    assertThat(test.findings()).isEmpty();
    assertThat(episode.isSettledFor(test)).isTrue();
  }

  @Test
  void isNotHeldAgainstATestThatBeganLater() {
    Sample blocked = blocked(HANDLER, REACTOR);
    Episode episode = after(blocked, blocked, blocked, blocked);
    ObservedTest later =
        ObservedTest.begin(new TestRun("later"), new Rules(Duration.ofMillis(60), List.of()));

    episode.grow(blocked, TICK, false);
    episode.reportTo(later);
    later.end();

    assertThat(later.findings()).isEmpty();
    assertThat(episode.isSettledFor(later)).isTrue();
  }

  @Test
  void isReportedToEveryTestThatRanThenAsPossiblyItsOwn() {
    ObservedTest other =
        ObservedTest.begin(new TestRun("other"), new Rules(Duration.ofMillis(60), List.of()));
    Sample blocked = blocked(HANDLER, REACTOR);
    Episode episode = new Episode(blocked, false);
    for (int i = 0; i < 4; i++) {
      episode.grow(blocked, TICK, false);
    }

    episode.reportTo(test);
    episode.reportTo(other);
    other.end();

    assertThat(test.findings()).singleElement().matches(Finding::isShared);
    assertThat(other.findings()).singleElement().matches(Finding::isShared);
  }

  @Test
  void endsWhereTheThreadGoesOnForAnotherTest() {
    TestRun.Work before = test.run().enter();
    try {
      Episode episode = new Episode(blocked(HANDLER, REACTOR), false);
      assertThat(episode.continuesWith(blocked(HANDLER, REACTOR))).isTrue();

      new TestRun("other").enter();

      assertThat(episode.continuesWith(blocked(HANDLER, REACTOR))).isFalse();
    } finally {
      TestRun.leave(before);
    }
  }

  @Test
  void endsWithItsTask_howeverSoonTheNextOneDoesTheSame() {
    TestRun.Work before = test.run().enter();
    try {
      Episode[] episode = new Episode[1];
      Runnable task = () -> episode[0] = new Episode(blocked(HANDLER, REACTOR), false);
      Runnable next =
          () -> assertThat(episode[0].continuesWith(blocked(HANDLER, REACTOR))).isFalse();
      Runnable both =
          () -> {
            task.run();
            assertThat(episode[0].continuesWith(blocked(HANDLER, REACTOR))).isTrue();
          };
      List<Runnable> carried = List.of(TestRun.carried(both), TestRun.carried(next));
      TestRun.leave(before);

      carried.forEach(Runnable::run);
    } finally {
      TestRun.leave(before);
    }
  }

  @Test
  void endsWithItsTask_alsoWhereNobodyKnowsForWhomItRan() {
    Episode[] episode = new Episode[1];
    Runnable task = () -> episode[0] = new Episode(blocked(HANDLER, REACTOR), false);
    Runnable next = () -> assertThat(episode[0].continuesWith(blocked(HANDLER, REACTOR))).isFalse();

    TestRun.carried(task).run();
    TestRun.carried(next).run();
  }

  @Test
  void endsWhereATaskBegins_thoughNobodyKnowsWhatWasBefore() {
    Episode episode = new Episode(blocked(HANDLER, REACTOR), false);
    Runnable next = () -> assertThat(episode.continuesWith(blocked(HANDLER, REACTOR))).isFalse();

    TestRun.carried(next).run();
  }

  @Test
  void goesOnInATaskThatItRunsItself() {
    TestRun.Work before = test.run().enter();
    try {
      Episode episode = new Episode(blocked(HANDLER, REACTOR), false);

      TestRun.carried(() -> assertThat(episode.continuesWith(blocked(HANDLER, REACTOR))).isTrue())
          .run();
    } finally {
      TestRun.leave(before);
    }
  }

  @Test
  void endsWithItsSlice() throws Exception {
    try (LoopScheduler scheduler = LoopScheduler.builder("slices").loops(1).build()) {
      Episode[] episode = new Episode[1];
      Task<Boolean> ofTheSameSlice =
          Task.call(
              () -> {
                episode[0] = new Episode(blocked(HANDLER, REACTOR), false);
                return episode[0].continuesWith(blocked(HANDLER, REACTOR));
              });
      Task<Boolean> ofTheNext =
          Task.call(() -> episode[0].continuesWith(blocked(HANDLER, REACTOR)));

      assertThat(scheduler.spawn(ofTheSameSlice).toFuture().get(10, SECONDS)).isTrue();
      assertThat(scheduler.spawn(ofTheNext).toFuture().get(10, SECONDS)).isFalse();
    }
  }
}
