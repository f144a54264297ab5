/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.tck;

import dev.picot.LoopScheduler;
import dev.picot.Task;
import dev.picot.reactor.CallbackMono;
import org.reactivestreams.Publisher;

/** {@code CallbackMono.of}. */
public class CallbackMonoTckTest extends PublisherContract {
  @Override
  Publisher<Integer> publisher(LoopScheduler scheduler, long elements) {
    return CallbackMono.of(scheduler, elements == 0 ? Task.value(null) : Task.value(1));
  }

  @Override
  Publisher<Integer> failed(LoopScheduler scheduler, LoopScheduler closed) {
    return CallbackMono.of(closed, Task.value(1));
  }
}
