/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.conformance;

import static dev.picot.conformance.Trait.OWN_THREADS;
import static dev.picot.conformance.Trait.TIME;

import io.micrometer.context.ContextRegistry;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.util.context.Context;

@DisplayName("Threads and context")
class ThreadRulesTest {
  private static final String KEY = "conformance";
  private static final ThreadLocal<String> USER = new ThreadLocal<>();

  @Rule("Tasks run where blocking is forbidden, and Reactor knows.")
  void tasksRunWhereBlockingIsForbidden(Trial trial) throws Exception {
    AtomicReference<Boolean> nonBlocking = new AtomicReference<>();

    trial.answers(
        true,
        () -> {
          trial.scheduler().schedule(() -> nonBlocking.set(Schedulers.isInNonBlockingThread()));
          Patience.until(() -> nonBlocking.get() != null);
          return nonBlocking.get();
        });
  }

  @Rule("block() is refused within a task.")
  void blockIsRefusedWithinATask(Trial trial) throws Exception {
    trial.answers(
        "refused",
        () -> Mono.fromCallable(() -> blocks()).subscribeOn(trial.scheduler()).toFuture().get());
  }

  private static String blocks() {
    try {
      Flux.just(1, 2).hide().blockLast(Patience.LIMIT);
      return "allowed";
    } catch (IllegalStateException e) {
      return "refused";
    }
  }

  @Rule(
      value = "Automatic context propagation brings thread locals along, on each way to schedule.",
      needs = {OWN_THREADS, TIME})
  void threadLocalsComeAlong(Trial trial) throws Exception {
    EnumSet<Entry> all = EnumSet.allOf(Entry.class);
    ConcurrentHashMap<Entry, String> seen = new ConcurrentHashMap<>();
    CountDownLatch ran = new CountDownLatch(all.size());
    Scheduler.Worker worker = trial.worker();

    trial.answers(
        Entry.all(all, "alice"),
        () -> {
          ContextRegistry.getInstance().registerThreadLocalAccessor(KEY, USER);
          Hooks.enableAutomaticContextPropagation();
          USER.set("alice");
          try {
            for (Entry entry : all) {
              entry.schedule(
                  trial.scheduler(),
                  worker,
                  () -> {
                    seen.put(entry, String.valueOf(USER.get()));
                    ran.countDown();
                  },
                  1);
            }
          } finally {
            USER.remove();
          }
          Patience.await(ran);
          Hooks.disableAutomaticContextPropagation();
          ContextRegistry.getInstance().removeThreadLocalAccessor(KEY);
          return Entry.each(all, seen::get);
        });
  }

  @Rule("The Context of a subscriber is found on both sides of publishOn and subscribeOn.")
  void theContextIsFoundOnBothSides(Trial trial) throws Exception {
    trial.answers(
        List.of("alice", "alice"),
        () ->
            Mono.deferContextual(before -> Mono.just(before.<String>get(KEY)))
                .subscribeOn(trial.scheduler())
                .publishOn(trial.scheduler())
                .flatMap(
                    upstream ->
                        Mono.deferContextual(
                            after -> Mono.just(List.of(upstream, after.<String>get(KEY)))))
                .contextWrite(Context.of(KEY, "alice"))
                .block(Patience.LIMIT));
  }
}
