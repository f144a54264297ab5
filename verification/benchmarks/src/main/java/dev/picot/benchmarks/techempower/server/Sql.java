/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.techempower.server;

import java.util.List;

/** What all variants say to the database. */
final class Sql {
  static final String WORLD = "SELECT id, randomnumber FROM world WHERE id = $1";
  static final String FORTUNES = "SELECT id, message FROM fortune";

  /** One statement for all rows of a request, as the rules allow it for writing. */
  static final String UPDATE =
      "UPDATE world SET randomnumber = drawn.number"
          + " FROM unnest($1::int[], $2::int[]) AS drawn (id, number) WHERE world.id = drawn.id";

  private Sql() {}

  /** The ids of rows, for {@link #UPDATE}. */
  static Integer[] ids(List<World> worlds) {
    return worlds.stream().map(World::id).toArray(Integer[]::new);
  }

  /** The numbers of rows, for {@link #UPDATE}. */
  static Integer[] numbers(List<World> worlds) {
    return worlds.stream().map(World::randomNumber).toArray(Integer[]::new);
  }
}
