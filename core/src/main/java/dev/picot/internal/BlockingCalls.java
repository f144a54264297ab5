/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.internal;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Where a blocking call that was seen on a non-blocking thread is reported, whichever of Picot's
 * BlockHound integrations saw it.
 *
 * <p>BlockHound has one callback per process and the first installation decides which. So all our
 * integrations set the same callback, which asks here; it does not matter which of them is in
 * force.
 *
 * <h2>Threading</h2>
 *
 * {@link #report} runs on the thread that is about to block and takes no lock.
 */
public final class BlockingCalls {
  private static final String BLOCKHOUND_RUNTIME = "reactor.blockhound.BlockHoundRuntime";
  private static final List<Receiver> RECEIVERS = new CopyOnWriteArrayList<>();

  /** How many of our own installations are running. */
  private static final AtomicInteger INSTALLING = new AtomicInteger();

  /** Whether somebody other than Picot wanted BlockHound. Only ever set. */
  private static volatile boolean wantedByOthers;

  /** What to do about a blocking call. */
  public enum Verdict {
    /** Not the receiver's business. */
    PASS,
    /** The call is recorded or allowed, and goes on. */
    GO_ON,
    /** The call is to fail. */
    THROW
  }

  /** Decides about blocking calls. */
  @FunctionalInterface
  public interface Receiver {
    /**
     * Called on the thread that is about to block, for each of its blocking calls. It must neither
     * block nor throw.
     *
     * @param call the method that blocks, as in {@code java.lang.Thread.sleep}
     * @return what to do; the first receiver that does not pass decides
     */
    Verdict receive(String call);
  }

  private BlockingCalls() {}

  /**
   * Adds a receiver, which is asked after the earlier ones.
   *
   * @param receiver the receiver
   */
  public static void addReceiver(Receiver receiver) {
    RECEIVERS.add(Objects.requireNonNull(receiver, "receiver"));
  }

  /**
   * Adds a receiver, which is asked before the others.
   *
   * @param receiver the receiver
   */
  public static void addFirstReceiver(Receiver receiver) {
    RECEIVERS.add(0, Objects.requireNonNull(receiver, "receiver"));
  }

  /**
   * Removes a receiver.
   *
   * @param receiver the receiver
   */
  public static void removeReceiver(Receiver receiver) {
    RECEIVERS.remove(receiver);
  }

  /**
   * Decides about a blocking call of this thread. A call that no receiver takes goes on, unless
   * somebody else wanted BlockHound: then it fails as if Picot were not there.
   *
   * @param call the method that blocks
   * @return whether the call is to fail
   */
  public static boolean report(String call) {
    for (Receiver receiver : RECEIVERS) {
      Verdict verdict = receiver.receive(call);
      if (verdict != Verdict.PASS) {
        return verdict == Verdict.THROW;
      }
    }
    return wantedByOthers;
  }

  /** {@return the stack of the calling thread from the blocking method on, within a report} */
  public static List<StackTraceElement> stack() {
    StackTraceElement[] raw = new Throwable().getStackTrace();
    int first = 0;
    for (int i = 0; i < raw.length; i++) {
      if (raw[i].getClassName().equals(BLOCKHOUND_RUNTIME)) {
        first = i + 1;
      } else if (first > 0) {
        break;
      }
    }
    return List.of(raw).subList(first, raw.length);
  }

  /**
   * Runs an installation of BlockHound that only Picot wants.
   *
   * @param installation the installation
   */
  public static void installing(Runnable installation) {
    INSTALLING.incrementAndGet();
    try {
      installation.run();
    } finally {
      INSTALLING.decrementAndGet();
    }
  }

  /** Each of our integrations calls this when an installation, ours or not, applies it. */
  public static void applied() {
    if (INSTALLING.get() == 0) {
      wantedByOthers = true;
    }
  }
}
