/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks;

import java.util.List;

/** Measurements that belong together, found as a service. */
public interface Group {
  /** {@return its name on the command line} */
  String name();

  /** {@return what it is about, in one line} */
  String about();

  /** {@return its measurements, in the order of the table} */
  List<Measurement> measurements();
}
