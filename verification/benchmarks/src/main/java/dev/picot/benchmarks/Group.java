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

  /**
   * Lists the measurements of one effort.
   *
   * @param effort how long to measure
   * @return some of the measurements, in the order of the table; all of them unless a group takes
   *     the time for some only when there is much of it
   */
  default List<Measurement> measurements(Effort effort) {
    return measurements();
  }

  /** {@return what its runs have found out besides figures, in lines to be printed above them} */
  default List<String> notes() {
    return List.of();
  }

  /** Ends what its runs have left running, for they may share it. */
  default void close() {}
}
