/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

/**
 * One blocking call, as an {@link ElasticPool} knows it.
 *
 * <p>An accepted call comes to exactly one end: it is run and then {@link #returned()}, or it is
 * found {@link #abandoned()}, or it is {@link #rejected}.
 *
 * <h2>Threading</h2>
 *
 * What the submitting thread did before it submitted the call happens before each of these methods;
 * {@link #run} happens before {@link #returned}. {@link #describe} may be called by any thread at
 * any time.
 *
 * @since 0.1
 */
public abstract class ElasticTask {
  /** For subclasses. */
  protected ElasticTask() {}

  /**
   * Makes the blocking call, on an elastic thread, at most once. It keeps its outcome, thrown or
   * not, for {@link #returned()}: what it throws instead goes to the uncaught exception handler of
   * the thread.
   */
  protected abstract void run();

  /**
   * The call has returned and is not counted any more: the place to send its outcome home. Called
   * once after {@link #run}, on the same thread and whatever that threw. A call that is submitted
   * because of this outcome finds the room that this one has left.
   */
  protected void returned() {}

  /**
   * {@return whether nobody waits for the call any more} Asked once, on an elastic thread, just
   * before {@link #run}. If true the call is dropped: it is not run, and nothing else is called.
   */
  protected boolean abandoned() {
    return false;
  }

  /**
   * The call was accepted but will not be run. Called once, by the thread that closes the pool, by
   * one that could not start a thread, by an elastic thread, or by one that submits a call: so it
   * does no more than pass the message on.
   *
   * @param reason an {@link ElasticPoolClosedException} or an {@link ElasticStartFailedException}
   */
  protected abstract void rejected(RuntimeException reason);

  /** {@return the name of the callback thread that waits for it; empty if none does} */
  protected String callbackThread() {
    return "";
  }

  /** {@return what dumps and refusals call it} */
  protected abstract String describe();
}
