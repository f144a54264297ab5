/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor.blockhound;

import dev.picot.internal.BlockHoundSetup;
import dev.picot.internal.BlockingCalls;
import dev.picot.loop.LoopThread;
import dev.picot.loop.LoopWaits;
import reactor.blockhound.BlockHound;
import reactor.blockhound.BlockingMethod;
import reactor.blockhound.BlockingOperationError;
import reactor.blockhound.integration.BlockHoundIntegration;

/**
 * Tells BlockHound which threads are loops, and makes it report to {@link BlockingCalls}. Public
 * for the {@link java.util.ServiceLoader} only.
 */
public final class LoopIntegration implements BlockHoundIntegration {
  static {
    BlockingCalls.addReceiver(new LoopCalls());
  }

  /** For the {@link java.util.ServiceLoader}. */
  public LoopIntegration() {}

  @Override
  public void applyTo(BlockHound.Builder builder) {
    BlockingCalls.applied();
    builder.blockingMethodCallback(LoopIntegration::onBlockingCall);
    builder.nonBlockingThreadPredicate(
        current -> current.or(BlockHoundSetup.Probe.class::isInstance).or(LoopThread::isOwner));
    // A thread whose loop was taken over may block: BlockHound must not remember its verdict.
    builder.addDynamicThreadPredicate(LoopThread.class::isInstance);
    LoopWaits.forEach(builder::allowBlockingCallsInside);
  }

  /** After all others but that of picot-junit: the last callback is the one in force. */
  @Override
  public int getPriority() {
    return Integer.MAX_VALUE - 1;
  }

  private static void onBlockingCall(BlockingMethod method) {
    if (BlockingCalls.report(method.getClassName() + "." + method.getName())) {
      throw new BlockingOperationError(method);
    }
  }
}
