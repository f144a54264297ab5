/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit.internal.flight;

import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import org.jspecify.annotations.Nullable;

/** A task of Reactor that ran for a test. Touched only where Flight Recorder is there. */
@Name(WorkEvent.NAME)
@Label("Work for a Test")
@Category({"Picot", "JUnit"})
@StackTrace(false)
final class WorkEvent extends Event {
  static final String NAME = "dev.picot.junit.Work";

  @Label("Test")
  @Nullable String provenance;
}
