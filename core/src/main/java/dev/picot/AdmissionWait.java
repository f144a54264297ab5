/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import org.jspecify.annotations.Nullable;

/**
 * In the slot of a callback thread that waits for a permit.
 *
 * @param task what it does once it has one
 * @param deadlineNanos when it is refused, by the clock of the loops
 * @param refusal how it fails, once that is decided
 */
record AdmissionWait(Task<?> task, long deadlineNanos, @Nullable RefusedException refusal) {
  AdmissionWait(Task<?> task, long deadlineNanos) {
    this(task, deadlineNanos, null);
  }

  AdmissionWait refused(RefusedException reason) {
    return new AdmissionWait(task, deadlineNanos, reason);
  }
}
