/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.demo;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A request target, decoded.
 *
 * @param path the segments of the path, one empty segment for the root
 * @param query the parameters of the query
 */
record Target(List<String> path, Map<String, String> query) {
  /** One at the beginning and one at the end of a path mean nothing. */
  private static final Pattern SLASHES = Pattern.compile("^/|/$");

  /**
   * Decodes a request target.
   *
   * @param uri the target, a path with a query or a whole URL
   * @return its parts
   * @throws ProblemException 400 if it cannot be decoded, or has a parameter twice
   */
  static Target parse(String uri) {
    List<String> path = new ArrayList<>();
    for (String segment : SLASHES.matcher(rawPath(uri)).replaceAll("").split("/", -1)) {
      path.add(decode(segment.replace("+", "%2B")));
    }
    int queryStart = uri.indexOf('?');
    return new Target(
        List.copyOf(path), queryStart < 0 ? Map.of() : query(uri.substring(queryStart + 1)));
  }

  /**
   * {@return the path of a target, as sent}
   *
   * @param uri the target
   */
  static String rawPath(String uri) {
    int end = uri.indexOf('?');
    String path = end < 0 ? uri : uri.substring(0, end);
    int scheme = path.indexOf("://");
    if (scheme < 0 || path.startsWith("/")) {
      return path;
    }
    int start = path.indexOf('/', scheme + 3);
    return start < 0 ? "/" : path.substring(start);
  }

  private static Map<String, String> query(String raw) {
    Map<String, String> query = new HashMap<>();
    for (String parameter : raw.split("&", -1)) {
      if (parameter.isEmpty()) {
        continue;
      }
      int equals = parameter.indexOf('=');
      String name = decode(equals < 0 ? parameter : parameter.substring(0, equals));
      String value = equals < 0 ? "" : decode(parameter.substring(equals + 1));
      if (query.put(name, value) != null) {
        throw ProblemException.badRequest(
            "The query parameter '%s' is there more than once.".formatted(name));
      }
    }
    return query;
  }

  private static String decode(String raw) {
    String decoded;
    try {
      decoded = URLDecoder.decode(raw, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw notEncoded(raw);
    }
    if (decoded.indexOf('\uFFFD') >= 0) {
      throw notEncoded(raw);
    }
    return decoded;
  }

  private static ProblemException notEncoded(String raw) {
    return ProblemException.badRequest("'%s' is not percent-encoded UTF-8.".formatted(raw));
  }

  /**
   * {@return a text as a segment of a path or a value of a query}
   *
   * @param text the text
   */
  static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /**
   * Reads a query parameter.
   *
   * @param name its name
   * @return its value, or empty if it is not there
   */
  Optional<String> parameter(String name) {
    return Optional.ofNullable(query.get(name));
  }

  /**
   * Reads a query parameter that is a whole number.
   *
   * @param name its name
   * @param max the largest it may be; the smallest is 1
   * @param otherwise what it is if it is not there
   * @return the number
   * @throws ProblemException 400 if it is something else
   */
  long number(String name, long max, long otherwise) {
    String text = query.get(name);
    if (text == null) {
      return otherwise;
    }
    // Eighteen digits are a long for sure.
    if (text.matches("[0-9]{1,18}")) {
      long number = Long.parseLong(text);
      if (number >= 1 && number <= max) {
        return number;
      }
    }
    throw ProblemException.badRequest(
        "%s: '%s' (expected: a whole number from 1 to %d)".formatted(name, text, max));
  }
}
