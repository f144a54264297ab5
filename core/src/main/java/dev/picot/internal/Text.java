/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.internal;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Messages that read the same in every locale. */
public final class Text {
  private Text() {}

  /**
   * Formats a message.
   *
   * @param format as for {@link String#format}
   * @param arguments as for {@link String#format}
   * @return the message
   */
  public static String format(String format, @Nullable Object... arguments) {
    return String.format(Locale.ROOT, format, arguments);
  }
}
