/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.techempower.server;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** A rendered response; each request renders its own, as the rules want it. */
final class Answer {
  /** The value of the header that names the server. */
  static final String SERVER = "picot-benchmark";

  private static final String TEXT = "text/plain; charset=utf-8";
  private static final String JSON = "application/json";
  private static final String HTML = "text/html; charset=utf-8";
  private static final byte[] HELLO = "Hello, World!".getBytes(StandardCharsets.UTF_8);

  private final String contentType;
  private final byte[] body;

  private Answer(String contentType, byte[] body) {
    this.contentType = contentType;
    this.body = body;
  }

  static Answer plaintext() {
    return new Answer(TEXT, HELLO);
  }

  /** The greeting as JSON. */
  static Answer json() {
    StringBuilder out = new StringBuilder(32);
    string(out.append("{\"message\":"), "Hello, World!");
    return of(JSON, out.append('}'));
  }

  static Answer of(World world) {
    StringBuilder out = new StringBuilder(40);
    append(out, world);
    return of(JSON, out);
  }

  static Answer of(List<World> worlds) {
    StringBuilder out = new StringBuilder(36 * worlds.size() + 2).append('[');
    for (World world : worlds) {
      append(out, world);
      out.append(',');
    }
    out.setCharAt(out.length() - 1, ']');
    return of(JSON, out);
  }

  /** Adds the one that is not in the table, sorts, escapes. */
  static Answer ofFortunes(List<Fortune> fortunes) {
    List<Fortune> all = new ArrayList<>(fortunes);
    all.add(Fortune.ADDED);
    all.sort(Comparator.comparing(Fortune::message));
    StringBuilder out =
        new StringBuilder(2_048)
            .append("<!DOCTYPE html><html><head><title>Fortunes</title></head><body><table>")
            .append("<tr><th>id</th><th>message</th></tr>");
    for (Fortune fortune : all) {
      out.append("<tr><td>").append(fortune.id()).append("</td><td>");
      escape(out, fortune.message());
      out.append("</td></tr>");
    }
    return of(HTML, out.append("</table></body></html>"));
  }

  String contentType() {
    return contentType;
  }

  /** Not to be changed. */
  byte[] body() {
    return body;
  }

  private static Answer of(String contentType, StringBuilder out) {
    return new Answer(contentType, out.toString().getBytes(StandardCharsets.UTF_8));
  }

  private static void append(StringBuilder out, World world) {
    out.append("{\"id\":").append(world.id());
    out.append(",\"randomNumber\":").append(world.randomNumber()).append('}');
  }

  private static void string(StringBuilder out, String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\');
      }
      out.append(c);
    }
    out.append('"');
  }

  private static void escape(StringBuilder out, String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '<' -> out.append("&lt;");
        case '>' -> out.append("&gt;");
        case '&' -> out.append("&amp;");
        case '"' -> out.append("&quot;");
        case '\'' -> out.append("&#39;");
        default -> out.append(c);
      }
    }
  }
}
