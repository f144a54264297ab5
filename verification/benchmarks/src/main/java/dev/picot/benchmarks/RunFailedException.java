/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks;

/** A run that ended without a result. */
public final class RunFailedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * Makes it.
   *
   * @param label of the run
   * @param reason what happened; its first line stands in the table
   * @param cause or null
   */
  public RunFailedException(String label, String reason, Throwable cause) {
    super(label + " gave no result: " + reason, cause);
  }
}
