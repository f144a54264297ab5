/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.internal;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Who has started callback threads, executor tasks and schedulers, for those who want to know:
 * {@code picot-junit} tells by it which of the tests that run at the same time they belong to.
 *
 * <h2>Threading</h2>
 *
 * Every method may be called by any thread.
 */
public final class Provenance {
  /** Null, in every process that runs no tests, unless somebody wants to know. */
  private static volatile @Nullable Supplier<? extends @Nullable Object> source;

  private Provenance() {}

  /**
   * Wants to know it from now on.
   *
   * @param current whom the calling thread works for; null if that is not known. It is asked on
   *     every thread that starts something, neither blocks nor throws, and what it gives may be
   *     kept for as long as what is started
   */
  public static void ask(Supplier<? extends @Nullable Object> current) {
    source = current;
  }

  /** {@return whom the calling thread works for; null if nobody knows} */
  public static @Nullable Object current() {
    Supplier<? extends @Nullable Object> asked = source;
    return asked == null ? null : asked.get();
  }
}
