/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import org.jspecify.annotations.Nullable;

/**
 * In the slot of a callback thread that waits for a permit, until it arrives at its loop
 * afterwards.
 *
 * @param task what it does once it has one
 * @param deadlineNanos when it is refused, by the clock of the loops
 * @param admitted whether it has one
 * @param refusal how it fails, once that is decided
 */
record AdmissionWait(
    Task<?> task, long deadlineNanos, boolean admitted, @Nullable RefusedException refusal) {
  AdmissionWait(Task<?> task, long deadlineNanos) {
    this(task, deadlineNanos, false, null);
  }

  AdmissionWait letIn() {
    return new AdmissionWait(task, deadlineNanos, true, null);
  }

  AdmissionWait refused(RefusedException reason) {
    return new AdmissionWait(task, deadlineNanos, false, reason);
  }
}
