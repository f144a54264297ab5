/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.demo;

import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/**
 * What a callback thread gets to know of an HTTP request: data, and nothing of the connection.
 *
 * @param method the method
 * @param uri the request target, as sent
 * @param contentType the header of that name
 * @param accept the header of that name
 * @param idempotencyKey the header of that name
 * @param body the body, there already
 */
record Request(
    String method,
    String uri,
    @Nullable String contentType,
    @Nullable String accept,
    @Nullable String idempotencyKey,
    InputStream body) {
  /** {@return the path as sent, without the query} */
  String rawPath() {
    return Target.rawPath(uri);
  }

  /** {@return a name for the callback thread: method and path, printable and short} */
  String label() {
    String path = rawPath().replaceAll("[^\\x21-\\x7e]", "?");
    return method + " " + (path.length() <= 100 ? path : path.substring(0, 99) + "~");
  }
}
