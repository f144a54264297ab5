/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.jspecify.annotations.Nullable;

/** What was logged to {@code dev.picot}. */
final class LogCapture {
  record Entry(Level level, String message, @Nullable Throwable error, String thread) {}

  private final Logger logger = Logger.getLogger("dev.picot");
  private final SimpleFormatter formatter = new SimpleFormatter();

  /** Guarded by this. */
  private final List<Entry> entries = new ArrayList<>();

  /** Guarded by this. */
  private final List<String> ignored = new ArrayList<>();

  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord logged) {
          add(
              new Entry(
                  logged.getLevel(),
                  formatter.formatMessage(logged),
                  logged.getThrown(),
                  Thread.currentThread().getName()));
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  void begin() {
    logger.addHandler(handler);
    logger.setUseParentHandlers(false);
  }

  void end() {
    logger.removeHandler(handler);
    logger.setUseParentHandlers(true);
  }

  private synchronized void add(Entry entry) {
    entries.add(entry);
    notifyAll();
  }

  synchronized List<Entry> entries() {
    return List.copyOf(entries);
  }

  /** Errors that no test has asked for. */
  synchronized List<Entry> errors() {
    return entries.stream()
        .filter(LogCapture::isError)
        .filter(entry -> ignored.stream().noneMatch(entry.message()::contains))
        .toList();
  }

  /** Errors whose message contains {@code text} may come, or not. */
  synchronized void ignore(String text) {
    ignored.add(text);
  }

  /** For tests with many failures, which may be held up before they ask for one of them. */
  void ignoreUnobserved() {
    ignore("nobody asked for its outcome");
  }

  /** Waits for an error whose message contains {@code text}, and takes it out. */
  Entry takeError(String text) {
    return take(entry -> isError(entry) && entry.message().contains(text), "error", text);
  }

  /** Waits for an entry of any level whose message contains {@code text}, and takes it out. */
  Entry take(String text) {
    return take(entry -> entry.message().contains(text), "entry", text);
  }

  private synchronized Entry take(
      java.util.function.Predicate<Entry> wanted, String what, String text) {
    long until = System.nanoTime() + Deadline.LIMIT.toNanos();
    for (; ; ) {
      for (Entry entry : entries) {
        if (wanted.test(entry)) {
          entries.remove(entry);
          return entry;
        }
      }
      long millis = (until - System.nanoTime()) / 1_000_000;
      if (millis <= 0) {
        throw new AssertionError("no " + what + " in the log with '" + text + "': " + entries);
      }
      try {
        wait(millis);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }

  private static boolean isError(Entry entry) {
    return entry.level().intValue() >= Level.SEVERE.intValue();
  }
}
