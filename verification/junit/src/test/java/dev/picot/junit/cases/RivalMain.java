/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit.cases;

import reactor.blockhound.BlockHound;

/** Installs BlockHound on its own terms before anybody else can. */
public final class RivalMain {
  private RivalMain() {}

  public static void main(String[] arguments) throws Exception {
    BlockHound.builder().install();
    Class<?> main = Class.forName("dev.picot.junit.CasesMain");
    var method = main.getDeclaredMethod("main", String[].class);
    method.setAccessible(true);
    method.invoke(null, (Object) arguments);
  }
}
