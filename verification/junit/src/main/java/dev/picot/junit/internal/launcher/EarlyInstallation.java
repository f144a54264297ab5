/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit.internal.launcher;

import dev.picot.junit.internal.blockhound.BlockHoundDetector;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/**
 * Installs BlockHound before the first test class is loaded, because the first installation in a
 * JVM is the only one that counts. Public for the {@link java.util.ServiceLoader} only.
 */
public final class EarlyInstallation implements LauncherSessionListener {
  /** For the {@link java.util.ServiceLoader}. */
  public EarlyInstallation() {}

  @Override
  public void launcherSessionOpened(LauncherSession session) {
    BlockHoundDetector.install();
  }
}
