/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import dev.picot.internal.Text;
import dev.picot.loop.Stall;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Writes dumps. What there may be a hundred thousand of is not formatted, but appended. */
final class Dump {
  private Dump() {}

  static String text(
      String scheduler,
      boolean suspended,
      Stats stats,
      List<Stall> detachedTasks,
      List<CallbackThreadInfo> threads) {
    StringBuilder out = new StringBuilder();
    out.append(
        Text.format(
            "scheduler '%s'%s: %d live on %d loops, %d waiting for admission, %d completed, %d failed, %d cancelled, %d refused%n",
            scheduler,
            suspended ? " (suspended)" : "",
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
    stats.perLoop().forEach(loop -> out.append(text(loop)));
    detachedTasks.forEach(stall -> append(out, stall));
    threads.forEach(thread -> append(out, thread));
    return out.toString();
  }

  private static String text(Stats.Loop loop) {
    return Text.format(
        "loop %s: %d ready, %d waiting, %d timers, %d slices, %d%% used, %d stalls, %d takeovers, lag %s, hold %s%n",
        loop.name(),
        loop.ready(),
        loop.waiting(),
        loop.timers(),
        loop.slices(),
        Math.round(100 * loop.utilisation()),
        loop.stalls(),
        loop.takeovers(),
        text(loop.lag()),
        text(loop.hold()));
  }

  private static String text(Stats.Sampled sample) {
    return Text.format(
        "%d/%d/%d us of %d",
        micros(sample.median()), micros(sample.p99()), micros(sample.max()), sample.count());
  }

  private static long micros(Duration duration) {
    return TimeUnit.NANOSECONDS.toMicros(duration.toNanos());
  }

  private static void append(StringBuilder out, Stall stall) {
    appendOnOneLine(out, stall.what());
    out.append(" DETACHED from ").append(stall.loop().name());
    out.append(", on '").append(stall.thread().getName());
    out.append("' since ").append(stall.millis()).append(" ms");
    out.append(System.lineSeparator());
  }

  private static void append(StringBuilder out, CallbackThreadInfo thread) {
    out.append('#').append(thread.id()).append(" '");
    appendOnOneLine(out, thread.path().isEmpty() ? thread.name() : thread.path());
    out.append("' ").append(thread.state());
    if (thread.suspended()) {
      out.append(" (suspended)");
    }
    out.append(" on ").append(thread.loop());
    out.append(", age ").append(thread.age().toMillis()).append(" ms");
    if (thread.parent() != 0) {
      out.append(", child of #").append(thread.parent());
    }
    if (!thread.waitsFor().isEmpty()) {
      out.append(", waits for ").append(thread.waitsFor());
      out.append(" since ").append(thread.waited().toMillis()).append(" ms");
    }
    if (!thread.awayOn().isEmpty()) {
      out.append(", away on '").append(thread.awayOn()).append('\'');
    }
    if (!thread.detachedOn().isEmpty()) {
      out.append(", detached on '").append(thread.detachedOn());
      out.append("' since ").append(thread.waited().toMillis()).append(" ms");
    }
    if (!thread.step().isEmpty()) {
      out.append(", step ").append(thread.step());
    }
    out.append(System.lineSeparator());
  }

  static String json(
      String scheduler,
      boolean suspended,
      Stats stats,
      List<Stall> detachedTasks,
      List<CallbackThreadInfo> threads) {
    Stats.Elastic elastic = stats.elastic();
    StringBuilder out = new StringBuilder();
    out.append(
        Text.format(
            """
            {"scheduler":%s,"suspended":%b,"loops":%d,"live":%d,"waiting":%d,"completed":%d,\
            "failed":%d,"cancelled":%d,"refused":%d,"takeovers":%d,"detached":%d,\
            "migrations":%d,\
            "elastic":{"threads":%d,"active":%d,"queued":%d,"completed":%d,"rejected":%d},\
            "perLoop":[""",
            quote(scheduler),
            suspended,
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
            elastic.rejected()));
    String between = "";
    for (Stats.Loop loop : stats.perLoop()) {
      out.append(between).append(json(loop));
      between = ",";
    }
    out.append("],\"detachedTasks\":[");
    between = "";
    for (Stall stall : detachedTasks) {
      out.append(between).append(json(stall));
      between = ",";
    }
    out.append("],\"callbackThreads\":[");
    between = "";
    for (CallbackThreadInfo thread : threads) {
      out.append(between);
      appendJson(out, thread);
      between = ",";
    }
    return out.append("]}").toString();
  }

  /** In place of a dump that could not be made. */
  static String json(String scheduler, RuntimeException reason) {
    return "{\"scheduler\":" + quote(scheduler) + ",\"error\":" + quote(reason.getMessage()) + "}";
  }

  static String json(CallbackThreads.PlatformThread thread) {
    return Text.format(
        "{\"name\":%s,\"role\":\"%s\",\"owner\":%s}",
        quote(thread.name()), thread.role(), quote(thread.owner()));
  }

  private static String json(Stats.Loop loop) {
    return Text.format(
        """
        {"name":%s,"ready":%d,"waiting":%d,"timers":%d,"slices":%d,"usedPercent":%d,\
        "stalls":%d,"takeovers":%d,"lag":%s,"hold":%s}""",
        quote(loop.name()),
        loop.ready(),
        loop.waiting(),
        loop.timers(),
        loop.slices(),
        Math.round(100 * loop.utilisation()),
        loop.stalls(),
        loop.takeovers(),
        json(loop.lag()),
        json(loop.hold()));
  }

  private static String json(Stall stall) {
    return Text.format(
        "{\"what\":%s,\"loop\":%s,\"detachedOn\":%s,\"stuckMillis\":%d}",
        quote(stall.what()),
        quote(stall.loop().name()),
        quote(stall.thread().getName()),
        stall.millis());
  }

  private static String json(Stats.Sampled sample) {
    return Text.format(
        "{\"count\":%d,\"medianNanos\":%d,\"p99Nanos\":%d,\"maxNanos\":%d}",
        sample.count(), sample.median().toNanos(), sample.p99().toNanos(), sample.max().toNanos());
  }

  private static void appendJson(StringBuilder out, CallbackThreadInfo thread) {
    out.append("{\"id\":").append(thread.id());
    member(out, "name", thread.name());
    member(out, "path", thread.path());
    member(out, "state", thread.state().name());
    out.append(",\"suspended\":").append(thread.suspended());
    member(out, "loop", thread.loop());
    member(out, "waitsFor", thread.waitsFor());
    out.append(",\"ageMillis\":").append(thread.age().toMillis());
    out.append(",\"waitedMillis\":").append(thread.waited().toMillis());
    member(out, "detachedOn", thread.detachedOn());
    out.append(",\"parent\":").append(thread.parent());
    member(out, "step", thread.step());
    member(out, "awayOn", thread.awayOn());
    out.append('}');
  }

  private static void member(StringBuilder out, String key, String value) {
    out.append(",\"").append(key).append("\":").append(quote(value));
  }

  private static String quote(@Nullable String text) {
    String given = text == null ? "" : text;
    StringBuilder out = new StringBuilder(given.length() + 2).append('"');
    appendOnOneLine(out, given.replace("\\", "\\\\").replace("\"", "\\\""));
    return out.append('"').toString();
  }

  /** Whatever a name contains, it makes no line of its own. */
  private static void appendOnOneLine(StringBuilder out, String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isISOControl(c) || Character.isSurrogate(c) || c == '\u2028' || c == '\u2029') {
        out.append(Text.format("\\u%04x", (int) c));
      } else {
        out.append(c);
      }
    }
  }
}
