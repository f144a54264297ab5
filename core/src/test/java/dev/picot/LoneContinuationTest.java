/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What waits with a single continuation keeps it without its frame, and goes on all the same. */
class LoneContinuationTest {
  private static final Duration MOMENT = Duration.ofMillis(1);

  @RegisterExtension final Schedulers schedulers = new Schedulers();

  private final LoopScheduler scheduler = schedulers.one();

  @Test
  void map_flatMap_andThen_goOn() {
    assertThat(value(Task.sleep(MOMENT).map(slept -> "map"))).isEqualTo("map");
    assertThat(value(Task.sleep(MOMENT).flatMap(slept -> Task.value("flatMap"))))
        .isEqualTo("flatMap");
    assertThat(value(Task.sleep(MOMENT).then(Task.value("then")))).isEqualTo("then");
  }

  @Test
  void afterAFlatMap_aMapIsAMap() {
    assertThat(value(Task.sleep(MOMENT).flatMap(slept -> Task.sleep(MOMENT).map(again -> "map"))))
        .isEqualTo("map");
  }

  @Test
  void beforeAFlatMap_aMapWasAMap() {
    Task<String> both =
        Task.sleep(MOMENT)
            .map(slept -> "map")
            .flatMap(from -> Task.sleep(MOMENT).flatMap(again -> Task.value(from + " flatMap")));

    assertThat(value(both)).isEqualTo("map flatMap");
  }

  @Test
  void aResultThatIsThereBeforeTheWait_goesOnAtOnce() {
    for (int i = 0; i < 10_000; i++) {
      var sink = new AtomicReference<AsyncSink<Integer>>();
      CallbackThread<Integer> thread =
          scheduler.spawn(Task.<Integer>async(sink::set).flatMap(value -> Task.value(value + 1)));
      while (sink.get() == null) {
        Thread.onSpinWait();
      }
      assertThat(sink.get().success(i)).isTrue();
      assertThat(Deadline.value(thread)).isEqualTo(i + 1);
    }
  }

  @Test
  void aWaitThatIsCancelledBeforeItBegins_endsIt() {
    List<String> steps = new ArrayList<>();
    CallbackThread<String> thread =
        scheduler.spawn(
            Task.run(() -> CallbackThread.current().orElseThrow().cancel())
                .then(Task.sleep(Duration.ofDays(1)))
                .map(slept -> "slept")
                .doOnSuccess(steps::add));

    assertThat(Deadline.outcome(thread)).isInstanceOf(Outcome.Cancelled.class);
    assertThat(steps).isEmpty();
  }

  @Test
  void theDump_namesIt() {
    CallbackThread<String> thread =
        scheduler.spawn(Task.sleep(Duration.ofDays(1)).map(LoneContinuationTest::next));
    Schedulers.settle(scheduler);

    assertThat(scheduler.inspect().callbackThread(thread).step())
        .contains(LoneContinuationTest.class.getSimpleName());
  }

  private static String next(Object slept) {
    return "next";
  }

  private String value(Task<String> task) {
    return Deadline.value(scheduler.spawn(task));
  }
}
