/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor.contextpropagation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.CallbackThread;
import dev.picot.LoopScheduler;
import dev.picot.Task;
import dev.picot.reactor.Blockers;
import dev.picot.reactor.Loops;
import io.micrometer.context.ContextRegistry;
import io.micrometer.context.integration.Slf4jThreadLocalAccessor;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.MDC;
import org.slf4j.helpers.BasicMDCAdapter;
import reactor.core.publisher.Mono;

/**
 * The MDC of SLF4J. The adapter used here hands it on to each thread that a thread starts, which
 * must not happen to the threads of a scheduler.
 */
class MdcTest {
  private static final Duration SOON = Duration.ofMillis(100);

  @RegisterExtension private final Loops loops = new Loops();

  private final List<@Nullable String> notes = new CopyOnWriteArrayList<>();
  private final Task<Void> note = Task.run(this::note);

  private void note() {
    notes.add(MDC.get("user"));
  }

  @BeforeEach
  void putAnn() {
    assertThat(MDC.getMDCAdapter()).isInstanceOf(BasicMDCAdapter.class);
    ContextRegistry.getInstance().registerThreadLocalAccessor(new Slf4jThreadLocalAccessor());
    MDC.put("user", "ann");
  }

  @AfterEach
  void forget() {
    MDC.clear();
    ContextRegistry.getInstance().removeThreadLocalAccessor(Slf4jThreadLocalAccessor.KEY);
  }

  private LoopScheduler carrying() {
    return loops.make(
        "carrying",
        builder ->
            builder
                .loops(1)
                .watchdog(w -> w.takeoverAfter(SOON))
                .contextCarrier(ThreadLocalCarrier.create()));
  }

  @Test
  void itFollowsOverHopsTimersAwaitsAndATakeover() throws Exception {
    LoopScheduler scheduler = carrying();
    CountDownLatch gate = new CountDownLatch(1);
    CallbackThread<Void> order =
        scheduler.spawn(
            note.then(Task.blockingRun(this::note))
                .then(note)
                .then(Task.sleep(Duration.ofMillis(1)))
                .then(note)
                .then(Task.await(Mono.delay(Duration.ofMillis(1))))
                .then(note)
                .then(Task.run(() -> Blockers.pass(gate)).then(note))
                .then(note));
    MDC.clear();
    Loops.awaitDetached(scheduler);

    scheduler.spawn(note).block(Loops.PATIENCE);
    gate.countDown();
    order.block(Loops.PATIENCE);

    assertThat(notes).containsExactly("ann", "ann", "ann", "ann", "ann", null, "ann", "ann");
  }

  @Test
  void aChangeByAStep_isNotForThoseWithAnotherContext() throws Exception {
    LoopScheduler scheduler = carrying();
    CallbackThread<Void> changes =
        scheduler.spawn(Task.run(() -> MDC.put("user", "bob")).then(Task.yieldNow()).then(note));
    changes.block(Loops.PATIENCE);
    MDC.clear();

    scheduler.spawn(note).block(Loops.PATIENCE);

    assertThat(notes).last().isNull();
  }

  @Test
  void withoutACarrier_noThreadOfTheSchedulerInheritsIt() throws Exception {
    LoopScheduler scheduler =
        loops.make("plain", builder -> builder.loops(1).watchdog(w -> w.takeoverAfter(SOON)));
    CountDownLatch gate = new CountDownLatch(1);
    scheduler.spawn(Task.run(() -> Blockers.pass(gate)));
    Loops.awaitDetached(scheduler);

    scheduler.spawn(note.then(Task.blockingRun(this::note)).then(note)).block(Loops.PATIENCE);
    gate.countDown();

    assertThat(notes).containsExactly(null, null, null);
  }
}
