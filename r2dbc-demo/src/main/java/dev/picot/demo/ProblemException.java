/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.demo;

import dev.picot.LoopStalledException;
import dev.picot.RefusedException;
import dev.picot.TaskTimeoutException;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.r2dbc.spi.R2dbcNonTransientResourceException;
import io.r2dbc.spi.R2dbcTimeoutException;
import io.r2dbc.spi.R2dbcTransientException;
import java.sql.SQLTimeoutException;
import java.sql.SQLTransientException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;

/**
 * A request cannot be answered as the client wished; says which status and which RFC 9457 problem
 * body tell it.
 */
final class ProblemException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private static final String RETRY_AFTER = "retry-after";

  /** The status code. */
  private final int status;

  /** Further headers of the response. */
  @SuppressWarnings("serial") // a copy made by Map.of or Map.copyOf, which is serializable
  private final Map<String, String> headers;

  private ProblemException(int status, String detail, Map<String, String> headers) {
    // It is an answer: nobody reads its stack.
    super(detail, null, false, false);
    this.status = status;
    this.headers = headers;
  }

  /** {@return 400: a value of the request cannot be understood} */
  static ProblemException badRequest(String detail) {
    return new ProblemException(400, detail, Map.of());
  }

  /** {@return 404} */
  static ProblemException notFound(String detail) {
    return new ProblemException(404, detail, Map.of());
  }

  /** {@return 404: there is no room of this name} */
  static ProblemException noRoom(String room) {
    return notFound("There is no room '%s'. GET /rooms lists them.".formatted(room));
  }

  /** {@return 405, with the methods that are allowed} */
  static ProblemException methodNotAllowed(String method, Set<String> allowed) {
    String allow = String.join(", ", allowed);
    return new ProblemException(
        405,
        "Method %s is not known here (expected: %s).".formatted(method, allow),
        Map.of("allow", allow));
  }

  /** {@return 409} */
  static ProblemException conflict(String detail) {
    return new ProblemException(409, detail, Map.of());
  }

  /** {@return 413: the body is longer than the limit; the connection closes, for the rest of it} */
  static ProblemException tooLarge(int limit) {
    return new ProblemException(
        413,
        "The body is longer than %d bytes, the limit.".formatted(limit),
        Map.of("connection", "close"));
  }

  /** {@return 415} */
  static ProblemException unsupportedMediaType(String detail) {
    return new ProblemException(415, detail, Map.of("accept-post", "application/json"));
  }

  /** {@return 422: the request can be understood, and what it asks for is against a rule} */
  static ProblemException unprocessable(String detail) {
    return new ProblemException(422, detail, Map.of());
  }

  /**
   * Finds the answer to a failure.
   *
   * @param error the failure
   * @return itself if it is an answer; 503 for work that was refused, cancelled or given up, and
   *     for a database that cannot be reached; 504 for what took too long; 500 for everything else,
   *     without details
   */
  static ProblemException of(Throwable error) {
    if (error instanceof ProblemException problem) {
      return problem;
    }
    if (error instanceof RefusedException refused) {
      return unavailable(
          "The service has no room for this request now; nothing of it was done.",
          refused.retryAfter());
    }
    if (error instanceof CancellationException) {
      return unavailable("The service is being closed.", Duration.ofSeconds(1));
    }
    if (error instanceof LoopStalledException) {
      return new ProblemException(
          503,
          "The request got stuck and was given up.",
          Map.of(RETRY_AFTER, "1", "connection", "close"));
    }
    if (error instanceof TaskTimeoutException
        || error instanceof R2dbcTimeoutException
        || error instanceof SQLTimeoutException) {
      return new ProblemException(504, "The request took too long and was given up.", Map.of());
    }
    if (error instanceof R2dbcTransientException
        || error instanceof R2dbcNonTransientResourceException
        || error instanceof SQLTransientException) {
      return unavailable(
          "The database does not answer now; a write that may have reached it is safe to repeat with the same Idempotency-Key.",
          Duration.ofSeconds(1));
    }
    return new ProblemException(
        500, "The request failed for a reason that is in the log.", Map.of());
  }

  private static ProblemException unavailable(String what, Duration retryAfter) {
    long seconds = Math.max(1, retryAfter.plusMillis(999).toSeconds());
    return new ProblemException(
        503,
        "%s Try again in %d s.".formatted(what, seconds),
        Map.of(RETRY_AFTER, Long.toString(seconds)));
  }

  /** {@return the status code} */
  int status() {
    return status;
  }

  /**
   * Writes the problem body.
   *
   * @param instance the path of the request
   * @return the response
   */
  Response response(String instance) {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("type", "about:blank");
    body.put("title", HttpResponseStatus.valueOf(status).reasonPhrase());
    body.put("status", status);
    body.put("detail", getMessage());
    body.put("instance", instance);
    return new Response(status, "application/problem+json", headers, Json.write(body));
  }
}
