/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit;

import java.util.Set;

/** Where the code of a stack frame comes from. */
enum Origin {
  /** The JDK. */
  JDK,
  /** Reactor, Netty, JUnit, BlockHound or Picot: machinery that runs the application's code. */
  MACHINERY,
  /** The application, or a library it calls. */
  APPLICATION;

  private static final String[] JDK_PREFIXES = {"java.", "javax.", "jdk.", "sun.", "com.sun."};

  private static final String[] MACHINERY_PREFIXES = {
    "reactor.", "io.netty.", "org.reactivestreams.", "io.micrometer.context.", "org.junit."
  };

  /** Listed one by one: the demo and the tests of Picot are applications. */
  private static final Set<String> PICOT_PACKAGES =
      Set.of(
          "dev.picot",
          "dev.picot.internal",
          "dev.picot.loop",
          "dev.picot.stream",
          "dev.picot.service",
          "dev.picot.reactor",
          "dev.picot.reactor.blockhound",
          "dev.picot.reactor.contextpropagation",
          "dev.picot.reactor.micrometer",
          "dev.picot.reactor.netty",
          "dev.picot.r2dbc",
          "dev.picot.r2dbc.micrometer",
          "dev.picot.junit",
          "dev.picot.junit.internal.blockhound",
          "dev.picot.junit.internal.flight",
          "dev.picot.junit.internal.launcher",
          "dev.picot.junit.internal.netty",
          "dev.picot.junit.internal.reactor");

  static Origin of(StackTraceElement frame) {
    String name = frame.getClassName();
    if (startsWithAny(name, JDK_PREFIXES)) {
      return JDK;
    }
    if (startsWithAny(name, MACHINERY_PREFIXES)) {
      return MACHINERY;
    }
    return isOfPicot(name) ? MACHINERY : APPLICATION;
  }

  /** Whether it is of Picot's machinery, or of JUnit's. */
  static boolean isOurs(StackTraceElement frame) {
    return frame.getClassName().startsWith("org.junit.") || isOfPicot(frame.getClassName());
  }

  private static boolean isOfPicot(String type) {
    int dot = type.lastIndexOf('.');
    return dot >= 0 && PICOT_PACKAGES.contains(type.substring(0, dot));
  }

  private static boolean startsWithAny(String name, String[] prefixes) {
    for (String prefix : prefixes) {
      if (name.startsWith(prefix)) {
        return true;
      }
    }
    return false;
  }
}
