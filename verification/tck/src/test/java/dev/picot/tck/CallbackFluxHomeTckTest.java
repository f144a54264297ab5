/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.tck;

import dev.picot.LoopScheduler;
import dev.picot.Task;
import dev.picot.reactor.CallbackFlux;
import java.util.Objects;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;

/** {@code CallbackFlux.home}, subscribed to in a step and signalled by another thread. */
public class CallbackFluxHomeTckTest extends StreamContract {
  @Override
  Publisher<Integer> publisher(LoopScheduler on, long elements) {
    Flux<Integer> home = CallbackFlux.home(source(elements));
    return subscriber -> {
      Objects.requireNonNull(subscriber, "subscriber");
      on.spawn(Task.run(() -> home.subscribe(subscriber)));
    };
  }

  /** There is no home off a loop. */
  @Override
  public Publisher<Integer> createFailedPublisher() {
    return CallbackFlux.home(source(1));
  }

  private static Flux<Integer> source(long elements) {
    int most = (int) Math.min(elements, Integer.MAX_VALUE);
    return Flux.range(1, most).publishOn(Schedulers.parallel());
  }
}
