/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor.blockhound;

import dev.picot.CallbackThread;
import dev.picot.internal.BlockingCalls;
import dev.picot.internal.Text;
import dev.picot.loop.LoopGroup;
import dev.picot.loop.LoopThread;
import java.util.List;

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
      List<StackTraceElement> stack = BlockingCalls.stack();
      String caller =
          CallbackThread.current()
              .map(running -> "callback thread '" + nameOf(running) + "'")
              .orElse("a task");
      LoopGroup group = thread.loop().group();
      group
          .housekeeping()
          .reportCall(
              Text.format(
                  "%s blocked loop '%s' of scheduler '%s', called by %s. Move it to"
                      + " Task.blocking(...) or CallbackMono.blocking(...).",
                  outermostOfJdk(stack, call), thread.loop().name(), group.name(), caller),
              new BlockedCall(call, stack));
    } finally {
      recording.remove();
    }
  }

  /** The call that was made, which is not always the one that blocks. */
  private static String outermostOfJdk(List<StackTraceElement> stack, String call) {
    String outermost = call;
    for (StackTraceElement frame : stack) {
      if (!frame.getClassName().startsWith("java.") && !frame.getClassName().startsWith("jdk.")) {
        break;
      }
      outermost = frame.getClassName() + "." + frame.getMethodName();
    }
    return outermost;
  }

  private static String nameOf(CallbackThread<?> thread) {
    return thread.path().orElseGet(thread::name);
  }

  /** Shows where the call was made; nobody throws it. */
  private static final class BlockedCall extends Throwable {
    private static final long serialVersionUID = 1L;

    BlockedCall(String call, List<StackTraceElement> stack) {
      super(call);
      setStackTrace(stack.toArray(StackTraceElement[]::new));
    }
  }
}
