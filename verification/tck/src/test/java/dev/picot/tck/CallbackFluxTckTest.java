/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.tck;

import dev.picot.LoopScheduler;
import dev.picot.reactor.CallbackFlux;
import org.reactivestreams.Publisher;

/** {@code CallbackFlux.of}. */
public class CallbackFluxTckTest extends StreamContract {
  @Override
  Publisher<Integer> publisher(LoopScheduler on, long elements) {
    return CallbackFlux.of(on, emitter -> count(emitter, elements));
  }
}
