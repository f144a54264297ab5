/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit.blockhound;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;

/** The JVM flag that BlockHound cannot do without. */
final class VmFlags {
  private static final String FLAG = "AllowRedefinitionToAddDeleteMethods";
  private static final int FIRST_WITH_AGENT_WARNING = 21;

  /** What to add to the arguments of this JVM. */
  static final String NEEDED =
      "-XX:+"
          + FLAG
          + (Runtime.version().feature() < FIRST_WITH_AGENT_WARNING
              ? ""
              : " -XX:+EnableDynamicAgentLoading");

  private VmFlags() {}

  /** Whether this JVM says that it was started without the flag. */
  static boolean isKnownToBeMissing() {
    try {
      HotSpotDiagnosticMXBean vm =
          ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
      return vm != null && !Boolean.parseBoolean(vm.getVMOption(FLAG).getValue());
    } catch (IllegalArgumentException e) {
      return false;
    }
  }
}
