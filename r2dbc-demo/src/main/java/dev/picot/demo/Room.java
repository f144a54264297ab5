/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.demo;

import java.text.Normalizer;
import java.time.Instant;
import java.util.regex.Pattern;

/**
 * A room.
 *
 * @param name its name, see {@link #NAME_RULE}
 * @param createdAt when it was created
 */
record Room(String name, Instant createdAt) {
  /** What a name looks like, for people. */
  static final String NAME_RULE =
      "1 to 40 letters, digits, '-', '_', '.' or single spaces, a letter or digit at both ends";

  private static final int MAX_NAME_LENGTH = 40;

  private static final Pattern NAME =
      Pattern.compile("[\\p{L}\\p{M}\\p{N}]+(?:[-_. ][\\p{L}\\p{M}\\p{N}]+)*");

  /**
   * {@return the one form of a name that can be written in several, such as with a combining
   * accent}
   */
  static String canonical(String name) {
    return Normalizer.normalize(name, Normalizer.Form.NFC);
  }

  /** {@return whether a room may have this name} */
  static boolean isName(String name) {
    return name.codePointCount(0, name.length()) <= MAX_NAME_LENGTH && NAME.matcher(name).matches();
  }
}
