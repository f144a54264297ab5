/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import dev.picot.loop.LoopThread;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Completes a future, in a slice of its own, because that runs the future's dependents. */
final class FutureObserver<T extends @Nullable Object> extends Observer {
  private final CallbackThread<T> source;
  private final CompletableFuture<T> future;

  FutureObserver(CallbackThread<T> source, CompletableFuture<T> future) {
    this.source = source;
    this.future = future;
  }

  @Override
  void ended() {
    if (!source.boundLoop().post(this)) {
      complete();
    }
  }

  @Override
  boolean isStale() {
    return future.isDone();
  }

  @Override
  protected void runSlice(LoopThread thread) {
    complete();
    thread.exitSlice();
  }

  private void complete() {
    Outcome<T> outcome = source.outcomeNow();
    if (outcome instanceof Outcome.Completed<T> completed) {
      future.complete(completed.value());
    } else {
      future.completeExceptionally(JoinAwait.error(outcome));
    }
  }
}
