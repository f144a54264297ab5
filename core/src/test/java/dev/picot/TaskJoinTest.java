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
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class TaskJoinTest {
  @RegisterExtension final Schedulers schedulers = new Schedulers();

  private final LoopScheduler scheduler = schedulers.one();
  private final AtomicReference<AsyncSink<String>> sink = new AtomicReference<>();

  /** Waits until the test completes it. */
  private CallbackThread<String> open() {
    CallbackThread<String> thread = scheduler.spawn(Task.<String>async(sink::set));
    Schedulers.settle(scheduler);
    return thread;
  }

  @Test
  void givesTheValueOfOneThatHasEnded() {
    CallbackThread<String> joined = scheduler.spawn(Task.value("a"));
    Deadline.value(joined);

    assertThat(Deadline.value(scheduler.spawn(joined.join()))).isEqualTo("a");
  }

  @Test
  void givesTheValueThatComesLater() {
    CallbackThread<String> joined = open();
    CallbackThread<String> joining = scheduler.spawn(joined.join());
    Schedulers.settle(scheduler);

    sink.get().success("a");

    assertThat(Deadline.value(joining)).isEqualTo("a");
  }

  @Test
  void mayGiveNull() {
    CallbackThread<Void> joined = scheduler.spawn(Task.done());

    assertThat(Deadline.value(scheduler.spawn(joined.join()))).isNull();
  }

  @Test
  void failsAsTheOther() {
    var failure = new IOException("disk full");
    CallbackThread<String> joined = scheduler.spawn(Task.error(failure));

    assertThat(Deadline.error(scheduler.spawn(joined.join()))).isSameAs(failure);
  }

  @Test
  void failsIfTheOtherWasCancelled() {
    CallbackThread<String> joined = open();
    CallbackThread<String> joining = scheduler.spawn(joined.join());
    Schedulers.settle(scheduler);

    joined.cancel();

    assertThat(Deadline.error(joining)).isInstanceOf(CancellationException.class);
  }

  @Test
  void cancel_doesNotCancelTheOther() {
    CallbackThread<String> joined = open();
    CallbackThread<String> joining = scheduler.spawn(joined.join());
    Schedulers.settle(scheduler);

    joining.cancel();
    assertThat(Deadline.outcome(joining)).isInstanceOf(Outcome.Cancelled.class);
    sink.get().success("a");

    assertThat(Deadline.value(joined)).isEqualTo("a");
  }

  @Test
  void timeout_doesNotCancelTheOther() {
    CallbackThread<String> joined = open();
    CallbackThread<String> joining = scheduler.spawn(joined.join().timeout(ofMillis(1)));

    assertThat(Deadline.error(joining)).isInstanceOf(TaskTimeoutException.class);
    sink.get().success("a");

    assertThat(Deadline.value(joined)).isEqualTo("a");
  }

  @Test
  void crossesSchedulers_andGoesOnAtHome() {
    LoopScheduler other = schedulers.build("payments", b -> b.loops(1));
    CallbackThread<String> joined =
        other.spawn(Task.sleep(ofMillis(1)).map(done -> Thread.currentThread().getName()));
    CallbackThread<String> joining =
        scheduler.spawn(joined.join().map(name -> name + ", " + Thread.currentThread().getName()));

    assertThat(Deadline.value(joining)).isEqualTo("payments-1, checkout-1");
  }

  @Test
  void manyMayJoinOne() {
    CallbackThread<String> joined = open();
    List<CallbackThread<String>> joining =
        IntStream.range(0, 1_000).mapToObj(i -> scheduler.spawn(joined.join())).toList();
    Schedulers.settle(scheduler);

    sink.get().success("a");

    assertThat(joining).allSatisfy(thread -> assertThat(Deadline.value(thread)).isEqualTo("a"));
  }

  @Test
  void aChainOfJoins_isStackSafe() {
    CallbackThread<String> last = open();
    CallbackThread<String> first = last;
    for (int i = 0; i < 100_000; i++) {
      last = scheduler.spawn(last.join());
    }
    Schedulers.settle(scheduler);

    sink.get().success("a");

    assertThat(Deadline.value(last)).isEqualTo("a");
    assertThat(first.state()).isEqualTo(CallbackThread.State.COMPLETED);
  }
}
