/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.r2dbc;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** What was logged to {@code dev.picot} during a test. */
public final class LogCapture implements BeforeEachCallback, AfterEachCallback {
  private final Logger logger = Logger.getLogger("dev.picot");
  private final List<LogRecord> records = new CopyOnWriteArrayList<>();

  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord logged) {
          records.add(logged);
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  @Override
  public void beforeEach(ExtensionContext context) {
    logger.addHandler(handler);
    logger.setUseParentHandlers(false);
  }

  @Override
  public void afterEach(ExtensionContext context) {
    logger.removeHandler(handler);
    logger.setUseParentHandlers(true);
  }

  /** Waits for a record whose message contains a text. */
  public LogRecord await(String text) {
    Loops.await(() -> records.stream().anyMatch(record -> contains(record, text)));
    return records.stream().filter(record -> contains(record, text)).findFirst().orElseThrow();
  }

  /** Whether there is a record whose message contains a text. */
  public boolean has(String text) {
    return records.stream().anyMatch(record -> contains(record, text));
  }

  private static boolean contains(LogRecord record, String text) {
    return record.getMessage().contains(text);
  }
}
