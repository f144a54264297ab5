/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.demo;

import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * What a callback thread answers; Netty writes it.
 *
 * @param status the status code
 * @param contentType what the body is
 * @param headers further headers
 * @param body the body
 */
record Response(int status, String contentType, Map<String, String> headers, String body) {
  /**
   * Answers in JSON.
   *
   * @param status the status code
   * @param body what to write
   * @return the response
   */
  static Response json(int status, Object body) {
    return new Response(status, "application/json", Map.of(), Json.write(body));
  }

  /**
   * Answers in plain text.
   *
   * @param text the text
   * @return the response
   */
  static Response text(String text) {
    return new Response(200, "text/plain; charset=utf-8", Map.of(), text);
  }

  /**
   * {@return the same response with these headers}
   *
   * @param headers the headers, by name
   */
  Response with(Map<String, String> headers) {
    return new Response(status, contentType, Map.copyOf(headers), body);
  }

  /** {@return the body as it goes over the wire} */
  byte[] bytes() {
    return body.getBytes(StandardCharsets.UTF_8);
  }
}
