/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.tck;

import dev.picot.LoopScheduler;
import org.reactivestreams.Publisher;

/** {@code LoopScheduler.stream}: an emitter for each subscriber. */
public class StreamTckTest extends StreamContract {
  @Override
  Publisher<Integer> publisher(LoopScheduler on, long elements) {
    return on.stream(Integer.class, emitter -> count(emitter, elements));
  }
}
