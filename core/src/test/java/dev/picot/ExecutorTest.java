/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ExecutorTest {
  @RegisterExtension final Schedulers schedulers = new Schedulers();

  private final LoopScheduler scheduler = schedulers.one();
  private final Executor executor = scheduler.executor();

  @Test
  void runsOnALoop_inNobodysStep() {
    var name = new CompletableFuture<String>();
    var current = new CompletableFuture<Optional<CallbackThread<?>>>();
    var home = new CompletableFuture<Optional<LoopScheduler>>();

    executor.execute(
        () -> {
          name.complete(Thread.currentThread().getName());
          current.complete(CallbackThread.current());
          home.complete(LoopScheduler.current());
        });

    assertThat(Deadline.get(name)).isEqualTo("checkout-1");
    assertThat(Deadline.get(current)).isEmpty();
    assertThat(Deadline.get(home)).contains(scheduler);
  }

  @Test
  void neverRunsInTheCaller_alsoOnALoop() {
    List<String> order = Collections.synchronizedList(new ArrayList<>());
    var done = new CountDownLatch(1);

    executor.execute(
        () -> {
          executor.execute(
              () -> {
                order.add("inner");
                done.countDown();
              });
          order.add("outer");
        });
    Deadline.await(done);

    assertThat(order).containsExactly("outer", "inner");
  }

  @Test
  void keepsTheOrderOfOneLoop() {
    List<Integer> order = Collections.synchronizedList(new ArrayList<>());
    var done = new CountDownLatch(1_000);

    for (int i = 0; i < 1_000; i++) {
      int number = i;
      executor.execute(
          () -> {
            order.add(number);
            done.countDown();
          });
    }
    Deadline.await(done);

    assertThat(order).isSorted().hasSize(1_000);
  }

  @Test
  void anActionThatThrows_isReported_andHurtsNobody() {
    var done = new CountDownLatch(1);

    executor.execute(
        () -> {
          throw new IllegalStateException("broken action");
        });
    executor.execute(done::countDown);
    Deadline.await(done);

    LogCapture.Entry entry =
        schedulers.log().takeError("uncaught error in executor task dev.picot.ExecutorTest");
    assertThat(entry.error()).hasMessage("broken action");
  }

  @Test
  void carriesStagesOfOthers() {
    CompletableFuture<String> stage =
        CompletableFuture.supplyAsync(() -> "a", executor)
            .thenApplyAsync(text -> text + Thread.currentThread().getName(), executor);

    assertThat(Deadline.get(stage)).isEqualTo("acheckout-1");
  }

  @Test
  void isTheSameEachTime() {
    assertThat(scheduler.executor()).isSameAs(executor);
  }
}
