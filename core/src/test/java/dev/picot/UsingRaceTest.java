/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Whoever wins between a result and a cancellation, what was acquired is released once. */
class UsingRaceTest {
  private static final int ROUNDS = 3_000;

  @RegisterExtension final Schedulers schedulers = new Schedulers();

  private final LoopScheduler scheduler =
      schedulers.build("checkout", b -> b.loops(2).elastic(e -> e.maxThreads(4).maxQueued(ROUNDS)));
  private final List<Thing> things = new ArrayList<>();

  /** Something that must be released as often as it was handed out. */
  private static final class Thing {
    final AtomicInteger acquired = new AtomicInteger();
    final AtomicInteger released = new AtomicInteger();
    final AtomicReference<AsyncSink<Thing>> sink = new AtomicReference<>();

    Task<Void> using(Task<Thing> acquire) {
      return Task.using(
          acquire, thing -> Task.yieldNow(), (thing, o) -> Task.run(released::incrementAndGet));
    }
  }

  private Thing thing() {
    var thing = new Thing();
    things.add(thing);
    return thing;
  }

  private void assertReleasedOnceEach() {
    Deadline.await(scheduler.shutdown(Deadline.LIMIT));
    assertThat(things).allSatisfy(t -> assertThat(t.released).hasValue(t.acquired.get()));
  }

  private static void pause() {
    for (int i = ThreadLocalRandom.current().nextInt(200); i > 0; i--) {
      Thread.onSpinWait();
    }
  }

  @Test
  void blockingCall() {
    List<CallbackThread<?>> threads = new ArrayList<>();
    for (int i = 0; i < ROUNDS; i++) {
      Thing thing = thing();
      CallbackThread<?> thread =
          scheduler.spawn(
              thing.using(
                  Task.blocking(
                      () -> {
                        thing.acquired.incrementAndGet();
                        return thing;
                      })));
      threads.add(thread);
      pause();
      thread.cancel();
      if (i % 100 == 0) {
        threads.forEach(Deadline::outcome);
      }
    }

    assertReleasedOnceEach();
  }

  @Test
  void callback() {
    for (int i = 0; i < ROUNDS; i++) {
      Thing thing = thing();
      CallbackThread<?> thread =
          scheduler.spawn(
              thing.using(
                  Task.async(
                      sink -> {
                        thing.sink.set(sink);
                        thing.acquired.incrementAndGet();
                      })));
      Schedulers.settle(scheduler);
      CompletableFuture<Boolean> taken =
          CompletableFuture.supplyAsync(
              () -> thing.sink.get().success(thing), scheduler.executor());
      pause();
      thread.cancel();
      if (!Deadline.get(taken)) {
        thing.released.incrementAndGet(); // by the one who was told that it came too late
      }
    }

    assertReleasedOnceEach();
  }

  @Test
  void stage() {
    for (int i = 0; i < ROUNDS; i++) {
      Thing thing = thing();
      CompletableFuture<Thing> stage = new CompletableFuture<>();
      CallbackThread<?> thread =
          scheduler.spawn(thing.using(Task.await((CompletionStage<Thing>) stage)));
      Schedulers.settle(scheduler);
      thing.acquired.incrementAndGet();
      scheduler.executor().execute(() -> stage.complete(thing));
      pause();
      thread.cancel();
    }
    Schedulers.settle(scheduler); // a result that comes after closing is released by nobody

    assertReleasedOnceEach();
  }
}
