/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import dev.picot.internal.StackRoom;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;

/** Waits for a completion stage. */
final class StageAwait extends Awaiter {
  private final CompletionStage<?> stage;

  StageAwait(CallbackThreadCore waiter, CompletionStage<?> stage) {
    super(waiter);
    this.stage = stage;
  }

  @Override
  void start() {
    CompletionStage<?> unused =
        stage.whenComplete(
            (value, error) -> {
              StackRoom.claim();
              if (error == null) {
                complete(value);
              } else {
                fail(
                    error instanceof CompletionException && error.getCause() != null
                        ? error.getCause()
                        : error);
              }
            });
  }

  @Override
  String describeWait() {
    return "stage " + Labels.of(stage);
  }
}
