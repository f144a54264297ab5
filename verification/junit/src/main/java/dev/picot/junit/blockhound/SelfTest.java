/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit.blockhound;

import dev.picot.internal.BlockingCalls;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Proves that BlockHound is in force and that its callback is ours: blocks, and sees who hears. */
final class SelfTest {
  private static final long PATIENCE = TimeUnit.SECONDS.toMillis(5);

  private SelfTest() {}

  /** A thread that {@link TestIntegration} marks as non-blocking. */
  static final class Probe extends Thread {
    private volatile boolean heard;

    Probe() {
      super("picot-junit-probe-0");
      setDaemon(true);
    }

    @Override
    public void run() {
      BlockingCalls.Receiver receiver = this::receive;
      BlockingCalls.addReceiver(receiver);
      try {
        LockSupport.parkNanos(this, 1);
      } catch (Error e) {
        heard = false; // somebody else's callback throws
      } finally {
        BlockingCalls.removeReceiver(receiver);
      }
    }

    private BlockingCalls.Verdict receive(String call) {
      if (Thread.currentThread() != this) {
        return BlockingCalls.Verdict.PASS;
      }
      heard = true;
      return BlockingCalls.Verdict.GO_ON;
    }
  }

  static boolean passes() {
    Probe probe = new Probe();
    probe.start();
    try {
      probe.join(PATIENCE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return probe.heard;
  }
}
