/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import dev.picot.internal.Text;
import java.util.List;
import java.util.stream.Collectors;

/** Writes dumps. */
final class Dump {
  private Dump() {}

  static String text(String scheduler, Stats stats, List<CallbackThreadInfo> threads) {
    StringBuilder out = new StringBuilder();
    out.append(
        Text.format(
            "scheduler '%s': %d live on %d loops, %d waiting for admission, %d completed, %d failed, %d cancelled, %d refused%n",
            scheduler,
            stats.live(),
            stats.loops(),
            stats.waiting(),
            stats.completed(),
            stats.failed(),
            stats.cancelled(),
            stats.refused()));
    Stats.Elastic elastic = stats.elastic();
    out.append(
        Text.format(
            "elastic pool: %d threads, %d active, %d queued, %d completed, %d rejected%n",
            elastic.threads(),
            elastic.active(),
            elastic.queued(),
            elastic.completed(),
            elastic.rejected()));
    out.append(
        Text.format(
            "takeovers: %d, detached now: %d, migrations: %d%n",
            stats.takeovers(), stats.detached(), stats.migrations()));
    for (CallbackThreadInfo thread : threads) {
      out.append(
          Text.format(
              "#%d '%s' %s on %s, age %d ms",
              thread.id(),
              onOneLine(thread.path().isEmpty() ? thread.name() : thread.path()),
              thread.state(),
              thread.loop(),
              thread.age().toMillis()));
      if (thread.parent() != 0) {
        out.append(Text.format(", child of #%d", thread.parent()));
      }
      if (!thread.waitsFor().isEmpty()) {
        out.append(
            Text.format(
                ", waits for %s since %d ms", thread.waitsFor(), thread.waited().toMillis()));
      }
      if (!thread.detachedOn().isEmpty()) {
        out.append(
            Text.format(
                ", detached on '%s' since %d ms", thread.detachedOn(), thread.waited().toMillis()));
      }
      out.append(System.lineSeparator());
    }
    return out.toString();
  }

  static String json(String scheduler, Stats stats, List<CallbackThreadInfo> threads) {
    Stats.Elastic elastic = stats.elastic();
    return Text.format(
        """
        {"scheduler":%s,"loops":%d,"live":%d,"waiting":%d,"completed":%d,"failed":%d,"cancelled":%d,\
        "refused":%d,"takeovers":%d,"detached":%d,\
        "migrations":%d,\
        "elastic":{"threads":%d,"active":%d,"queued":%d,"completed":%d,"rejected":%d},\
        "callbackThreads":[%s]}""",
        quote(scheduler),
        stats.loops(),
        stats.live(),
        stats.waiting(),
        stats.completed(),
        stats.failed(),
        stats.cancelled(),
        stats.refused(),
        stats.takeovers(),
        stats.detached(),
        stats.migrations(),
        elastic.threads(),
        elastic.active(),
        elastic.queued(),
        elastic.completed(),
        elastic.rejected(),
        threads.stream().map(Dump::json).collect(Collectors.joining(",")));
  }

  private static String json(CallbackThreadInfo thread) {
    return Text.format(
        """
        {"id":%d,"name":%s,"path":%s,"state":"%s","loop":%s,"waitsFor":%s,"ageMillis":%d,\
        "waitedMillis":%d,"detachedOn":%s,"parent":%d}""",
        thread.id(),
        quote(thread.name()),
        quote(thread.path()),
        thread.state(),
        quote(thread.loop()),
        quote(thread.waitsFor()),
        thread.age().toMillis(),
        thread.waited().toMillis(),
        quote(thread.detachedOn()),
        thread.parent());
  }

  private static String quote(String text) {
    return '"' + onOneLine(text.replace("\\", "\\\\").replace("\"", "\\\"")) + '"';
  }

  /** Whatever a name contains, it makes no line of its own. */
  private static String onOneLine(String text) {
    StringBuilder out = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isISOControl(c) || Character.isSurrogate(c) || c == '\u2028' || c == '\u2029') {
        out.append(Text.format("\\u%04x", (int) c));
      } else {
        out.append(c);
      }
    }
    return out.toString();
  }
}
