/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor;

import dev.picot.internal.Text;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/** Words for what needs a loop and has none. */
final class OffLoop {
  private OffLoop() {}

  static IllegalStateException error(String what, String remedy) {
    return new IllegalStateException(
        Text.format(
            "%s was subscribed to on thread '%s', which is not a loop. %s",
            what, Thread.currentThread().getName(), remedy));
  }

  static IllegalStateException noHome(String what, String source) {
    return error(
        what,
        "There is no home to come to: use "
            + source
            + ".publishOn(CallbackSchedulers.of(scheduler)).");
  }

  static RejectedExecutionException homeEnded(String loop, @Nullable Throwable error) {
    return new RejectedExecutionException(
        Text.format(
            "loop '%s' ended before a result came home to it (its scheduler was closed)", loop),
        error);
  }
}
