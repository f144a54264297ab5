package dev.picot.demo;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** Speaks HTTP byte by byte, as a client does that is broken, old or about to go away. */
final class RawConnection implements AutoCloseable {
  private static final int LIMIT_MILLIS = 10_000;

  private final Socket socket = new Socket();

  RawConnection(int port) throws IOException {
    socket.connect(new InetSocketAddress("127.0.0.1", port), LIMIT_MILLIS);
    socket.setSoTimeout(LIMIT_MILLIS);
    socket.setTcpNoDelay(true);
  }

  RawConnection send(String text) throws IOException {
    OutputStream out = socket.getOutputStream();
    out.write(text.getBytes(StandardCharsets.ISO_8859_1));
    out.flush();
    return this;
  }

  /** Reads one response with a Content-Length, or what there is until the server closes. */
  String read() throws IOException {
    InputStream in = socket.getInputStream();
    StringBuilder response = new StringBuilder();
    int next;
    while ((next = in.read()) >= 0) {
      response.append((char) next);
      if (isWhole(response.substring(interim))) {
        break;
      }
      if (response.toString().startsWith("HTTP/1.1 100") && interim == 0 && endsHead(response)) {
        interim = response.length();
      }
    }
    return response.toString();
  }

  private static boolean isWhole(StringBuilder response) {
    int body = response.indexOf("\r\n\r\n");
    if (body < 0) {
      return false;
    }
    String length = "content-length: ";
    int at = response.indexOf(length);
    if (at < 0) {
      return false;
    }
    int bytes =
        Integer.parseInt(response.substring(at + length.length(), response.indexOf("\r", at)));
    return response.length() == body + 4 + bytes;
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
