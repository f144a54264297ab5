/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InspectionTest {
  @RegisterExtension final Schedulers schedulers = new Schedulers();

  private final LoopScheduler scheduler = schedulers.one();

  private List<CallbackThreadInfo> infos() {
    return scheduler.inspect().callbackThreads();
  }

  private CallbackThreadInfo info(CallbackThread<?> thread) {
    Schedulers.settle(scheduler);
    return infos().stream().filter(i -> i.id() == thread.id()).findFirst().orElseThrow();
  }

  @Test
  void nothingLive_isAnEmptyList() {
    Deadline.value(scheduler.spawn(Task.done()));

    assertThat(infos()).isEmpty();
  }

  @Test
  void theLiveOnes_areListedOnceEach_byId() {
    List<Long> ids = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      ids.add(scheduler.spawn(i % 2 == 0 ? Task.never() : Task.sleep(ofSeconds(1_000))).id());
    }
    Schedulers.settle(scheduler);

    assertThat(infos()).extracting(CallbackThreadInfo::id).containsExactlyElementsOf(ids);
  }

  @Test
  void anEntry_tellsWhoItIsAndWhereItRuns() {
    CallbackThread<?> thread = scheduler.spawn(Task.never().named("price").named("order"));

    CallbackThreadInfo info = info(thread);

    assertThat(info.name()).isEqualTo("order");
    assertThat(info.path()).isEqualTo("order > price");
    assertThat(info.loop()).isEqualTo("checkout-1");
    assertThat(info.state()).isEqualTo(CallbackThread.State.WAITING);
    assertThat(info.detachedOn()).isEmpty();
  }

  @Test
  void anEntry_tellsForHowLong() {
    VirtualTicker ticker = VirtualTicker.onTick();
    LoopScheduler timed = schedulers.build("timed", b -> b.loops(1).ticker(ticker));
    ticker.hold();
    timed.spawn(Task.sleep(ofSeconds(10)).then(Task.never()));
    CallbackThread<?> later = timed.spawn(Task.sleep(ofMillis(10_150)));
    Schedulers.settle(timed);
    ticker.release();
    Deadline.value(later);

    CallbackThreadInfo info = timed.inspect().callbackThreads().get(0);

    assertThat(info.age()).isCloseTo(ofMillis(10_150), ofMillis(256));
    assertThat(info.waited()).isEqualTo(ofMillis(150));
  }

  @Test
  void waitsForTime() {
    assertThat(info(scheduler.spawn(Task.sleep(ofSeconds(1_000)))).waitsFor()).isEqualTo("time");
  }

  @Test
  void waitsForTime_farAway() {
    assertThat(info(scheduler.spawn(Task.sleep(Duration.ofDays(1_000)))).waitsFor())
        .isEqualTo("time");
  }

  @Test
  void waitsForCancellation() {
    assertThat(info(scheduler.spawn(Task.never())).waitsFor()).isEqualTo("cancellation");
  }

  @Test
  void waitsForAPublisher() {
    assertThat(info(scheduler.spawn(Task.await(new ManualPublisher<>()))).waitsFor())
        .isEqualTo("publisher dev.picot.ManualPublisher");
  }

  @Test
  void waitsForAStage() {
    CompletionStage<String> stage = new CompletableFuture<>();

    assertThat(info(scheduler.spawn(Task.await(stage))).waitsFor())
        .isEqualTo("stage java.util.concurrent.CompletableFuture");
  }

  @Test
  void waitsForACallback() {
    assertThat(info(scheduler.spawn(Task.async(sink -> {}))).waitsFor())
        .isEqualTo("callback of dev.picot.InspectionTest");
  }

  @Test
  void waitsForACallbackThread() {
    CallbackThread<?> other = scheduler.spawn("payment", Task.never());

    assertThat(info(scheduler.spawn(other.join())).waitsFor())
        .isEqualTo("callback thread 'payment'");
  }

  @Test
  void waitsForABlockingCall() {
    Gate gate = schedulers.gate();
    CallbackThread<?> away = scheduler.spawn(Task.blockingRun(gate::pass));
    gate.awaitArrival();

    assertThat(info(away).waitsFor()).isEqualTo("blocking call dev.picot.InspectionTest");
  }

  @Test
  void waitsForAMappedBlockingCall() {
    Gate gate = schedulers.gate();
    CallbackThread<?> away =
        scheduler.spawn(
            Task.value("a")
                .mapBlocking(
                    text -> {
                      gate.pass();
                      return text;
                    }));
    gate.awaitArrival();

    assertThat(info(away).waitsFor()).isEqualTo("blocking call dev.picot.InspectionTest");
  }

  @Test
  void whatIsReady_isActiveAndWaitsForNothing() {
    Gate gate = schedulers.gate();
    scheduler.spawn(Task.run(gate::pass));
    gate.awaitArrival();
    CallbackThread<?> ready = scheduler.spawn(Task.done());

    assertThat(infos())
        .filteredOn(i -> i.id() == ready.id())
        .singleElement()
        .satisfies(
            info -> {
              assertThat(info.state()).isEqualTo(CallbackThread.State.ACTIVE);
              assertThat(info.waitsFor()).isEmpty();
              assertThat(info.waited()).isZero();
            });
  }

  @Test
  void whileTheLoopIsStuck_everybodyIsListedOnce() {
    CallbackThread<?> waiting = scheduler.spawn("waiting", Task.never());
    CallbackThread<?> sleeping = scheduler.spawn("sleeping", Task.sleep(ofSeconds(1_000)));
    CallbackThread<?> woken = scheduler.spawn("woken", Task.never());
    CallbackThread<?> wokenSleeper = scheduler.spawn("sleeper", Task.sleep(ofSeconds(1_000)));
    Schedulers.settle(scheduler);
    Gate gate = schedulers.gate();
    CallbackThread<?> stuck = scheduler.spawn("stuck", Task.run(gate::pass));
    gate.awaitArrival();
    CallbackThread<?> posted = scheduler.spawn("posted", Task.done());
    woken.cancel();
    wokenSleeper.cancel();

    assertThat(infos())
        .extracting(CallbackThreadInfo::id)
        .containsExactlyInAnyOrder(
            waiting.id(), sleeping.id(), woken.id(), wokenSleeper.id(), stuck.id(), posted.id());
  }

  @Test
  void whileTheLoopIsBusy_itAnswersItself() {
    CallbackThread<?> busy = scheduler.spawn(yields());
    CallbackThread<?> waiting = scheduler.spawn(Task.never());
    Schedulers.passTurn(scheduler);

    for (int i = 0; i < 1_000; i++) {
      assertThat(infos())
          .extracting(CallbackThreadInfo::id)
          .containsExactlyInAnyOrder(busy.id(), waiting.id());
    }

    busy.cancel();
  }

  @Test
  void onALoop_itLooksWithoutWaiting() {
    LoopScheduler other = schedulers.build("other", b -> b.loops(1));
    CallbackThread<?> waiting = scheduler.spawn(Task.never());
    Schedulers.settle(scheduler);

    List<CallbackThreadInfo> seen = Deadline.value(other.spawn(Task.call(this::infos)));

    assertThat(seen).extracting(CallbackThreadInfo::id).containsExactly(waiting.id());
  }

  @Test
  void onItsOwnLoop_itSeesItself() {
    CallbackThread<List<CallbackThreadInfo>> thread = scheduler.spawn(Task.call(this::infos));

    assertThat(Deadline.value(thread))
        .extracting(CallbackThreadInfo::id)
        .containsExactly(thread.id());
  }

  @Test
  void afterClosing_itIsEmpty() {
    scheduler.close();

    assertThat(infos()).isEmpty();
    assertThat(scheduler.inspect().dump()).startsWith("scheduler 'checkout': 0 live on 1 loops");
  }

  @Test
  void theDump_isReadable() {
    CallbackThread<?> thread = scheduler.spawn("order", Task.never().named("price"));
    Schedulers.settle(scheduler);

    assertThat(scheduler.inspect().dump().lines())
        .satisfiesExactly(
            line ->
                assertThat(line)
                    .isEqualTo(
                        "scheduler 'checkout': 1 live on 1 loops, 0 waiting for admission,"
                            + " 0 completed, 0 failed, 0 cancelled, 0 refused"),
            line ->
                assertThat(line)
                    .isEqualTo(
                        "elastic pool: 0 threads, 0 active, 0 queued, 0 completed, 0 rejected"),
            line -> assertThat(line).isEqualTo("takeovers: 0, detached now: 0, migrations: 0"),
            line ->
                assertThat(line)
                    .matches(
                        "loop checkout-1: \\d+ ready, \\d+ waiting, 0 timers, \\d+ slices,"
                            + " \\d+% used, 0 stalls, 0 takeovers, lag 0/0/0 us of 0,"
                            + " hold 0/0/0 us of 0"),
            line ->
                assertThat(line)
                    .matches(
                        "#"
                            + thread.id()
                            + " 'order > price' WAITING on checkout-1, age \\d+ ms,"
                            + " waits for cancellation since \\d+ ms"));
  }

  @Test
  void theDump_showsStuckTasksThatAreNoCallbackThreads() {
    LoopScheduler small =
        schedulers.build(
            "small", b -> b.loops(1).watchdog(w -> w.takeoverAfter(Duration.ofMillis(100))));
    Gate gate = schedulers.gate();
    small.executor().execute(gate::pass);
    Takeovers.until(
        small, "the new owner has begun", () -> small.inspect().dump().contains("DETACHED"));

    assertThat(small.inspect().dump().lines())
        .anyMatch(
            line ->
                line.matches(
                    "executor task \\S+ DETACHED from small-1, on 'small-1' since \\d+ ms"));
    assertThat(Json.parse(small.inspect().dumpJson()))
        .extracting("detachedTasks", InstanceOfAssertFactories.LIST)
        .singleElement(InstanceOfAssertFactories.map(String.class, Object.class))
        .contains(entry("loop", "small-1"), entry("detachedOn", "small-1"))
        .containsKeys("what", "stuckMillis");
    gate.open();
    Takeovers.until(small, "the task has returned", () -> small.stats().detached() == 0);
    assertThat(small.inspect().dump()).doesNotContain("DETACHED");
  }

  @Test
  void theJsonDump_tellsTheSame() {
    CallbackThread<?> thread = scheduler.spawn("order", Task.never().named("price"));
    Schedulers.settle(scheduler);

    Object json = Json.parse(scheduler.inspect().dumpJson());

    assertThat(json)
        .asInstanceOf(InstanceOfAssertFactories.map(String.class, Object.class))
        .contains(
            entry("scheduler", "checkout"),
            entry("suspended", false),
            entry("loops", 1L),
            entry("live", 1L),
            entry("waiting", 0L),
            entry("completed", 0L),
            entry("failed", 0L),
            entry("cancelled", 0L),
            entry("refused", 0L),
            entry("takeovers", 0L),
            entry("detached", 0L),
            entry("migrations", 0L),
            entry(
                "elastic",
                Map.of("threads", 0L, "active", 0L, "queued", 0L, "completed", 0L, "rejected", 0L)))
        .extractingByKey("callbackThreads", InstanceOfAssertFactories.LIST)
        .singleElement(InstanceOfAssertFactories.map(String.class, Object.class))
        .contains(
            entry("id", thread.id()),
            entry("name", "order"),
            entry("path", "order > price"),
            entry("state", "WAITING"),
            entry("loop", "checkout-1"),
            entry("waitsFor", "cancellation"),
            entry("suspended", false),
            entry("step", ""),
            entry("awayOn", ""),
            entry("detachedOn", ""))
        .containsKeys("ageMillis", "waitedMillis");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a\"b\\c/",
        "line\nbreak\ttab\r\u0000\u001f",
        "%s %d %n",
        "{0} {name}",
        "\u00e4\u4e2d\u2028",
        "\ud83d\ude00",
        "half \ud83d",
        "</script>"
      })
  void theJsonDump_keepsOddNames(String name) {
    scheduler.spawn(name, Task.never());
    Schedulers.settle(scheduler);

    Object json = Json.parse(scheduler.inspect().dumpJson());

    assertThat(json)
        .extracting("callbackThreads", InstanceOfAssertFactories.LIST)
        .singleElement()
        .extracting("name")
        .isEqualTo(name);
  }

  @Test
  void theDump_keepsOneLineForEach_whateverTheirNames() {
    scheduler.spawn("order\n#1 'forged' WAITING", Task.never());
    scheduler.spawn("%s %n", Task.never());
    Schedulers.settle(scheduler);

    assertThat(scheduler.inspect().dump().lines()).hasSize(6);
  }

  @Test
  void dumps_areTheSameInEveryLocale() {
    Locale before = Locale.getDefault();
    scheduler.spawn(Task.never());
    Schedulers.settle(scheduler);
    Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
    try {
      Object unused = Json.parse(scheduler.inspect().dumpJson());

      assertThat(scheduler.inspect().dump()).startsWith("scheduler 'checkout': 1 live on 1 loops");
    } finally {
      Locale.setDefault(before);
    }
  }

  @Test
  void aDumpWithManyThreads_isComplete() {
    for (int i = 0; i < 10_000; i++) {
      scheduler.spawn(i % 2 == 0 ? Task.never() : Task.sleep(ofSeconds(1_000 + i)));
    }
    Schedulers.settle(scheduler);

    assertThat(infos()).hasSize(10_000);
  }

  private static Task<Void> yields() {
    return Task.yieldNow().flatMap(done -> yields());
  }
}
