/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.tck;

import dev.picot.LoopScheduler;
import dev.picot.Task;
import org.reactivestreams.Publisher;

/** {@code LoopScheduler.publisher}: a callback thread for each subscriber. */
public class ColdPublisherTckTest extends PublisherContract {
  @Override
  Publisher<Integer> publisher(LoopScheduler scheduler, long elements) {
    return scheduler.publisher(elements == 0 ? Task.value(null) : Task.value(1));
  }

  @Override
  Publisher<Integer> failed(LoopScheduler scheduler, LoopScheduler closed) {
    return closed.publisher(Task.value(1));
  }
}
