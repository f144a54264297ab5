/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.tck;

import dev.picot.Task;
import org.reactivestreams.Publisher;

public class ForEachTckTest extends AwaitContract {
  @Override
  Task<?> await(Publisher<Integer> publisher) {
    return Task.forEach(publisher, value -> Task.done());
  }
}
