/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.blockhound;

import dev.picot.internal.BlockingCalls;
import dev.picot.loop.LoopThread;
import dev.picot.reactor.blockhound.BlockingDetection;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/**
 * Where a report is asked for: installs BlockHound before the first test class is loaded, remembers
 * each place where a loop was blocked, lets every call go on, and writes the report behind the last
 * test.
 */
public final class Session implements LauncherSessionListener {
  /** The file to write; null where our own tests run. */
  private final @Nullable String report = System.getProperty("picot.blockhound.report");

  private final Map<List<StackTraceElement>, String> blocked = new ConcurrentHashMap<>();

  /** Set while a call is looked at: what that itself calls does not count. */
  private final ThreadLocal<Boolean> looking = new ThreadLocal<>();

  /** For the {@link java.util.ServiceLoader}. */
  public Session() {}

  @Override
  public void launcherSessionOpened(LauncherSession session) {
    if (report == null) {
      return;
    }
    BlockingDetection.install()
        .ifPresent(
            remedy -> {
              throw new IllegalStateException("BlockHound is not live: " + remedy);
            });
    BlockingDetection.mode(BlockingDetection.Mode.OFF);
    BlockingCalls.addFirstReceiver(this::look);
  }

  private BlockingCalls.Verdict look(String call) {
    if (LoopThread.current() != null && looking.get() == null) {
      looking.set(true);
      blocked.putIfAbsent(fromCall(BlockingCalls.stack()), call);
      looking.remove();
    }
    return BlockingCalls.Verdict.PASS;
  }

  /** So much of a stack that the caller is certainly in it. */
  private static List<StackTraceElement> fromCall(List<StackTraceElement> stack) {
    return List.copyOf(stack.subList(0, Math.min(stack.size(), 30)));
  }

  @Override
  public void launcherSessionClosed(LauncherSession session) {
    if (report == null) {
      return;
    }
    Set<String> lines = new TreeSet<>();
    blocked.forEach((stack, call) -> lines.add(Caller.of(stack) + " called " + call));
    try {
      Files.write(Path.of(report), lines);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
