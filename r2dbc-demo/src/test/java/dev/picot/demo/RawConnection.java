/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.demo;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Speaks HTTP byte by byte, as a client does that is broken, old or about to go away. */
final class RawConnection implements AutoCloseable {
  private static final int LIMIT_MILLIS = 10_000;
  private static final Pattern CONTENT_LENGTH = Pattern.compile("(?i)content-length: (\\d+)");

  private final Socket socket = new Socket();

  RawConnection(int port) throws IOException {
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), LIMIT_MILLIS);
    socket.setSoTimeout(LIMIT_MILLIS);
    socket.setTcpNoDelay(true);
  }

  RawConnection send(String text) throws IOException {
    OutputStream out = socket.getOutputStream();
    out.write(text.getBytes(StandardCharsets.ISO_8859_1));
    out.flush();
    return this;
  }

  /** Reads one response, with what informs before it; all there is if it is not a whole one. */
  String read() throws IOException {
    String head = readHead();
    if (head.startsWith("HTTP/1.1 100 ")) {
      return head + read();
    }
    Matcher length = CONTENT_LENGTH.matcher(head);
    byte[] body =
        length.find()
            ? socket.getInputStream().readNBytes(Integer.parseInt(length.group(1)))
            : socket.getInputStream().readAllBytes();
    return head + new String(body, StandardCharsets.UTF_8);
  }

  private String readHead() throws IOException {
    StringBuilder head = new StringBuilder();
    int next;
    while (head.indexOf("\r\n\r\n") < 0 && (next = socket.getInputStream().read()) >= 0) {
      head.append((char) next);
    }
    return head.toString();
  }

  /** Whether the server has closed its side; waits for it. */
  boolean isClosedByServer() throws IOException {
    return socket.getInputStream().read() < 0;
  }

  /** Goes away without a word: the server gets a reset. */
  void reset() throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
