/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A method that is renamed would silently be allowed nothing any more. */
class LoopWaitsTest {
  private record Wait(String type, String method) {}

  @Test
  void eachIsAMethodThatExists() {
    List<Wait> waits = new ArrayList<>();
    LoopWaits.forEach((type, method) -> waits.add(new Wait(type, method)));

    assertThat(waits)
        .hasSize(3)
        .allSatisfy(
            wait ->
                assertThat(Class.forName(wait.type()).getDeclaredMethods())
                    .as(wait.toString())
                    .anyMatch(method -> method.getName().equals(wait.method())));
  }
}
