/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

/**
 * A step without argument and result that may throw anything.
 *
 * @since 0.1
 */
@FunctionalInterface
public interface Action {
  /**
   * Runs the step.
   *
   * @throws Exception fails the callback thread that runs the step
   */
  void run() throws Exception;
}
