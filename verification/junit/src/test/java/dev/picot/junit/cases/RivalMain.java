/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit.cases;

import java.lang.reflect.Method;
import java.util.Arrays;
import reactor.blockhound.BlockHound;

/** Installs BlockHound before anybody else can: with the integrations of the class path or not. */
public final class RivalMain {
  /** The first argument if BlockHound is to be installed with integrations. */
  public static final String WITH_INTEGRATIONS = "with-integrations";

  private RivalMain() {}

  public static void main(String[] arguments) throws Exception {
    boolean with = arguments[0].equals(WITH_INTEGRATIONS);
    if (with) {
      BlockHound.install();
    } else {
      BlockHound.builder().install();
    }
    Method main =
        Class.forName("dev.picot.junit.CasesMain").getDeclaredMethod("main", String[].class);
    main.setAccessible(true);
    main.invoke(null, (Object) Arrays.copyOfRange(arguments, with ? 1 : 0, arguments.length));
  }
}
