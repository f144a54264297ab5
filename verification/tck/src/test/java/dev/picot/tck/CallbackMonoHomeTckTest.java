/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.tck;

import dev.picot.LoopScheduler;
import dev.picot.Task;
import dev.picot.reactor.CallbackMono;
import java.util.Objects;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** {@code CallbackMono.home}, subscribed to in a step and signalled by another thread. */
public class CallbackMonoHomeTckTest extends PublisherContract {
  @Override
  Publisher<Integer> publisher(LoopScheduler on, long elements) {
    return inAStep(on, elements == 0 ? Mono.empty() : Mono.just(1));
  }

  @Override
  Publisher<Integer> failed(LoopScheduler on, LoopScheduler closed) {
    return inAStep(on, Mono.error(new IllegalStateException("on purpose")));
  }

  private static Publisher<Integer> inAStep(LoopScheduler on, Mono<Integer> source) {
    Mono<Integer> home = CallbackMono.home(source.publishOn(Schedulers.parallel()));
    return subscriber -> {
      Objects.requireNonNull(subscriber, "subscriber");
      on.spawn(Task.run(() -> home.subscribe(subscriber)));
    };
  }
}
