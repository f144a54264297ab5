/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import org.jspecify.annotations.Nullable;

/** One of the threads that keep house. The two of them look whether the other one has died. */
abstract class Keeper implements Runnable {
  private final Census.Role role;
  private final String name;

  /** Null until it is started. Written by whoever starts it. */
  private volatile @Nullable Thread thread;

  /** For tests: the thread dies when it looks next. */
  private volatile boolean toDie;

  Keeper(Census.Role role, String name) {
    this.role = role;
    this.name = name;
  }

  /** Starts its thread; again, if that has died. */
  final void start() {
    Thread made = new HouseThread(role, name, this);
    thread = made;
    made.start();
  }

  /** For tests: lets its thread die. */
  final void die() {
    toDie = true;
  }

  /** Once after {@link #die}. */
  final boolean isToDie() {
    boolean now = toDie;
    toDie = false;
    return now;
  }

  final @Nullable Thread thread() {
    return thread;
  }

  /** Whether it was started and runs no more. */
  final boolean hasEnded() {
    Thread started = thread;
    return started != null && !started.isAlive() && started.getState() != Thread.State.NEW;
  }
}
