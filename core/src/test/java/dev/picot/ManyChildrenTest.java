/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.ref.WeakReference;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Many children, and children of children: constant stack, and nothing kept of the ended. */
class ManyChildrenTest {
  private static final int MILLION = 1_000_000;

  @RegisterExtension final Schedulers schedulers = new Schedulers();

  private final LoopScheduler scheduler =
      schedulers.build("many", b -> b.loops(2).maxCallbackThreads(3 * MILLION));

  private static <T> T value(CallbackThread<T> thread) throws Exception {
    return thread.block(Takeovers.LONG.multipliedBy(3));
  }

  /** Each waits for the one it forked, a million deep. */
  @Test
  void aMillionNestedJoins_needConstantStack() throws Exception {
    AtomicInteger left = new AtomicInteger(MILLION);

    assertThat(value(scheduler.spawn(nested(left)))).isEqualTo(MILLION);

    assertThat(scheduler.stats().live()).isZero();
  }

  private static Task<Integer> nested(AtomicInteger left) {
    return Task.defer(
        () ->
            left.getAndDecrement() == 0
                ? Task.value(0)
                : Task.fork(nested(left)).flatMap(CallbackThread::join).map(depth -> depth + 1));
  }

  /** A cancellation goes all the way down, and the ends come all the way up. */
  @Test
  void cancelOfDeeplyNestedForks_needsConstantStack() throws Exception {
    AtomicInteger left = new AtomicInteger(200_000);
    CountDownLatch deepest = new CountDownLatch(1);
    AtomicInteger ended = new AtomicInteger();
    CallbackThread<Void> root = scheduler.spawn(waitingAtDepth(left, deepest, ended));
    Deadline.await(deepest);

    root.cancel();

    Takeovers.until(scheduler, "all have ended", () -> scheduler.stats().live() == 0);
    assertThat(ended).hasValue(200_001);
    assertThat(root.state()).isEqualTo(CallbackThread.State.CANCELLED);
  }

  private static Task<Void> waitingAtDepth(
      AtomicInteger left, CountDownLatch deepest, AtomicInteger ended) {
    Task<Void> below =
        Task.defer(
            () -> {
              if (left.getAndDecrement() == 0) {
                deepest.countDown();
                return Task.never();
              }
              return Task.fork(waitingAtDepth(left, deepest, ended)).then(Task.<Void>never());
            });
    return below.doFinally(outcome -> ended.incrementAndGet());
  }

  @Test
  void all_ofHundredsOfThousands_givesThemAll() throws Exception {
    List<Task<Integer>> tasks =
        java.util.stream.IntStream.range(0, 300_000).mapToObj(i -> Task.call(() -> i)).toList();

    List<Integer> values = value(scheduler.spawn(Task.all(tasks)));

    assertThat(values).hasSize(300_000).startsWith(0, 1, 2).endsWith(299_999);
  }

  @Test
  void aLivingParent_keepsNothingOfAChildThatHasEnded() throws Exception {
    CountDownLatch forked = new CountDownLatch(1);
    WeakReference<?>[] seen = new WeakReference<?>[2];
    CallbackThread<?> parent =
        scheduler.spawn(
            Task.fork(Task.call(() -> remember(seen, 0)))
                .flatMap(CallbackThread::join)
                .then(Task.all(List.of(Task.call(() -> remember(seen, 1)))))
                .then(Task.run(forked::countDown))
                .then(Task.<Void>never()));
    Deadline.await(forked);

    for (WeakReference<?> value : seen) {
      Takeovers.until(
          scheduler,
          "what a child gave is collected",
          () -> {
            System.gc();
            return value.refersTo(null);
          });
    }

    assertThat(parent.state()).isEqualTo(CallbackThread.State.WAITING);
  }

  private static Object remember(WeakReference<?>[] seen, int index) {
    Object value = new byte[64];
    seen[index] = new WeakReference<>(value);
    return value;
  }

  /** As many as would not fit into the heap of the tests if each left only its record behind. */
  @Test
  void aParentThatForksForALongTime_remembersAFewChildrenOnly() throws Exception {
    AtomicInteger left = new AtomicInteger(3 * MILLION);
    CountDownLatch done = new CountDownLatch(1);
    AtomicInteger most = new AtomicInteger();
    LoopScheduler one = schedulers.one();
    CallbackThread<?> longest =
        one.spawn(
            Task.fork(Task.<Void>never())
                .then(forking(left, most))
                .then(Task.run(done::countDown)));

    value(longest);

    assertThat(most.get()).isBetween(1, 2_000);
  }

  private static Task<Void> forking(AtomicInteger left, AtomicInteger most) {
    return Task.defer(
        () -> {
          int now = left.decrementAndGet();
          if (now == 0) {
            return Task.done();
          }
          if (now % 1_000 == 0) {
            most.accumulateAndGet(
                CallbackThread.current().orElseThrow().observers().children().remembered(),
                Math::max);
            return Task.yieldNow().then(forking(left, most));
          }
          return Task.fork(Task.done()).flatMap(child -> forking(left, most));
        });
  }
}
