/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class TaskNamedTest {
  @RegisterExtension final Schedulers schedulers = new Schedulers();

  private final LoopScheduler scheduler = schedulers.one();
  private final List<String> paths = new ArrayList<>();

  /** Notes where it is. */
  private Task<Void> note() {
    return Task.run(
        () -> paths.add(CallbackThread.current().flatMap(CallbackThread::path).orElse("-")));
  }

  @Test
  void theOutermostName_isTheNameOfTheCallbackThread() {
    CallbackThread<?> thread = scheduler.spawn(Task.never().named("price").named("order"));

    assertThat(thread.name()).isEqualTo("order");
    Schedulers.settle(scheduler);
    assertThat(thread.name()).isEqualTo("order");
  }

  @Test
  void theOutermostName_staysAfterTheEnd() {
    CallbackThread<?> thread = scheduler.spawn(Task.done().named("order"));
    Deadline.value(thread);

    assertThat(thread.name()).isEqualTo("order");
    assertThat(thread.path()).contains("order");
  }

  @Test
  void spawnWithName_isAnOutermostName() {
    CallbackThread<?> thread = scheduler.spawn("order", note().named("price"));
    Deadline.value(thread);

    assertThat(thread.name()).isEqualTo("order");
    assertThat(paths).containsExactly("order > price");
  }

  @Test
  void withoutName_itIsTheSchedulerAndAnId() {
    CallbackThread<?> thread = scheduler.spawn(note());
    Deadline.value(thread);

    assertThat(thread.name()).isEqualTo("checkout#" + thread.id());
    assertThat(thread.path()).isEqualTo(Optional.empty());
    assertThat(paths).containsExactly("-");
  }

  @Test
  void ids_areUnique() {
    CallbackThread<?> one = scheduler.spawn(Task.done());
    CallbackThread<?> other = scheduler.spawn(Task.done());

    assertThat(one.id()).isNotEqualTo(other.id()).isEqualTo(one.id());
  }

  @Test
  void aPath_growsAndShrinksWithTheTasks() {
    Task<Void> price = note().named("price");
    Task<Void> order = note().then(price).then(note()).then(price).then(note());

    Deadline.value(scheduler.spawn(order.named("order")));

    assertThat(paths).containsExactly("order", "order > price", "order", "order > price", "order");
  }

  @Test
  void aPath_isThereInTheStepsOfTheNamedTaskOnly() {
    Deadline.value(scheduler.spawn(note().then(note().named("inner")).then(note())));

    assertThat(paths).containsExactly("-", "inner", "-");
  }

  @Test
  void aPath_isKeptOverWaits() {
    Task<Void> task =
        Task.blocking(() -> 1)
            .then(note())
            .then(Task.yieldNow())
            .then(note())
            .timeout(ofSeconds(100))
            .named("inner")
            .named("outer");

    Deadline.value(scheduler.spawn(task));

    assertThat(paths).containsExactly("outer > inner", "outer > inner");
  }

  @Test
  void aPath_isLeftByAnError() {
    Task<Void> task =
        Task.<Void>error(new IllegalStateException("x"))
            .named("inner")
            .onErrorResume(e -> note())
            .named("outer");

    Deadline.value(scheduler.spawn(task));

    assertThat(paths).containsExactly("outer");
  }

  @Test
  void finalizers_seeTheirOwnPath() {
    CallbackThread<?> thread =
        scheduler.spawn(
            Task.using(Task.value(1), a -> Task.never().named("use"), (a, outcome) -> note())
                .named("order"));
    Schedulers.settle(scheduler);
    assertThat(thread.path()).contains("order > use");

    thread.cancel();
    Deadline.outcome(thread);

    assertThat(paths).containsExactly("order");
  }

  @Test
  void toString_tellsNameAndState() {
    CallbackThread<?> thread = scheduler.spawn("order", Task.never());
    Schedulers.settle(scheduler);

    assertThat(thread).hasToString("CallbackThread[order, WAITING]");
  }
}
