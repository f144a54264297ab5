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
import dev.picot.reactor.CallbackFlux;
import dev.picot.reactor.CallbackMono;
import dev.picot.reactor.LogCapture;
import dev.picot.reactor.Loops;
import io.micrometer.context.ContextRegistry;
import io.micrometer.context.ThreadLocalAccessor;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;

/** Thread-locals in the steps of callback threads, with Reactor's own propagation on and off. */
class ThreadLocalCarrierTest {
  @RegisterExtension private final Loops loops = new Loops();
  @RegisterExtension private final LogCapture log = new LogCapture();

  /** What a logger keeps for a thread, and how often it was told to. */
  private static final class Mdc implements ThreadLocalAccessor<String> {
    static final String KEY = "mdc";

    private final ThreadLocal<@Nullable String> value = new ThreadLocal<>();
    private final AtomicInteger set = new AtomicInteger();
    private volatile boolean broken;
    private volatile boolean brokenBehind;

    String get() {
      return String.valueOf(value.get());
    }

    void put(String now) {
      value.set(now);
    }

    void clear() {
      value.remove();
    }

    @Override
    public Object key() {
      return KEY;
    }

    @Override
    public @Nullable String getValue() {
      return value.get();
    }

    @Override
    public void setValue(String now) {
      if (broken) {
        throw new IllegalStateException("broken accessor");
      }
      set.incrementAndGet();
      value.set(now);
      if (brokenBehind) {
        throw new IllegalStateException("broken accessor");
      }
    }

    @Override
    public void setValue() {
      value.remove();
    }
  }

  private final Mdc mdc = new Mdc();
  private final ObservationRegistry observations = ObservationRegistry.create();

  private final Task<String> seen = Task.call(mdc::get);

  private LoopScheduler scheduler;

  @BeforeEach
  void register() {
    ContextRegistry.getInstance()
        .registerThreadLocalAccessor(mdc)
        .registerThreadLocalAccessor(new ObservationThreadLocalAccessor(observations));
    observations.observationConfig().observationHandler(context -> true);
    scheduler = carrying("carrying");
  }

  private LoopScheduler carrying(String name) {
    return carrying(name, builder -> builder);
  }

  private LoopScheduler carrying(String name, UnaryOperator<LoopScheduler.Builder> options) {
    return loops.make(
        name,
        builder ->
            options.apply(
                builder
                    .loops(1)
                    .elastic(elastic -> elastic.maxThreads(1))
                    .contextCarrier(ThreadLocalCarrier.create())));
  }

  @AfterEach
  void forget() {
    Hooks.disableAutomaticContextPropagation();
    ContextRegistry.getInstance().removeThreadLocalAccessor(Mdc.KEY);
    ContextRegistry.getInstance().removeThreadLocalAccessor(ObservationThreadLocalAccessor.KEY);
    mdc.clear();
  }

  private static void automatic(boolean on) {
    if (on) {
      Hooks.enableAutomaticContextPropagation();
    }
  }

  private <T> T asAnn(Task<T> task) {
    return CallbackMono.of(scheduler, task)
        .contextWrite(Context.of(Mdc.KEY, "ann"))
        .block(Loops.PATIENCE);
  }

  /** A step that notes what it sees. */
  private Task<Void> note(List<String> notes) {
    return Task.run(() -> notes.add(mdc.get()));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void itFollowsOverHopsTimersAndAwaits(boolean automatic) {
    automatic(automatic);
    List<String> notes = new ArrayList<>();
    Task<Void> task =
        note(notes)
            .then(Task.blockingRun(() -> notes.add(mdc.get())))
            .then(note(notes))
            .then(Task.sleep(Duration.ofMillis(1)))
            .then(note(notes))
            .then(Task.await(Mono.delay(Duration.ofMillis(1))))
            .then(note(notes))
            .then(Task.yieldNow())
            .then(note(notes));

    assertThat(asAnn(task)).isNull();

    assertThat(notes).hasSize(6).containsOnly("ann");
    assertThat(mdc.get()).isEqualTo("null");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anObservationFollows(boolean automatic) {
    automatic(automatic);
    Observation order = Observation.start("order", observations);
    List<@Nullable Observation> notes = new ArrayList<>();
    Task<Void> note = Task.run(() -> notes.add(observations.getCurrentObservation()));

    CallbackMono.of(
            scheduler,
            note.then(Task.blockingRun(() -> notes.add(observations.getCurrentObservation())))
                .then(Task.sleep(Duration.ofMillis(1)))
                .then(note)
                .then(Task.await(Mono.delay(Duration.ofMillis(1))))
                .then(note))
        .contextWrite(Context.of(ObservationThreadLocalAccessor.KEY, order))
        .block(Loops.PATIENCE);

    assertThat(notes).hasSize(4).containsOnly(order);
    assertThat(observations.getCurrentObservation()).isNull();
    order.stop();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void itFollowsOverATakeover(boolean automatic) throws Exception {
    automatic(automatic);
    LoopScheduler taken =
        carrying(
            "taken", builder -> builder.watchdog(w -> w.takeoverAfter(Duration.ofMillis(100))));
    CountDownLatch gate = new CountDownLatch(1);
    Observation order = Observation.start("order", observations);
    List<String> notes = new ArrayList<>();
    List<@Nullable Observation> observed = new ArrayList<>();
    CountDownLatch done = new CountDownLatch(1);
    Task<Void> note =
        note(notes).then(Task.run(() -> observed.add(observations.getCurrentObservation())));
    Task<Void> stuck =
        Task.run(
            () -> {
              Blockers.pass(gate);
              notes.add(mdc.get()); // on the thread that has lost the loop
              observed.add(observations.getCurrentObservation());
            });
    CallbackMono.of(taken, stuck.then(note))
        .contextWrite(Context.of(Mdc.KEY, "ann", ObservationThreadLocalAccessor.KEY, order))
        .doOnTerminate(done::countDown)
        .subscribe();
    Loops.awaitDetached(taken);

    assertThat(taken.spawn(seen).block(Loops.PATIENCE)).isEqualTo("null");
    gate.countDown();

    Loops.await(done);
    assertThat(notes).containsExactly("ann", "ann");
    assertThat(observed).containsExactly(order, order);
    order.stop();
  }

  @Test
  void aSliceInstallsItOnce_howeverManySteps() {
    Task<Void> steps =
        Task.forLoop(0, 50, i -> Task.run(() -> assertThat(mdc.get()).isEqualTo("ann")));

    assertThat(asAnn(steps)).isNull();

    assertThat(mdc.set).hasValue(1);
  }

  @Test
  void slicesOfTheSameCallbackThreadInARow_installItOnce() {
    Task<Void> slices = Task.forLoop(0, 50, i -> Task.yieldNow());

    assertThat(asAnn(slices)).isNull();

    assertThat(mdc.set).hasValue(1);
  }

  @Test
  void whatTheSpawningThreadHas_isCarried() throws Exception {
    mdc.put("bob");
    CallbackThread<String> spawned = scheduler.spawn(seen);
    mdc.clear();

    assertThat(spawned.block(Loops.PATIENCE)).isEqualTo("bob");
  }

  @Test
  void whatTheSubscribingThreadHas_isCarried_unlessTheContextSaysElse() {
    mdc.put("bob");

    assertThat(CallbackMono.of(scheduler, seen).block(Loops.PATIENCE)).isEqualTo("bob");
    assertThat(asAnn(seen)).isEqualTo("ann");
    assertThat(mdc.get()).isEqualTo("bob");
  }

  @Test
  void childrenSeeIt_inOtherSchedulersToo() {
    assertThat(asAnn(Task.all(List.of(seen, seen.runIn(carrying("other"))))))
        .containsExactly("ann", "ann");
  }

  @Test
  void anotherCallbackThreadDoesNotSeeIt() throws Exception {
    CallbackMono.of(scheduler, Task.never()).contextWrite(Context.of(Mdc.KEY, "ann")).subscribe();

    assertThat(scheduler.spawn(seen).block(Loops.PATIENCE)).isEqualTo("null");
    assertThat(scheduler.spawn(Task.blocking(mdc::get)).block(Loops.PATIENCE)).isEqualTo("null");
  }

  @Test
  void whatTheContextDoesNotHave_isCleared() {
    mdc.put("bob");
    Task<String> cleared = seen.with(CallbackMono.CONTEXT, Context.empty());

    assertThat(CallbackMono.of(scheduler, cleared).block(Loops.PATIENCE)).isEqualTo("null");
  }

  @Test
  void aStreamEmitsInIt() {
    Flux<String> flux =
        CallbackFlux.<String>of(
                scheduler,
                emitter -> Task.sleep(Duration.ofMillis(1)).then(seen.flatMap(emitter::emit)))
            .contextWrite(Context.of(Mdc.KEY, "ann"));

    assertThat(flux.blockLast(Loops.PATIENCE)).isEqualTo("ann");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatIsAwaitedFindsItInItsContext(boolean automatic) throws Exception {
    automatic(automatic);
    mdc.put("bob");
    Mono<String> away =
        Mono.delay(Duration.ofMillis(1))
            .flatMap(tick -> Mono.deferContextual(view -> Mono.just(view.<String>get(Mdc.KEY))));

    assertThat(scheduler.spawn(Task.await(away)).block(Loops.PATIENCE)).isEqualTo("bob");
  }

  @Test
  void withAutomaticPropagation_operatorsAroundAndWithinSeeIt() {
    Hooks.enableAutomaticContextPropagation();
    Mono<String> away = Mono.delay(Duration.ofMillis(1)).map(tick -> "within " + mdc.get());
    Mono<String> mono =
        CallbackMono.of(scheduler, Task.await(away))
            .map(within -> within + ", behind " + mdc.get())
            .contextWrite(Context.of(Mdc.KEY, "ann"));

    assertThat(mono.block(Loops.PATIENCE)).isEqualTo("within ann, behind ann");
    assertThat(mdc.get()).isEqualTo("null");
  }

  @Test
  void withoutAutomaticPropagation_operatorsSeeTheContextOnly() {
    Mono<String> away = Mono.delay(Duration.ofMillis(1)).map(tick -> "within " + mdc.get());

    assertThat(asAnn(Task.await(away))).isEqualTo("within null");
  }

  @Test
  void anAccessorThatThrows_isLogged_andTheStepRuns() {
    mdc.broken = true;

    assertThat(asAnn(Task.value("ran"))).isEqualTo("ran");
    log.await("install by " + ThreadLocalCarrier.class.getName());
  }

  @Test
  void whatAnAccessorHasSetBeforeItThrew_isNotForOthers() throws Exception {
    mdc.brokenBehind = true;

    assertThat(asAnn(seen)).isEqualTo("null");
    assertThat(scheduler.spawn(seen).block(Loops.PATIENCE)).isEqualTo("null");
  }
}
