/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

/**
 * A blocking call that was running when somebody looked.
 *
 * @param task the call
 * @param thread the elastic thread it was running on
 * @param runningNanos how long it had been running
 * @since 0.1
 */
public record ElasticCall(ElasticTask task, Thread thread, long runningNanos) {

  /** {@return what the call calls itself} */
  public String describe() {
    return task.describe();
  }
}
