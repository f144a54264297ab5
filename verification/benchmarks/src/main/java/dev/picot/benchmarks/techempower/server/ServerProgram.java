/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.techempower.server;

import java.io.IOException;

/** One variant in a process of its own; ends with the process that started it. */
public final class ServerProgram {
  /** The question which transport and which threads there are; see {@link ThreadCensus}. */
  public static final String THREADS = "threads";

  private ServerProgram() {}

  /**
   * Starts the server, says its port, and answers questions.
   *
   * @param arguments the name of the variant, how many loops and connections, and the port of the
   *     database
   * @throws IOException if the parent cannot be heard
   */
  public static void main(String[] arguments) throws IOException {
    try {
      Site site =
          new Site(
              Integer.parseInt(arguments[1]),
              Integer.parseInt(arguments[2]),
              Integer.parseInt(arguments[3]));
      int port = Variant.valueOf(arguments[0]).server().start(site);
      Parent.say(String.valueOf(port));
    } catch (Exception e) {
      // What was started before would keep the process alive.
      e.printStackTrace();
      System.err.println("cannot start: " + e);
      Runtime.getRuntime().halt(1);
    }
    Parent.answer(
        question -> question.equals(THREADS) ? ThreadCensus.now().text() : "unknown: " + question);
    Runtime.getRuntime().halt(0);
  }
}
