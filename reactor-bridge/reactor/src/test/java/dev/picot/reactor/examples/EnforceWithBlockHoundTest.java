/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.picot.LoopScheduler;
import dev.picot.Task;
import dev.picot.reactor.Blockers;
import dev.picot.reactor.Loops;
import dev.picot.reactor.blockhound.BlockingDetection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import reactor.blockhound.BlockingOperationError;

/** The code of docs/guides/enforce-with-blockhound.md. */
class EnforceWithBlockHoundTest {
  @RegisterExtension private final Loops loops = new Loops();

  private final LoopScheduler checkout = loops.make("checkout");
  private final List<String> log = new ArrayList<>();

  @AfterEach
  void recordAgain() {
    BlockingDetection.mode(BlockingDetection.Mode.RECORD);
  }

  @Test
  void strict() {
    // region install
    BlockingDetection.install()
        .ifPresent(remedy -> log.add("blocking calls are not detected: " + remedy));
    BlockingDetection.mode(BlockingDetection.Mode.THROW);
    // end region
    assertThat(log).isEmpty();

    // region violation
    Task<Void> price = Task.run(() -> Blockers.sleep(Duration.ofMillis(1))).named("price");
    // end region

    assertThatThrownBy(() -> checkout.spawn(price).block(Loops.PATIENCE))
        .isInstanceOf(BlockingOperationError.class);
  }
}
