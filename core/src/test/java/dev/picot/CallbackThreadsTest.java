/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static dev.picot.CallbackThreads.Role.AUX;
import static dev.picot.CallbackThreads.Role.DETACHED;
import static dev.picot.CallbackThreads.Role.ELASTIC;
import static dev.picot.CallbackThreads.Role.LOG;
import static dev.picot.CallbackThreads.Role.LOOP;
import static dev.picot.CallbackThreads.Role.STANDBY;
import static dev.picot.CallbackThreads.Role.TRACE;
import static dev.picot.CallbackThreads.Role.WATCHDOG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.LIST;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class CallbackThreadsTest {
  @RegisterExtension final Schedulers schedulers = new Schedulers();

  /** As in {@code LOOP checkout-1 of checkout-1}; where the number is chance there is an n. */
  private static List<String> census() {
    return CallbackThreads.census().stream()
        .map(
            thread ->
                thread.role()
                    + " "
                    + (thread.role() == STANDBY || thread.role() == ELASTIC
                        ? thread.name().replaceAll("\\d+", "n")
                        : thread.name())
                    + " of "
                    + thread.owner())
        .toList();
  }

  private static void awaitCensus(String... expected) {
    long until = System.nanoTime() + Deadline.LIMIT.toNanos();
    while (!census().equals(List.of(expected)) && System.nanoTime() < until) {
      Takeovers.rest(1_000_000);
    }
    assertThat(census()).containsExactly(expected);
  }

  @Test
  void withoutASchedulers_thereIsNoThread() {
    awaitCensus();

    assertThat(CallbackThreads.schedulers()).isEmpty();
    assertThat(CallbackThreads.dump()).isEqualTo("platform threads:\n");
  }

  @Test
  void theCensus_isExact_beforeAndAfterATakeover_andAfterClosing() {
    LoopScheduler orders = schedulers.build("orders", b -> b.loops(2));
    LoopScheduler taken = schedulers.build("taken", b -> Takeovers.onDemand("taken"));
    awaitCensus(
        LOOP + " orders-1 of orders-1",
        LOOP + " orders-2 of orders-2",
        LOOP + " taken-1 of taken-1",
        WATCHDOG + " picot-watchdog of ",
        AUX + " picot-aux of ",
        STANDBY + " picot-standby-n of ",
        LOG + " picot-log of ");

    Gate gate = schedulers.gate();
    CallbackThread<?> blocking = orders.spawn(Task.blockingRun(gate::pass));
    Gate stuck = schedulers.gate();
    CallbackThread<?> thread = taken.spawn(Task.run(stuck::pass));
    Takeovers.untilDetached(taken, thread);
    awaitCensus(
        LOOP + " orders-1 of orders-1",
        LOOP + " orders-2 of orders-2",
        LOOP + " taken-1.1 of taken-1",
        DETACHED + " taken-1 of taken-1",
        ELASTIC + " orders-elastic-n of orders",
        WATCHDOG + " picot-watchdog of ",
        AUX + " picot-aux of ",
        STANDBY + " picot-standby-n of ",
        LOG + " picot-log of ");

    stuck.open();
    gate.open();
    Deadline.value(blocking);
    orders.closeNow();
    awaitCensus(
        LOOP + " taken-1.1 of taken-1",
        WATCHDOG + " picot-watchdog of ",
        AUX + " picot-aux of ",
        STANDBY + " picot-standby-n of ",
        LOG + " picot-log of ");

    taken.closeNow();
    awaitCensus();
  }

  @Test
  void theCensus_names_whatTracesNeed() {
    LoopScheduler one = schedulers.one();
    Trace trace = one.inspect().trace(event -> {});
    Takeovers.until(
        one,
        "its thread lives",
        () -> CallbackThreads.census().stream().anyMatch(t -> t.role() == TRACE));

    trace.close();

    awaitCensus(
        LOOP + " checkout-1 of checkout-1",
        WATCHDOG + " picot-watchdog of ",
        AUX + " picot-aux of ",
        STANDBY + " picot-standby-n of ",
        LOG + " picot-log of ");
  }

  @Test
  void theSchedulers_areThoseThatHaveNotEnded() {
    LoopScheduler first = schedulers.build("first", b -> b.loops(1));
    LoopScheduler second = schedulers.build("second", b -> b.loops(1));

    assertThat(CallbackThreads.schedulers()).containsExactly(first, second);
    first.close();
    assertThat(CallbackThreads.schedulers()).containsExactly(second);
  }

  @Test
  void theDump_isThatOfAllSchedulers_withTheCensus() {
    LoopScheduler first = schedulers.build("first", b -> b.loops(1));
    LoopScheduler second = schedulers.build("second", b -> b.loops(1));
    first.spawn("one", Task.never());
    second.spawn("other", Task.never());
    Schedulers.settle(first);
    Schedulers.settle(second);

    assertThat(CallbackThreads.dump())
        .contains(
            "LOOP 'first-1' of 'first-1'",
            "WATCHDOG 'picot-watchdog'",
            "scheduler 'first': 1 live",
            "'one' WAITING on first-1",
            "scheduler 'second': 1 live",
            "'other' WAITING on second-1");
    assertThat(Json.parse(CallbackThreads.dumpJson()))
        .extracting("schedulers", LIST)
        .extracting("scheduler")
        .containsExactly("first", "second");
  }
}
