/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor.blockhound;

import dev.picot.internal.BlockHoundSetup;
import java.util.Optional;
import reactor.blockhound.BlockHound;

/** Installs BlockHound once per JVM. */
final class Installation {
  /** What to do to make it work; empty if detection is live. */
  static final Optional<String> MISSING = BlockHoundSetup.install(BlockHound::install);

  private Installation() {}
}
