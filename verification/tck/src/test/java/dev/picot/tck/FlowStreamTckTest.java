/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.tck;

import dev.picot.LoopScheduler;
import org.reactivestreams.FlowAdapters;
import org.reactivestreams.Publisher;

/** A stream as the JDK's {@code Flow.Publisher}, and back. */
public class FlowStreamTckTest extends StreamContract {
  @Override
  Publisher<Integer> publisher(LoopScheduler on, long elements) {
    return FlowAdapters.toPublisher(
        FlowAdapters.toFlowPublisher(
            on.stream(Integer.class, emitter -> count(emitter, elements))));
  }
}
