/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.r2dbc;

import org.reactivestreams.Publisher;

/** Calls the driver for a publisher, when somebody subscribes. */
@FunctionalInterface
interface Source<T> {
  /**
   * Makes the call.
   *
   * @param exchange the subscription to be
   */
  Publisher<? extends T> get(Exchange<T, ?> exchange);
}
