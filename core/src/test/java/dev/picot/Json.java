/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads JSON, strictly, so that what is no JSON fails. */
final class Json {
  private final String text;
  private int at;

  private Json(String text) {
    this.text = text;
  }

  /** Maps, lists, strings, longs, booleans. */
  static Object parse(String text) {
    var json = new Json(text);
    Object value = json.value();
    if (json.at != text.length()) {
      throw json.error("the end");
    }
    return value;
  }

  private Object value() {
    char first = text.charAt(at);
    return switch (first) {
      case '{' -> object();
      case '[' -> array();
      case '"' -> string();
      case 't', 'f' -> bool();
      default -> number();
    };
  }

  private Boolean bool() {
    boolean value = text.startsWith("true", at);
    if (!value && !text.startsWith("false", at)) {
      throw error("true or false");
    }
    at += Boolean.toString(value).length();
    return value;
  }

  private Map<String, Object> object() {
    Map<String, Object> map = new LinkedHashMap<>();
    expect('{');
    if (!skip('}')) {
      do {
        String key = string();
        expect(':');
        if (map.put(key, value()) != null) {
          throw error("a new key");
        }
      } while (skip(','));
      expect('}');
    }
    return map;
  }

  private List<Object> array() {
    List<Object> list = new ArrayList<>();
    expect('[');
    if (!skip(']')) {
      do {
        list.add(value());
      } while (skip(','));
      expect(']');
    }
    return list;
  }

  private String string() {
    StringBuilder value = new StringBuilder();
    expect('"');
    while (!skip('"')) {
      char c = text.charAt(at++);
      if (c < ' ') {
        throw error("no control character");
      }
      value.append(c == '\\' ? escaped() : c);
    }
    return value.toString();
  }

  private char escaped() {
    char c = text.charAt(at++);
    return switch (c) {
      case '"', '\\', '/' -> c;
      case 'n' -> '\n';
      case 't' -> '\t';
      case 'r' -> '\r';
      case 'u' -> {
        at += 4;
        yield (char) Integer.parseInt(text.substring(at - 4, at), 16);
      }
      default -> throw error("an escape");
    };
  }

  private Long number() {
    int start = at;
    while (at < text.length() && "-0123456789".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
    if (start == at) {
      throw error("a number");
    }
    return Long.parseLong(text.substring(start, at));
  }

  private boolean skip(char c) {
    if (text.charAt(at) != c) {
      return false;
    }
    at++;
    return true;
  }

  private void expect(char c) {
    if (!skip(c)) {
      throw error("'" + c + "'");
    }
  }

  private AssertionError error(String expected) {
    return new AssertionError("expected " + expected + " at " + at + " of " + text);
  }
}
