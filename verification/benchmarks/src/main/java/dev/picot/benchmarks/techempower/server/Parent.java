/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.techempower.server;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.function.UnaryOperator;

/**
 * How a started process speaks with the one that started it: lines of the standard output with a
 * mark are for it, and a line of the standard input is its question; the end of the input is its
 * end.
 */
public final class Parent {
  /** Begins each line that is meant for the parent. */
  public static final String MARK = "@ ";

  private Parent() {}

  static void say(String line) {
    System.out.println(MARK + line);
    System.out.flush();
  }

  /** Answers questions until the parent ends or closes the input. */
  static void answer(UnaryOperator<String> answers) throws IOException {
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String question = in.readLine(); question != null; question = in.readLine()) {
      say(answers.apply(question));
    }
  }
}
