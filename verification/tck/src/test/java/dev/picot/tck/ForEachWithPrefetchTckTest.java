/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.tck;

import dev.picot.Task;
import org.reactivestreams.Publisher;

public class ForEachWithPrefetchTckTest extends AwaitContract {
  @Override
  Task<?> await(Publisher<Integer> publisher) {
    return Task.forEach(publisher, 16, value -> Task.done());
  }
}
