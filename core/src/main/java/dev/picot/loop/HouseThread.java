/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

/** A daemon that keeps house: it says what for, and keeps nothing of whoever came first. */
final class HouseThread extends Thread {
  private final Census.Role role;

  HouseThread(Census.Role role, String name, Runnable action) {
    super(null, action, name, 0, false);
    this.role = role;
    setDaemon(true);
    setContextClassLoader(HouseThread.class.getClassLoader());
  }

  Census.Role role() {
    return role;
  }
}
