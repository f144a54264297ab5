/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.tck;

import dev.picot.LoopScheduler;
import dev.picot.Task;
import org.reactivestreams.Publisher;

/** {@code CallbackThread}: one outcome, replayed. */
public class HotPublisherTckTest extends PublisherContract {
  @Override
  Publisher<Integer> publisher(LoopScheduler scheduler, long elements) {
    return scheduler.spawn(elements == 0 ? Task.<Integer>value(null) : Task.value(1));
  }

  @Override
  Publisher<Integer> failed(LoopScheduler scheduler, LoopScheduler closed) {
    return scheduler.spawn(Task.<Integer>error(new IllegalStateException("thrown by this test")));
  }
}
