/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit.internal.blockhound;

import dev.picot.internal.BlockHoundSetup;
import dev.picot.internal.BlockingCalls;
import dev.picot.junit.internal.reactor.ReactorThreads;
import dev.picot.loop.LoopThread;
import dev.picot.loop.LoopWaits;
import reactor.blockhound.BlockHound;
import reactor.blockhound.BlockingMethod;
import reactor.blockhound.BlockingOperationError;
import reactor.blockhound.integration.BlockHoundIntegration;

/**
 * Tells BlockHound which threads must not block, and makes it report to {@link BlockingCalls}.
 * Public for the {@link java.util.ServiceLoader} only.
 */
public final class TestIntegration implements BlockHoundIntegration {
  /** For the {@link java.util.ServiceLoader}. */
  public TestIntegration() {}

  @Override
  public void applyTo(BlockHound.Builder builder) {
    BlockingCalls.applied();
    builder.blockingMethodCallback(TestIntegration::onBlockingCall);
    builder.nonBlockingThreadPredicate(
        current -> current.or(BlockHoundSetup.Probe.class::isInstance).or(LoopThread::isOwner));
    if (ReactorThreads.arePossible()) {
      builder.nonBlockingThreadPredicate(current -> current.or(ReactorThreads::isNonBlocking));
    }
    // A loop thread whose loop was taken over may block: BlockHound must not cache its verdict.
    builder.addDynamicThreadPredicate(LoopThread.class::isInstance);
    LoopWaits.forEach(builder::allowBlockingCallsInside);
  }

  /** The last one: the callback of the integration that is applied last is the one in force. */
  @Override
  public int getPriority() {
    return Integer.MAX_VALUE;
  }

  private static void onBlockingCall(BlockingMethod method) {
    if (BlockingCalls.report(method.getClassName() + "." + method.getName())) {
      throw new BlockingOperationError(method);
    }
  }
}
