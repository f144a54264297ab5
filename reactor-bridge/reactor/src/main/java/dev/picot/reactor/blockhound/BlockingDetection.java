/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor.blockhound;

import dev.picot.internal.BlockHoundSetup;
import java.util.Objects;
import java.util.Optional;

/**
 * Finds blocking calls on loops with BlockHound: for development and tests, off unless asked for.
 *
 * <p>Works with any installation of BlockHound that uses the integrations of the class path, and
 * installs it itself only if asked to. A thread whose loop was taken over may block: it owns no
 * loop any more. For tests of whole applications see {@code @NoBlocking} of picot-junit, which
 * decides in place of the mode while such a test runs.
 *
 * <h2>Threading</h2>
 *
 * Every method may be called by any thread. The mode applies to all loops of the process.
 *
 * <h2>Errors</h2>
 *
 * In mode {@link Mode#THROW} the call fails with BlockHound's {@code BlockingOperationError}, which
 * is the outcome of the step unless the step catches it.
 *
 * @since 0.1
 */
public final class BlockingDetection {
  /** What happens when a loop is about to be blocked. */
  public enum Mode {
    /** The call is reported in the log of {@code dev.picot}, and goes on. The default. */
    RECORD,
    /** The call fails. */
    THROW,
    /** Nothing; the call goes on. */
    OFF
  }

  private static volatile Mode mode = Mode.RECORD;

  private BlockingDetection() {}

  /**
   * Installs BlockHound unless somebody has, and proves by a blocking call that detection is live.
   *
   * @return what to do to make it work, as half a sentence, such as to add a flag to the arguments
   *     of the JVM; empty if it does
   */
  public static Optional<String> install() {
    return BlockHoundSetup.isOnClassPathOf(BlockingDetection.class)
        ? Installation.MISSING
        : Optional.of(
            "add io.projectreactor.tools:blockhound to the class path and "
                + BlockHoundSetup.neededFlags()
                + " to the JVM arguments");
  }

  /** {@return what happens when a loop is about to be blocked} */
  public static Mode mode() {
    return mode;
  }

  /**
   * Says what happens from now on when a loop is about to be blocked.
   *
   * @param mode what happens
   */
  public static void mode(Mode mode) {
    BlockingDetection.mode = Objects.requireNonNull(mode, "mode");
  }
}
