/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.LoopScheduler;
import dev.picot.Task;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Scannable;
import reactor.core.Scannable.Attr;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.publisher.TestPublisher;

/** What the bridge answers to {@link Scannable}: the same as Reactor's own sources. */
class ScanningTest {
  private final dev.picot.ManualLoops manual = LoopScheduler.builder("scan").manualInVirtualTime();
  private final LoopScheduler scheduler = manual.scheduler();

  /** Knows its subscription, and does nothing else. */
  private static final class Probe implements CoreSubscriber<Object>, Scannable {
    private Subscription subscription;

    @Override
    public void onSubscribe(Subscription subscription) {
      this.subscription = subscription;
    }

    @Override
    public void onNext(Object next) {}

    @Override
    public void onError(Throwable error) {}

    @Override
    public void onComplete() {}

    @Override
    @SuppressWarnings("rawtypes") // as Reactor declares it
    public Object scanUnsafe(Attr key) {
      return null;
    }

    Scannable scan() {
      return Scannable.from(subscription);
    }
  }

  @AfterEach
  void close() {
    manual.close();
  }

  private Probe probe(Mono<?> mono) {
    Probe probe = new Probe();
    mono.subscribe(probe);
    return probe;
  }

  private Probe probe(Flux<?> flux) {
    Probe probe = new Probe();
    flux.subscribe(probe);
    return probe;
  }

  @Test
  void aMonoAnswers() {
    Mono<Integer> mono = CallbackMono.of(scheduler, Task.never());
    Probe probe = probe(mono);
    Scannable scan = probe.scan();

    assertThat(Scannable.from(mono).scan(Attr.RUN_STYLE)).isEqualTo(Attr.RunStyle.ASYNC);
    assertThat(scan.scan(Attr.RUN_STYLE)).isEqualTo(Attr.RunStyle.ASYNC);
    assertThat(scan.scan(Attr.ACTUAL)).isSameAs(probe);
    assertThat(scan.scan(Attr.PARENT)).isNull();
    assertThat(scan.scan(Attr.PREFETCH)).isEqualTo(Integer.MAX_VALUE);
    assertThat(scan.scan(Attr.TERMINATED)).isFalse();
    assertThat(scan.scan(Attr.CANCELLED)).isFalse();
    assertThat(scan.scan(Attr.ERROR)).isNull();

    probe.subscription.cancel();
    assertThat(scan.scan(Attr.CANCELLED)).isTrue();
  }

  @Test
  void theEndIsAnswered() {
    Probe completed = probe(CallbackMono.of(scheduler, Task.done()));
    IllegalStateException why = new IllegalStateException("why");
    Probe failed = probe(CallbackFlux.of(scheduler, emitter -> Task.error(why)));
    completed.subscription.request(1);
    failed.subscription.request(1);

    manual.run();

    assertThat(completed.scan().scan(Attr.TERMINATED)).isTrue();
    assertThat(failed.scan().scan(Attr.TERMINATED)).isTrue();
    assertThat(failed.scan().scan(Attr.ERROR)).isSameAs(why);
  }

  @Test
  void aFluxAnswers() {
    Flux<Integer> flux = CallbackFlux.of(scheduler, emitter -> Task.never());
    Scannable scan = probe(flux).scan();

    assertThat(Scannable.from(flux).scan(Attr.RUN_STYLE)).isEqualTo(Attr.RunStyle.ASYNC);
    assertThat(scan.scan(Attr.PREFETCH)).isZero();
    assertThat(scan.scan(Attr.PARENT)).isNull();
  }

  @Test
  void whoAwaitsAnswersItsSource() {
    AtomicReference<Scannable> seen = new AtomicReference<>();
    TestPublisher<Integer> source = TestPublisher.create();
    Flux<Integer> probed =
        source
            .flux()
            .transform(
                flux ->
                    new Flux<Integer>() {
                      @Override
                      public void subscribe(CoreSubscriber<? super Integer> actual) {
                        seen.set(Scannable.from(actual));
                        flux.subscribe(actual);
                      }
                    });
    CallbackMono.of(scheduler, Task.await(probed)).subscribe();

    manual.runUntilIdle();

    assertThat(seen.get().scan(Attr.RUN_STYLE)).isEqualTo(Attr.RunStyle.ASYNC);
    assertThat(seen.get().scan(Attr.PARENT)).isNotNull();
  }

  @Test
  void homeAnswers() {
    TestPublisher<Integer> one = TestPublisher.create();
    TestPublisher<Integer> many = TestPublisher.create();
    Probe mono = new Probe();
    Probe flux = new Probe();
    Mono<Integer> oneHome = CallbackMono.home(one.mono());
    Flux<Integer> manyHome = CallbackFlux.home(many.flux());
    scheduler.spawn(
        Task.run(
            () -> {
              oneHome.subscribe(mono);
              manyHome.subscribe(flux);
            }));
    manual.run();
    many.next(1);
    flux.subscription.request(3);

    for (Scannable scan : new Scannable[] {mono.scan(), flux.scan()}) {
      assertThat(scan.scan(Attr.RUN_STYLE)).isEqualTo(Attr.RunStyle.ASYNC);
      assertThat(scan.scan(Attr.PARENT)).isNotNull();
      assertThat(scan.scan(Attr.ACTUAL)).isNotNull();
      assertThat(scan.scan(Attr.TERMINATED)).isFalse();
      assertThat(scan.scan(Attr.CANCELLED)).isFalse();
    }
    assertThat(Scannable.from(oneHome).scan(Attr.RUN_STYLE)).isEqualTo(Attr.RunStyle.ASYNC);
    assertThat(Scannable.from(manyHome).scan(Attr.RUN_STYLE)).isEqualTo(Attr.RunStyle.ASYNC);
    assertThat(flux.scan().scan(Attr.PREFETCH)).isEqualTo(256);
    assertThat(flux.scan().scan(Attr.BUFFERED)).isOne();
    assertThat(flux.scan().scan(Attr.REQUESTED_FROM_DOWNSTREAM)).isEqualTo(3);

    one.error(new IllegalStateException("one"));
    many.error(new IllegalStateException("many"));
    manual.runUntilIdle();

    assertThat(mono.scan().scan(Attr.ERROR)).hasMessage("one");
    assertThat(flux.scan().scan(Attr.ERROR)).hasMessage("many");
    assertThat(flux.scan().scan(Attr.TERMINATED)).isTrue();
  }
}
