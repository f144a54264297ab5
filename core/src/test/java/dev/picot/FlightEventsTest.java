/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static java.time.Duration.ofMillis;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** What Java Flight Recorder sees. */
class FlightEventsTest {
  @RegisterExtension final Schedulers schedulers = new Schedulers();

  @TempDir Path directory;

  private List<RecordedEvent> eventsOf(Recording recording, String name) throws IOException {
    Path file = directory.resolve("events.jfr");
    recording.stop();
    recording.dump(file);
    return RecordingFile.readAllEvents(file).stream()
        .filter(event -> event.getEventType().getName().equals(name))
        .toList();
  }

  @Test
  void aSliceOverTheThreshold_isRecorded_andNoOther() throws IOException {
    LoopScheduler scheduler = schedulers.one();
    try (Recording recording = new Recording()) {
      recording.enable("dev.picot.Slice").withThreshold(ofMillis(1_200));
      recording.start();
      for (int i = 0; i < 64; i++) { // then every slice is timed
        Deadline.value(scheduler.spawn(Task.done()));
      }
      Deadline.value(scheduler.spawn("slow", Task.run(() -> Takeovers.rest(1_300_000_000))));
      Schedulers.settle(scheduler);

      assertThat(eventsOf(recording, "dev.picot.Slice"))
          .singleElement()
          .satisfies(
              event -> {
                assertThat(event.getString("scheduler")).isEqualTo("checkout");
                assertThat(event.getString("loop")).isEqualTo("checkout-1");
                assertThat(event.getString("task")).isEqualTo("callback thread 'slow'");
                assertThat(event.getString("callbackThread")).isEqualTo("slow");
                assertThat(event.getString("step")).isEqualTo("slow");
                assertThat(event.getString("provenance")).isNull();
                assertThat(event.getDuration()).isGreaterThanOrEqualTo(ofMillis(1_200));
              });
    }
  }

  @Test
  void theFirstSliceOfALoop_thatIsMadeMeanwhile_isRecorded_withTheNamesThatAllOfItWasIn()
      throws IOException {
    try (Recording recording = new Recording()) {
      recording.enable("dev.picot.Slice").withThreshold(Duration.ZERO);
      recording.start();
      Task<Void> price = Task.run(() -> {}).named("price");
      try (ManualLoops manual = LoopScheduler.builder("manual").manualInVirtualTime()) {
        var unused =
            manual
                .scheduler()
                .spawn(
                    "order",
                    price.then(Task.yieldNow().then(price).named("ship")).then(Task.done()));
        manual.runUntilIdle(); // in no time, so no slice is too long
      }

      assertThat(eventsOf(recording, "dev.picot.Slice"))
          .filteredOn(event -> "order".equals(event.getString("callbackThread")))
          .extracting(event -> event.getString("step"))
          .containsExactly("order", "order");
    }
  }

  @Test
  void stall_takeoverAndFailedStall_areRecorded() throws IOException {
    LoopScheduler scheduler =
        schedulers.build(
            "taken",
            b ->
                Takeovers.failingAfter("taken", ofMillis(1_400))
                    .watchdog(
                        w ->
                            w.warnAfter(ofMillis(1_200))
                                .takeoverAfter(ofMillis(1_300))
                                .quiet(Duration.ZERO)));
    try (Recording recording = new Recording()) {
      recording.enable("dev.picot.Stall");
      recording.enable("dev.picot.Takeover");
      recording.enable("dev.picot.FailedStall");
      recording.start();
      StuckStep stuck = new StuckStep();
      CallbackThread<?> thread = scheduler.spawn("report", Task.run(stuck));
      assertThat(Deadline.error(thread)).isInstanceOf(LoopStalledException.class);
      stuck.releaseAndAwait();

      for (String name :
          List.of("dev.picot.Stall", "dev.picot.Takeover", "dev.picot.FailedStall")) {
        assertThat(eventsOf(recording.copy(false), name))
            .as(name)
            .singleElement()
            .satisfies(
                event -> {
                  assertThat(event.getString("task")).isEqualTo("callback thread 'report'");
                  assertThat(event.getString("thread")).isEqualTo("taken-1");
                  assertThat(event.getDuration("held")).isGreaterThanOrEqualTo(ofMillis(1_200));
                });
      }
    }
  }

  @Test
  void aHop_isRecorded() throws IOException {
    LoopScheduler scheduler = schedulers.one();
    try (Recording recording = new Recording()) {
      recording.enable("dev.picot.Hop").withThreshold(Duration.ZERO);
      recording.start();
      Deadline.value(scheduler.spawn("price", Task.blockingRun(() -> {})));

      assertThat(eventsOf(recording, "dev.picot.Hop"))
          .singleElement()
          .satisfies(
              event -> {
                assertThat(event.getString("task")).isEqualTo("price");
                assertThat(event.getString("call")).isEqualTo("dev.picot.FlightEventsTest");
                assertThat(event.getThread().getJavaName()).startsWith("checkout-elastic-");
              });
    }
  }

  @Test
  void aRefusal_isRecorded() throws IOException {
    LoopScheduler scheduler = schedulers.one();
    scheduler.inspect().suspend();
    try (Recording recording = new Recording()) {
      recording.enable("dev.picot.Refused");
      recording.start();
      assertThatThrownBy(() -> scheduler.spawn(Task.done()))
          .isInstanceOf(AdmissionRefusedException.class);

      assertThat(eventsOf(recording, "dev.picot.Refused"))
          .singleElement()
          .satisfies(event -> assertThat(event.getString("reason")).contains("it is suspended"));
    }
  }

  @Test
  void withoutTheModuleOfTheRecorder_everythingElseWorks() throws Exception {
    Process program =
        new ProcessBuilder(
                System.getProperty("java.home") + File.separator + "bin" + File.separator + "java",
                "--limit-modules",
                "java.base,java.management,java.logging",
                "-cp",
                System.getProperty("java.class.path"),
                WithoutRecorder.class.getName())
            .redirectErrorStream(true)
            .start();
    String output = new String(program.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(program.waitFor(1, TimeUnit.MINUTES)).isTrue();
    assertThat(output).contains("no recorder: hopped, refused, closed");
  }

  /** A program for a virtual machine without {@code jdk.jfr}. */
  static final class WithoutRecorder {
    private WithoutRecorder() {}

    public static void main(String[] arguments) throws Exception {
      if (ModuleLayer.boot().findModule("jdk.jfr").isPresent()) {
        throw new AssertionError("jdk.jfr is there");
      }
      StringBuilder told = new StringBuilder("no recorder: ");
      try (LoopScheduler scheduler =
          LoopScheduler.builder("bare").loops(1).maxCallbackThreads(1).build()) {
        for (int i = 0; i < 100; i++) {
          told.setLength("no recorder: ".length());
          told.append(scheduler.spawn(Task.blocking(() -> "hopped")).block(Deadline.LIMIT));
          while (scheduler.stats().live() > 0) {
            Thread.onSpinWait();
          }
        }
        CallbackThread<?> only = scheduler.spawn(Task.never());
        try {
          throw new AssertionError("admitted " + scheduler.spawn(Task.done()));
        } catch (AdmissionRefusedException e) {
          told.append(", refused");
        }
        only.cancel();
      }
      System.out.println(told.append(", closed"));
    }
  }
}
