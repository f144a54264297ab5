/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor;

import dev.picot.loop.Loop;
import org.jspecify.annotations.Nullable;
import reactor.core.Scannable;

/** A loop as Reactor sees it: a Scannable inside that of its scheduler. */
final class LoopView implements Scannable {
  private final Loop loop;

  LoopView(Loop loop) {
    this.loop = loop;
  }

  @Override
  @SuppressWarnings("rawtypes") // as Reactor declares it
  public @Nullable Object scanUnsafe(Attr key) {
    if (key == Attr.BUFFERED) {
      return loop.load();
    }
    return key == Attr.NAME ? loop.name() : null;
  }
}
