/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import java.net.InetAddress;

/** A process whose name service does not answer: what its watchdog finds. */
final class SlowNameService {
  private SlowNameService() {}

  public static void main(String[] args) throws Exception {
    Incidents incidents = new Incidents();
    LoopScheduler scheduler =
        Takeovers.builder("names").watchdog(w -> w.listener(incidents)).build();
    CallbackThread<String> lookup =
        scheduler.spawn(
            "lookup",
            Task.call(() -> InetAddress.getAllByName("slow.example")[0].getHostAddress()));
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
}
