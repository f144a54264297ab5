/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.LoopScheduler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** One step of an operator gets stuck on the only loop there is. */
class StuckOperatorsTest {
  private static final int STUCK_AT = 30;

  @RegisterExtension private final Loops loops = new Loops();

  private final LoopScheduler scheduler =
      loops.make(
          "one",
          builder -> builder.loops(1).watchdog(w -> w.takeoverAfter(Duration.ofMillis(100))));

  private final Scheduler view = CallbackSchedulers.of(scheduler);
  private final CountDownLatch reached = new CountDownLatch(1);
  private final CountDownLatch gate = new CountDownLatch(1);

  @AfterEach
  void openTheGate() {
    gate.countDown();
  }

  /** Sees the items of one stream, and gets stuck at one of them. */
  private final class Witness {
    final List<Integer> seen = new CopyOnWriteArrayList<>();
    final AtomicInteger overlaps = new AtomicInteger();
    private final AtomicBoolean inside = new AtomicBoolean();

    void see(int item) {
      if (!inside.compareAndSet(false, true)) {
        overlaps.incrementAndGet();
      }
      seen.add(item);
      getStuckAt(item);
      inside.set(false);
    }
  }

  private void getStuckAt(int item) {
    if (item == STUCK_AT) {
      reached.countDown();
      Blockers.pass(gate);
    }
  }

  private void awaitTakeover() throws InterruptedException {
    Loops.await(reached);
    Loops.awaitDetached(scheduler);
  }

  /** Whoever has another Worker, and whoever needs a timer. */
  private void othersGoOn() {
    Flux<Integer> others =
        Flux.range(0, 100).publishOn(view).concatWith(Mono.just(100).delayElement(MILLI, view));
    assertThat(others.collectList().block(Loops.PATIENCE)).isEqualTo(numbers(0, 101));
  }

  private static final Duration MILLI = Duration.ofMillis(1);

  private static List<Integer> numbers(int from, int to) {
    return IntStream.range(from, to).boxed().toList();
  }

  @Test
  void publishOn_stuckInASubscriber_goesOnInOrderAfterIt() throws Exception {
    Witness witness = new Witness();
    var end =
        Flux.range(0, 1_000)
            .hide()
            .subscribeOn(Schedulers.parallel())
            .publishOn(view)
            .doOnNext(witness::see)
            .then(Mono.just("completed"))
            .toFuture();

    awaitTakeover();
    othersGoOn();
    assertThat(witness.seen).isEqualTo(numbers(0, STUCK_AT + 1));
    gate.countDown();

    assertThat(Mono.fromFuture(end).block(Loops.PATIENCE)).isEqualTo("completed");
    assertThat(witness.seen).isEqualTo(numbers(0, 1_000));
    assertThat(witness.overlaps).hasValue(0);
  }

  @Test
  void publishOn_stuckInASubscriber_isCancelledMeanwhile() throws Exception {
    Witness witness = new Witness();
    AtomicBoolean cancelled = new AtomicBoolean();
    var subscription =
        Flux.range(0, 1_000)
            .hide()
            .doOnCancel(() -> cancelled.set(true))
            .publishOn(view)
            .subscribe(witness::see);

    awaitTakeover();
    subscription.dispose();
    othersGoOn();
    gate.countDown();

    Loops.await(() -> scheduler.stats().detached() == 0);
    othersGoOn();
    assertThat(cancelled).isTrue();
    assertThat(witness.seen).isEqualTo(numbers(0, STUCK_AT + 1));
  }

  @Test
  void flatMap_stuckInOneInner_passesTheOthersOn() throws Exception {
    List<Integer> arrived = new CopyOnWriteArrayList<>();
    var end =
        Flux.range(0, 100)
            .flatMap(
                item ->
                    Mono.fromCallable(
                            () -> {
                              getStuckAt(item);
                              return item;
                            })
                        .subscribeOn(view),
                16)
            .doOnNext(arrived::add)
            .then(Mono.just("completed"))
            .toFuture();

    awaitTakeover();
    Loops.await(() -> arrived.size() == 99);
    assertThat(arrived).doesNotContain(STUCK_AT);
    assertThat(end).isNotDone();
    gate.countDown();

    assertThat(Mono.fromFuture(end).block(Loops.PATIENCE)).isEqualTo("completed");
    assertThat(arrived).containsExactlyInAnyOrderElementsOf(numbers(0, 100));
  }

  @Test
  void flatMap_stuckInItsSubscriber_losesAndDoublesNothing() throws Exception {
    Witness witness = new Witness();
    var end =
        Flux.range(0, 100)
            .flatMap(item -> Mono.fromCallable(() -> item).subscribeOn(view), 16)
            .doOnNext(witness::see)
            .then(Mono.just("completed"))
            .toFuture();

    awaitTakeover();
    othersGoOn();
    assertThat(witness.seen.get(witness.seen.size() - 1)).isEqualTo(STUCK_AT);
    gate.countDown();

    assertThat(Mono.fromFuture(end).block(Loops.PATIENCE)).isEqualTo("completed");
    assertThat(witness.seen).containsExactlyInAnyOrderElementsOf(numbers(0, 100));
    assertThat(witness.overlaps).hasValue(0);
  }

  @Test
  void groupBy_stuckInOneGroup_goesOnWithTheOthers() throws Exception {
    Map<Integer, Witness> groups = new ConcurrentHashMap<>();
    for (int key = 0; key < 3; key++) {
      groups.put(key, new Witness());
    }
    var end =
        Flux.range(0, 300)
            .groupBy(item -> item % 3, 512)
            .flatMap(
                group -> group.publishOn(view).doOnNext(item -> groups.get(group.key()).see(item)))
            .then(Mono.just("completed"))
            .toFuture();

    awaitTakeover();
    Loops.await(() -> groups.get(1).seen.size() == 100 && groups.get(2).seen.size() == 100);
    assertThat(groups.get(STUCK_AT % 3).seen).hasSize(STUCK_AT / 3 + 1);
    gate.countDown();

    assertThat(Mono.fromFuture(end).block(Loops.PATIENCE)).isEqualTo("completed");
    groups.forEach(
        (key, witness) -> {
          assertThat(witness.seen)
              .isEqualTo(IntStream.range(0, 100).map(i -> 3 * i + key).boxed().toList());
          assertThat(witness.overlaps).hasValue(0);
        });
  }

  @Test
  void delayElements_stuckInASubscriber_goesOnInOrderAfterIt() throws Exception {
    Witness witness = new Witness();
    var end =
        Flux.range(STUCK_AT - 3, 20)
            .delayElements(MILLI, view)
            .doOnNext(witness::see)
            .then(Mono.just("completed"))
            .toFuture();

    awaitTakeover();
    othersGoOn();
    assertThat(witness.seen).isEqualTo(numbers(STUCK_AT - 3, STUCK_AT + 1));
    gate.countDown();

    assertThat(Mono.fromFuture(end).block(Loops.PATIENCE)).isEqualTo("completed");
    assertThat(witness.seen).isEqualTo(numbers(STUCK_AT - 3, STUCK_AT + 17));
    assertThat(witness.overlaps).hasValue(0);
  }

  @Test
  void aTaskThatDoesNotReturn_holdsItsWorkerForGoodAndIsInTheDump() throws Exception {
    Scheduler.Worker worker = view.createWorker();
    List<Integer> order = new ArrayList<>();
    worker.schedule(() -> getStuckAt(STUCK_AT));
    worker.schedule(() -> order.add(1));

    awaitTakeover();
    worker.schedule(() -> order.add(2));
    othersGoOn();

    assertThat(order).isEmpty();
    assertThat(scheduler.stats().detached()).isOne();
    assertThat(scheduler.inspect().dump().lines())
        .anyMatch(
            line ->
                line.matches(
                    "a Worker of Reactor scheduler 'one' DETACHED from one-1, on 'one-1' since \\d+ ms"));
    assertThat(scheduler.inspect().dumpJson())
        .contains("\"detachedTasks\":[{\"what\":\"a Worker of Reactor scheduler 'one'\"");
    worker.dispose();
    gate.countDown();
    Loops.await(() -> scheduler.stats().detached() == 0);
    assertThat(scheduler.inspect().dump()).doesNotContain("DETACHED");
    assertThat(order).isEmpty();
  }
}
