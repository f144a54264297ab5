/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What happens to a subscription, in every order; its scheduler is closed, so at once. */
class OutcomeSubscriptionTest {
  @RegisterExtension final Schedulers schedulers = new Schedulers();

  private final LoopScheduler scheduler = schedulers.one();

  private enum Event {
    OPEN,
    REQUEST,
    ILLEGAL_REQUEST,
    END,
    CANCEL;

    void happenTo(OutcomeSubscription subscription) {
      switch (this) {
        case OPEN -> subscription.open();
        case REQUEST -> subscription.request(1);
        case ILLEGAL_REQUEST -> subscription.request(0);
        case END -> subscription.ended();
        case CANCEL -> subscription.cancel();
      }
    }
  }

  @SuppressWarnings("ImmutableEnumChecker") // the supplier makes a task and keeps nothing
  enum Ending {
    VALUE(() -> Task.value("a"), "next a", "complete"),
    NULL(() -> Task.value(null), "complete"),
    ERROR(() -> Task.error(new IOException("x")), "error java.io.IOException: x");

    final Supplier<Task<String>> task;
    final List<String> signals;

    Ending(Supplier<Task<String>> task, String... signals) {
      this.task = task;
      this.signals = List.of(signals);
    }
  }

  @BeforeEach
  void keepHouse() {
    schedulers.keepHouse();
  }

  private CallbackThread<String> ended(Ending ending) {
    CallbackThread<String> thread = scheduler.spawn(ending.task.get());
    Deadline.outcome(thread);
    scheduler.close();
    return thread;
  }

  @ParameterizedTest
  @EnumSource
  void inEveryOrderOfEvents_signalsWhatIsDueFirst(Ending ending) {
    CallbackThread<String> thread = ended(ending);
    List<List<Event>> orders = new ArrayList<>();
    arrange(new ArrayList<>(), orders);

    assertThat(orders).hasSize(326);
    assertThat(orders)
        .allSatisfy(order -> assertThat(run(thread, order)).isEqualTo(expected(ending, order)));
  }

  private static void arrange(List<Event> order, List<List<Event>> all) {
    all.add(List.copyOf(order));
    for (Event event : Event.values()) {
      if (!order.contains(event)) {
        order.add(event);
        arrange(order, all);
        order.remove(event);
      }
    }
  }

  private static List<String> run(CallbackThread<String> thread, List<Event> order) {
    var subscriber = new TestSubscriber<String>();
    var subscription = new OutcomeSubscription(subscriber, thread);
    order.forEach(event -> event.happenTo(subscription));
    return subscriber.signals.stream().map(s -> s.replaceAll("IllegalArg.*", "ILLEGAL")).toList();
  }

  private static List<String> expected(Ending ending, List<Event> order) {
    int cancelled = at(order, Event.CANCEL);
    int open = at(order, Event.OPEN);
    int demand = ending == Ending.VALUE ? at(order, Event.REQUEST) : 0;
    int illegal = Math.max(open, at(order, Event.ILLEGAL_REQUEST));
    int due = Math.max(open, Math.max(demand, at(order, Event.END)));
    if (Math.min(due, illegal) >= cancelled) {
      return List.of();
    }
    return illegal <= due ? List.of("error java.lang.ILLEGAL") : ending.signals;
  }

  /** Its place; behind all if it does not happen. */
  private static int at(List<Event> order, Event event) {
    return order.contains(event) ? order.indexOf(event) : 100;
  }

  @Test
  void repeatedEvents_changeNothing() {
    CallbackThread<String> thread = ended(Ending.VALUE);
    var subscriber = new TestSubscriber<String>();
    var subscription = new OutcomeSubscription(subscriber, thread);

    for (Event event : List.of(Event.OPEN, Event.REQUEST, Event.END)) {
      event.happenTo(subscription);
      event.happenTo(subscription);
    }
    for (Event event : Event.values()) {
      event.happenTo(subscription);
    }

    assertThat(subscriber.signals).containsExactly("next a", "complete");
  }

  @Test
  void isStale_onceNothingWillBeSignalled() {
    CallbackThread<String> thread = ended(Ending.VALUE);
    var told = new OutcomeSubscription(new TestSubscriber<>(), thread);
    var cancelled = new OutcomeSubscription(new TestSubscriber<>(), thread);
    assertThat(told.isStale()).isFalse();

    told.open();
    told.request(1);
    told.ended();
    cancelled.cancel();

    assertThat(told.isStale()).isTrue();
    assertThat(cancelled.isStale()).isTrue();
  }

  @Test
  void open_tellsWhetherTheOutcomeIsWanted() {
    CallbackThread<String> thread = ended(Ending.VALUE);
    var wanted = new OutcomeSubscription(new TestSubscriber<>(), thread);
    var cancelled = new OutcomeSubscription(new TestSubscriber<>(), thread);
    var illegal = new OutcomeSubscription(new TestSubscriber<>(), thread);
    cancelled.cancel();
    illegal.request(-1);

    assertThat(wanted.open()).isTrue();
    assertThat(cancelled.open()).isFalse();
    assertThat(illegal.open()).isFalse();
  }
}
