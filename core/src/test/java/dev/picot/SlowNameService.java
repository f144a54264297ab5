/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import dev.picot.loop.Faults;
import dev.picot.loop.Loop;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** A process whose name service does not answer: what its watchdog finds. */
final class SlowNameService {
  private SlowNameService() {}

  public static void main(String[] args) throws Exception {
    Incidents incidents = new Incidents();
    LoopScheduler scheduler =
        Takeovers.onDemand("names").watchdog(w -> w.listener(incidents)).build();
    AtomicReference<Thread> thread = new AtomicReference<>();
    CallbackThread<String> lookup =
        scheduler.spawn(
            "lookup",
            Task.call(
                () -> {
                  thread.set(Thread.currentThread());
                  return InetAddress.getAllByName("slow.example")[0].getHostAddress();
                }));
    Takeovers.until(scheduler, "it reads", () -> isReading(thread.get(), lookup.boundLoop()));
    Takeovers.untilDetached(scheduler, lookup);
    String others = scheduler.spawn(Task.value("the others went on")).block(Takeovers.LONG);
    Incident found = incidents.await(Incident.Event.TAKEOVER);
    boolean named =
        found.stack().stream()
            .anyMatch(frame -> frame.getClassName().equals("java.net.InetAddress"));
    System.out.println(
        "found " + found.kind() + " " + found.step() + ", " + named + ", and " + others);
    System.out.println("resolved " + lookup.block(Takeovers.LONG));
    scheduler.close();
  }

  /** And no longer loads classes, which takes processor time. */
  private static boolean isReading(@Nullable Thread thread, Loop loop) {
    if (thread == null) {
      return false;
    }
    StackTraceElement[] stack = thread.getStackTrace();
    Duration computed =
        Duration.ofNanos(ManagementFactory.getThreadMXBean().getThreadCpuTime(thread.getId()));
    return stack.length > 0
        && stack[0].isNativeMethod()
        && stack[0].getClassName().startsWith("java.io.")
        && computed.multipliedBy(5).compareTo(Faults.stuckFor(loop)) < 0;
  }
}
