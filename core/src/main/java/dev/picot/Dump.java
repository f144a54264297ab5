/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import java.util.List;
import java.util.stream.Collectors;

/** Writes dumps. */
final class Dump {
  private Dump() {}

  static String text(String scheduler, Stats stats, List<CallbackThreadInfo> threads) {
    StringBuilder out = new StringBuilder();
    out.append(
        "scheduler '%s': %d live on %d loops, %d completed, %d failed, %d cancelled, %d refused%n"
            .formatted(
                scheduler,
                stats.live(),
                stats.loops(),
                stats.completed(),
                stats.failed(),
                stats.cancelled(),
                stats.refused()));
    Stats.Elastic elastic = stats.elastic();
    out.append(
        "elastic pool: %d threads, %d active, %d queued, %d completed, %d rejected%n"
            .formatted(
                elastic.threads(),
                elastic.active(),
                elastic.queued(),
                elastic.completed(),
                elastic.rejected()));
    out.append("takeovers: %d, detached now: %d%n".formatted(stats.takeovers(), stats.detached()));
    for (CallbackThreadInfo thread : threads) {
      out.append(
          "#%d '%s' %s on %s, age %d ms"
              .formatted(
                  thread.id(),
                  thread.path().isEmpty() ? thread.name() : thread.path(),
                  thread.state(),
                  thread.loop(),
                  thread.age().toMillis()));
      if (!thread.waitsFor().isEmpty()) {
        out.append(
            ", waits for %s since %d ms".formatted(thread.waitsFor(), thread.waited().toMillis()));
      }
      if (!thread.detachedOn().isEmpty()) {
        out.append(
            ", detached on '%s' since %d ms"
                .formatted(thread.detachedOn(), thread.waited().toMillis()));
      }
      out.append(System.lineSeparator());
    }
    return out.toString();
  }

  static String json(String scheduler, Stats stats, List<CallbackThreadInfo> threads) {
    Stats.Elastic elastic = stats.elastic();
    return """
        {"scheduler":%s,"loops":%d,"live":%d,"completed":%d,"failed":%d,"cancelled":%d,\
        "refused":%d,"takeovers":%d,"detached":%d,\
        "elastic":{"threads":%d,"active":%d,"queued":%d,"completed":%d,"rejected":%d},\
        "callbackThreads":[%s]}"""
        .formatted(
            quote(scheduler),
            stats.loops(),
            stats.live(),
            stats.completed(),
            stats.failed(),
            stats.cancelled(),
            stats.refused(),
            stats.takeovers(),
            stats.detached(),
            elastic.threads(),
            elastic.active(),
            elastic.queued(),
            elastic.completed(),
            elastic.rejected(),
            threads.stream().map(Dump::json).collect(Collectors.joining(",")));
  }

  private static String json(CallbackThreadInfo thread) {
    return """
        {"id":%d,"name":%s,"path":%s,"state":"%s","loop":%s,"waitsFor":%s,"ageMillis":%d,\
        "waitedMillis":%d,"detachedOn":%s}"""
        .formatted(
            thread.id(),
            quote(thread.name()),
            quote(thread.path()),
            thread.state(),
            quote(thread.loop()),
            quote(thread.waitsFor()),
            thread.age().toMillis(),
            thread.waited().toMillis(),
            quote(thread.detachedOn()));
  }

  private static String quote(String text) {
    StringBuilder out = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c < ' ' || Character.isSurrogate(c)) {
        out.append("\\u%04x".formatted((int) c));
      } else {
        out.append(c);
      }
    }
    return out.append('"').toString();
  }
}
