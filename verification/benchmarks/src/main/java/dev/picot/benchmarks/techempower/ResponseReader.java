/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.techempower;

import java.nio.ByteBuffer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds the end of each response of a connection, and looks at its status. */
final class ResponseReader {
  private static final int IN_HEAD = -1;
  private static final int MOST = 16 * 1_024;
  private static final Pattern STATUS = Pattern.compile("HTTP/1\\.1 200[ \r]");
  private static final Pattern LENGTH =
      Pattern.compile("\r\ncontent-length: *(\\d+) *\r\n", Pattern.CASE_INSENSITIVE);

  private final StringBuilder head = new StringBuilder(256);
  private int bodyLeft = IN_HEAD;

  /**
   * Reads on.
   *
   * @param input what has come; all of it is taken
   * @return whether that was the end of a response
   * @throws IllegalStateException if it is not 200, has no length, or is followed by something
   */
  boolean isEndedBy(ByteBuffer input) {
    while (input.hasRemaining() && bodyLeft == IN_HEAD) {
      head.append((char) (input.get() & 0xff));
      int length = head.length();
      if (length >= 4 && head.charAt(length - 1) == '\n' && head.charAt(length - 3) == '\n') {
        bodyLeft = bodyLength();
        head.setLength(0);
      } else if (length > MOST) {
        throw new IllegalStateException("a response without an end of its head");
      }
    }
    if (bodyLeft == IN_HEAD) {
      return false;
    }
    bodyLeft -= input.remaining();
    input.position(input.limit());
    if (bodyLeft < 0) {
      throw new IllegalStateException("a response that is longer than it says");
    }
    if (bodyLeft > 0) {
      return false;
    }
    bodyLeft = IN_HEAD;
    return true;
  }

  private int bodyLength() {
    Matcher length = LENGTH.matcher(head);
    if (!STATUS.matcher(head).lookingAt() || !length.find()) {
      throw new IllegalStateException("not 200, or without a length: " + head.toString().strip());
    }
    return Integer.parseInt(length.group(1));
  }
}
