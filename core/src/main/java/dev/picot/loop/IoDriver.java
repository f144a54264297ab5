/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

/**
 * The I/O of one loop: handles its events, and waits for them in place of the loop.
 *
 * <p>Its code is trusted: it runs between slices, where a thread that is stuck is not replaced. It
 * hands everything that a user has written to slices.
 *
 * <h2>Threading</h2>
 *
 * {@link #wakeUp} may be called by any thread, all else by the owner of the loop in phase IO or, in
 * {@link #awaitEvents}, PARKED; so {@link Loop#isInLoop} holds. After a takeover the owner is
 * another thread.
 */
public interface IoDriver {

  /** Makes the driver of a loop. */
  @FunctionalInterface
  interface Factory {
    /**
     * Makes the driver of a loop that is about to be started. It takes nothing that would have to
     * be given back; that is for {@link IoDriver#open}.
     *
     * @param loop the loop
     * @return its driver, for as long as it lives
     */
    IoDriver driverOf(Loop loop);
  }

  /**
   * Runs the life of an owner of the loop on the calling thread: where to set up and take down what
   * belongs to the thread.
   *
   * @param life the life of the owner
   */
  void own(Runnable life);

  /**
   * Begins, once, on the first owner. If it throws, that is reported, and the loop goes on as if it
   * had no driver: nothing else is called but {@link #own} and {@link #close}.
   */
  void open();

  /** Handles the events that are there; never waits. */
  void poll();

  /**
   * Waits for events, as long as {@link Loop#maySleep}, and handles them. It calls {@link
   * Loop#wokeUp} between the two, so that a handler that does not return is told from sleep.
   *
   * @param nanos how long at most, above zero; {@link Long#MAX_VALUE} is without limit
   */
  void awaitEvents(long nanos);

  /** Ends {@link #awaitEvents}, or the next call of it. */
  void wakeUp();

  /** {@return whether it has nothing that could bring events} */
  boolean isUnused();

  /** Lets go of all that could bring events. What that posts still runs. */
  void letGo();

  /** Ends. It has let go of everything, or is unused; nothing is called afterwards but wakeUp. */
  void close();
}
