/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import dev.picot.internal.StackRoom;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Waits for a completion stage. */
final class StageAwait extends Awaiter {
  private final CompletionStage<?> stage;
  private final Dependent dependent = new Dependent(this);

  StageAwait(CallbackThreadCore waiter, CompletionStage<?> stage) {
    super(waiter);
    this.stage = stage;
  }

  @Override
  void start() {
    CompletionStage<?> unused = stage.whenComplete(dependent);
  }

  @Override
  void cancel() {
    if (!takesValue()) {
      dependent.await = null;
    }
  }

  @Override
  String describeWait() {
    return "stage " + Labels.of(stage);
  }

  /** What a stage keeps until it completes, for there is no way to take it back. */
  private static final class Dependent implements BiConsumer<@Nullable Object, Throwable> {
    /** Null once nobody waits any more. */
    private volatile @Nullable StageAwait await;

    Dependent(StageAwait await) {
      this.await = await;
    }

    @Override
    public void accept(@Nullable Object value, @Nullable Throwable error) {
      StackRoom.claim();
      StageAwait waits = await;
      if (waits == null) {
        return;
      }
      if (error == null) {
        waits.complete(value);
      } else {
        waits.fail(
            error instanceof CompletionException && error.getCause() != null
                ? error.getCause()
                : error);
      }
    }
  }
}
