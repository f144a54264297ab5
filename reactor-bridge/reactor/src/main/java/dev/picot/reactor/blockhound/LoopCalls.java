/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor.blockhound;

import dev.picot.CallbackThread;
import dev.picot.internal.BlockingCalls;
import dev.picot.loop.LoopThread;

/** Does with the blocking calls of loops what the mode says. */
final class LoopCalls implements BlockingCalls.Receiver {
  /** Set while a call is recorded: what that itself calls does not count. */
  private final ThreadLocal<Boolean> recording = new ThreadLocal<>();

  @Override
  public BlockingCalls.Verdict receive(String call) {
    LoopThread thread = LoopThread.current();
    if (thread == null) {
      return BlockingCalls.Verdict.PASS;
    }
    switch (BlockingDetection.mode()) {
      case THROW -> {
        return BlockingCalls.Verdict.THROW;
      }
      case RECORD -> record(call, thread);
      case OFF -> {}
    }
    return BlockingCalls.Verdict.GO_ON;
  }

  private void record(String call, LoopThread thread) {
    if (recording.get() != null) {
      return;
    }
    recording.set(true);
    try {
      String where =
          CallbackThread.current()
              .map(running -> "callback thread '" + nameOf(running) + "'")
              .orElse("a task");
      thread
          .loop()
          .group()
          .housekeeping()
          .report(
              call + " blocked loop '" + thread.loop().name() + "', called by " + where,
              new BlockedCall(call));
    } finally {
      recording.remove();
    }
  }

  private static String nameOf(CallbackThread<?> thread) {
    return thread.path().orElseGet(thread::name);
  }

  /** Shows where the call was made; nobody throws it. */
  private static final class BlockedCall extends Throwable {
    private static final long serialVersionUID = 1L;

    BlockedCall(String call) {
      super(call);
      setStackTrace(BlockingCalls.stack().toArray(StackTraceElement[]::new));
    }
  }
}
