/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.internal;

import java.lang.management.ManagementFactory;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import javax.management.JMException;
import javax.management.ObjectName;
import javax.management.openmbean.CompositeData;

/**
 * What our integrations do to install BlockHound, which may be absent: everything but the call.
 *
 * <p>The first installation in a JVM is the only one that counts, so it is proved afterwards that
 * detection is live and reports to {@link BlockingCalls}.
 */
public final class BlockHoundSetup {
  private static final String FLAG = "AllowRedefinitionToAddDeleteMethods";
  private static final int FIRST_WITH_AGENT_WARNING = 21;
  private static final long PATIENCE = TimeUnit.SECONDS.toMillis(5);

  private BlockHoundSetup() {}

  /**
   * Tells whether BlockHound is there.
   *
   * @param seeker who wants it
   * @return whether the seeker's class loader finds it
   */
  public static boolean isOnClassPathOf(Class<?> seeker) {
    try {
      Class.forName("reactor.blockhound.BlockHound", false, seeker.getClassLoader());
      return true;
    } catch (ClassNotFoundException e) {
      return false;
    }
  }

  /** {@return what to add to the arguments of this JVM} */
  public static String neededFlags() {
    return "-XX:+"
        + FLAG
        + (Runtime.version().feature() < FIRST_WITH_AGENT_WARNING
            ? ""
            : " -XX:+EnableDynamicAgentLoading");
  }

  /**
   * Installs BlockHound unless somebody has, and proves that it reports to us.
   *
   * @param installation the call; its integrations must mark {@link Probe} threads
   * @return what to do to make it work, as half a sentence; empty if detection is live
   */
  public static Optional<String> install(Runnable installation) {
    String flag = flag();
    if (flag.equals("false")) {
      return Optional.of("add " + neededFlags() + " to the JVM arguments");
    }
    try {
      BlockingCalls.installing(installation);
    } catch (RuntimeException e) {
      return Optional.of(
          flag.equals("true")
              ? "mend what made the installation fail: " + e
              : "add "
                  + neededFlags()
                  + " to the JVM arguments (the installation failed: "
                  + e
                  + ")");
    }
    return detectionIsLive()
        ? Optional.empty()
        : Optional.of(
            "let whatever installed BlockHound first use the integrations of the class path: add"
                + " .loadIntegrations() to its builder, or remove it");
  }

  /** The value of the flag; empty in a JVM that does not know it. */
  private static String flag() {
    try {
      Object option =
          ManagementFactory.getPlatformMBeanServer()
              .invoke(
                  new ObjectName("com.sun.management:type=HotSpotDiagnostic"),
                  "getVMOption",
                  new Object[] {FLAG},
                  new String[] {String.class.getName()});
      return option instanceof CompositeData data ? String.valueOf(data.get("value")) : "";
    } catch (JMException | RuntimeException e) {
      return ""; // trying will tell
    }
  }

  private static boolean detectionIsLive() {
    Probe probe = new Probe();
    probe.start();
    try {
      probe.join(PATIENCE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return probe.heard;
  }

  /** A thread that must not block, and does, to see who hears of it. */
  public static final class Probe extends Thread {
    private volatile boolean heard;

    private Probe() {
      super("picot-probe-0");
      setDaemon(true);
    }

    @Override
    public void run() {
      BlockingCalls.Receiver receiver = this::receive;
      BlockingCalls.addFirstReceiver(receiver);
      try {
        LockSupport.parkNanos(this, 1);
      } catch (Error e) {
        heard = false; // somebody else's callback threw it
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
}
