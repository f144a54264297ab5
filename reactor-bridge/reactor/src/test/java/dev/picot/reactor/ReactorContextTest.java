/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.picot.CallbackThread;
import dev.picot.LoopScheduler;
import dev.picot.Task;
import java.time.Duration;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

/** The Reactor Context on its way into callback threads, and out of them. */
class ReactorContextTest {
  private static final Task<String> USER =
      Task.context(CallbackMono.CONTEXT).map(context -> context.getOrDefault("user", "nobody"));

  /** What an operator sees that is awaited. */
  private static final Mono<String> OPERATORS_USER =
      Mono.deferContextual(context -> Mono.just(context.getOrDefault("user", "nobody")));

  @RegisterExtension private final Loops loops = new Loops();

  private final LoopScheduler scheduler = loops.make("context");

  private String asAnn(Task<String> task) {
    return CallbackMono.of(scheduler, task)
        .contextWrite(Context.of("user", "ann"))
        .block(Loops.PATIENCE);
  }

  @Test
  void aTaskReadsTheContextOfItsSubscriber() {
    assertThat(asAnn(USER)).isEqualTo("ann");
  }

  @Test
  void withoutAnythingInIt_itIsEmpty() {
    assertThat(CallbackMono.of(scheduler, USER).block(Loops.PATIENCE)).isEqualTo("nobody");
  }

  @Test
  void eachSubscriberHasItsOwn() {
    Mono<String> mono = CallbackMono.of(scheduler, USER);

    assertThat(mono.contextWrite(Context.of("user", "ann")).block(Loops.PATIENCE)).isEqualTo("ann");
    assertThat(mono.contextWrite(Context.of("user", "bob")).block(Loops.PATIENCE)).isEqualTo("bob");
  }

  @Test
  void aStreamReadsTheContextOfItsSubscriber() {
    Flux<String> flux =
        CallbackFlux.<String>of(scheduler, emitter -> USER.flatMap(emitter::emit))
            .contextWrite(Context.of("user", "ann"));

    assertThat(flux.collectList().block(Loops.PATIENCE)).containsExactly("ann");
  }

  @Test
  void whatIsAwaitedIsSubscribedToWithIt() {
    assertThat(asAnn(Task.await(OPERATORS_USER))).isEqualTo("ann");
    assertThat(asAnn(Task.awaitFirst(OPERATORS_USER))).isEqualTo("ann");
    assertThat(asAnn(Task.awaitOptional(OPERATORS_USER).map(java.util.Optional::get)))
        .isEqualTo("ann");
  }

  @Test
  void whatIsHandledOneByOneIsSubscribedToWithIt() {
    Flux<String> users = OPERATORS_USER.repeat(1);
    Flux<String> flux =
        CallbackFlux.<String>of(scheduler, emitter -> Task.forEach(users, emitter::emit))
            .contextWrite(Context.of("user", "ann"));

    assertThat(flux.collectList().block(Loops.PATIENCE)).containsExactly("ann", "ann");
  }

  @Test
  void itIsKeptOverWaitsAndHopsAndInOtherSchedulers() {
    LoopScheduler other = loops.make("other");
    Task<String> task =
        Task.sleep(Duration.ofMillis(1))
            .then(Task.blockingRun(() -> {}))
            .then(Task.await(Mono.delay(Duration.ofMillis(1))))
            .then(USER.runIn(other));

    assertThat(asAnn(task)).isEqualTo("ann");
  }

  @Test
  void childrenInheritIt() {
    Task<String> both = Task.all(List.of(USER, Task.await(OPERATORS_USER))).map(Object::toString);

    assertThat(asAnn(both)).isEqualTo("[ann, ann]");
  }

  @Test
  void itIsKeptOverATakeover() throws Exception {
    LoopScheduler one =
        loops.make(
            "one",
            builder -> builder.loops(1).watchdog(w -> w.takeoverAfter(Duration.ofMillis(100))));
    CountDownLatch gate = new CountDownLatch(1);
    Task<String> stuck = Task.run(() -> Blockers.pass(gate)).then(USER);
    CountDownLatch told = new CountDownLatch(1);
    String[] seen = new String[1];

    CallbackMono.of(one, stuck)
        .contextWrite(Context.of("user", "ann"))
        .subscribe(
            user -> {
              seen[0] = user;
              told.countDown();
            });
    Loops.awaitDetached(one);
    gate.countDown();

    Loops.await(told);
    assertThat(seen).containsExactly("ann");
  }

  @Test
  void withSetsItForAPart() {
    Task<String> both =
        Task.<String>await(OPERATORS_USER)
            .with(CallbackMono.CONTEXT, Context.of("user", "bob"))
            .flatMap(inner -> USER.map(outer -> inner + " in " + outer));

    assertThat(asAnn(both)).isEqualTo("bob in ann");
  }

  @Test
  void aContextWriteOfWhatIsAwaitedIsSeenThereOnly() {
    Task<String> both =
        Task.<String>await(OPERATORS_USER.contextWrite(Context.of("user", "bob")))
            .flatMap(inner -> USER.map(outer -> inner + " in " + outer));

    assertThat(asAnn(both)).isEqualTo("bob in ann");
  }

  @Test
  void aCallbackThreadWithoutSubscriberHasNone() throws Exception {
    CallbackThread<String> spawned = scheduler.spawn(USER);

    assertThatThrownBy(() -> spawned.block(Loops.PATIENCE))
        .isInstanceOf(NoSuchElementException.class)
        .hasMessageContaining("'Reactor Context: ContextView'");
    assertThat(scheduler.spawn(Task.await(OPERATORS_USER)).block(Loops.PATIENCE))
        .isEqualTo("nobody");
  }

  @Test
  void aCallbackThreadWithoutSubscriberCanBeGivenOne() throws Exception {
    ContextView context = Context.of("user", "ann");

    assertThat(
            scheduler
                .spawn(Task.<String>await(OPERATORS_USER).with(CallbackMono.CONTEXT, context))
                .block(Loops.PATIENCE))
        .isEqualTo("ann");
  }

  @Test
  void thePublisherOfTheSchedulerKeepsItToo() {
    Mono<String> mono =
        Mono.from(scheduler.publisher(USER)).contextWrite(Context.of("user", "ann"));

    assertThat(mono.block(Loops.PATIENCE)).isEqualTo("ann");
  }

  @Test
  void homeKeepsIt() throws Exception {
    Flux<String> flux =
        CallbackFlux.home(OPERATORS_USER.flux().publishOn(Schedulers.parallel()))
            .contextWrite(Context.of("user", "ann"));

    assertThat(scheduler.spawn(Task.awaitFirst(flux)).block(Loops.PATIENCE)).isEqualTo("ann");
  }
}
