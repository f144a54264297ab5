/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

/**
 * A loop thread of a simulation, which runs only when it is its turn. It may lose the turn before a
 * slice, at the end of one, between a post and the wake-up, and wherever it looks at the clock.
 */
final class SimulatedThread extends LoopThread {
  private final Simulator simulator;
  private final Simulator.Actor actor;

  SimulatedThread(String name, Simulator simulator) {
    super(name);
    this.simulator = simulator;
    this.actor = simulator.admit(name, this);
  }

  @Override
  public void run() {
    simulator.awaitTurn(actor);
    try {
      super.run();
    } finally {
      simulator.end(actor);
    }
  }

  @Override
  void startStandby(Loop mine) {
    // one is made for each takeover
  }

  @Override
  void wake() {
    simulator.pause(); // whoever has made the post
    simulator.wake(actor);
  }

  @Override
  void begin(LoopTask next) {
    simulator.pause();
    super.begin(next);
  }

  @Override
  boolean awaitPost(Lookout lookout) {
    return false; // nothing moves meanwhile
  }

  @Override
  public boolean exitSlice() {
    simulator.pause();
    return super.exitSlice();
  }
}
