/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.blockhound;

import java.security.CodeSource;
import java.util.List;

/** Who made a blocking call: the innermost frame that is not the JDK's. */
record Caller(Code code, String frame) {
  /** Whose code it is. */
  enum Code {
    /** What we publish. */
    PICOT,
    /** The JDK, which only passes the call on. */
    JDK,
    /** A test, which blocks on purpose. */
    TEST,
    /** A library, on behalf of any of them. */
    LIBRARY
  }

  static Caller of(List<StackTraceElement> stack) {
    for (StackTraceElement frame : stack) {
      Code code = codeOf(frame.getClassName());
      if (code != Code.JDK) {
        return new Caller(code, frame.toString());
      }
    }
    return new Caller(Code.LIBRARY, "nobody");
  }

  private static Code codeOf(String name) {
    try {
      return codeOf(Class.forName(name, false, Caller.class.getClassLoader()));
    } catch (ClassNotFoundException e) {
      return Code.LIBRARY; // made at run time
    }
  }

  private static Code codeOf(Class<?> type) {
    if (type.getModule().isNamed()) {
      return Code.JDK;
    }
    CodeSource source = type.getProtectionDomain().getCodeSource();
    if ((source != null && source.getLocation().getPath().endsWith("/test-classes/"))
        || type.getName().startsWith("org.reactivestreams.tck.")) { // its subscribers
      return Code.TEST;
    }
    return type.getName().startsWith("dev.picot.") ? Code.PICOT : Code.LIBRARY;
  }

  @Override
  public String toString() {
    return code + " " + frame;
  }
}
