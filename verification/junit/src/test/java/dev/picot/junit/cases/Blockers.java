/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit.cases;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

/** The ways in which an application blocks a thread: the only place where tests do so. */
public final class Blockers {
  private static final AtomicLong SINK = new AtomicLong();

  private Blockers() {}

  public static void sleep(Duration duration) {
    try {
      Thread.sleep(duration.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  public static void enter(Object lock) {
    synchronized (lock) {
      SINK.incrementAndGet();
    }
  }

  public static void receive(DatagramChannel channel) {
    try {
      channel.receive(ByteBuffer.allocate(1));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static void spinUntil(BooleanSupplier condition) {
    while (!condition.getAsBoolean()) {
      for (int i = 0; i < 1_000; i++) {
        SINK.lazySet(SINK.get() * 31 + i);
      }
    }
  }
}
