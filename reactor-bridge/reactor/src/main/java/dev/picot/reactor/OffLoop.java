/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor;

import dev.picot.internal.Text;

/** Words for what needs a loop and was done elsewhere. */
final class OffLoop {
  private OffLoop() {}

  static IllegalStateException error(String what, String remedy) {
    return new IllegalStateException(
        Text.format(
            "%s was subscribed to on thread '%s', which is not a loop. %s",
            what, Thread.currentThread().getName(), remedy));
  }
}
