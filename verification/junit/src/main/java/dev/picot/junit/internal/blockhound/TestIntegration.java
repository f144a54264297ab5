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
import dev.picot.loop.Simulator;
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
    // The one place where a loop waits for work.
    builder.allowBlockingCallsInside(LoopThread.class.getName(), "idle");
    // Where a standby waits for its loop: it owns one from just before it is woken. No user code.
    builder.allowBlockingCallsInside(LoopThread.class.getName(), "awaitLoop");
    // In a simulation the threads of loops wait here for their turns.
    builder.allowBlockingCallsInside(Simulator.class.getName(), "rest");
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
