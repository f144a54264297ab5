/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.techempower;

import dev.picot.benchmarks.Effort;
import dev.picot.benchmarks.ProgramRun;
import dev.picot.benchmarks.techempower.server.Parent;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A process that was started, and speaks as {@link Parent} says.
 *
 * <p>Closing its input ends it, whether by {@link #close} or because this process is gone.
 */
final class Child {
  private static final int LAST_LINES = 20;
  private static final int GRACE_MILLIS = 1_000;
  private static final String CLASS_PATH = System.getProperty("java.class.path");

  private final String label;
  private final List<String> command;
  private final Process process;
  private final BlockingQueue<String> said = new LinkedBlockingQueue<>();
  private final Deque<String> last = new ArrayDeque<>(); // guarded by itself
  private final Thread reader;

  private Child(String label, List<String> command) throws IOException {
    this.label = label;
    this.command = List.copyOf(command);
    this.process = new ProcessBuilder(command).redirectErrorStream(true).start();
    this.reader = new Thread(this::read, "output-of-" + label);
    reader.setDaemon(true);
    reader.start();
  }

  /** The command that runs a program as this process is run, with its class path. */
  static List<String> java(
      Effort effort, Class<?> program, List<String> jvmArguments, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(System.getProperty("java.home") + File.separator + "bin/java");
    command.addAll(ProgramRun.commonArguments(effort));
    command.addAll(jvmArguments);
    command.addAll(List.of("-cp", CLASS_PATH, program.getName()));
    command.addAll(List.of(arguments));
    return command;
  }

  static Child start(String label, List<String> command) throws IOException {
    return new Child(label, command);
  }

  private void read() {
    try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = output.readLine(); line != null; line = output.readLine()) {
        if (line.startsWith(Parent.MARK)) {
          said.add(line.substring(Parent.MARK.length()));
        } else {
          keep(line);
        }
      }
    } catch (IOException e) {
      keep(e.toString());
    }
  }

  private void keep(String line) {
    synchronized (last) {
      if (last.size() == LAST_LINES) {
        last.removeFirst();
      }
      last.add(line);
    }
  }

  /** Waits for the next line that is meant for this process. */
  String hear(Duration limit) throws InterruptedException {
    long deadline = System.nanoTime() + limit.toNanos();
    while (System.nanoTime() < deadline) {
      String line = said.poll(50, TimeUnit.MILLISECONDS);
      if (line != null) {
        return line;
      }
      if (!reader.isAlive() && said.isEmpty()) {
        throw failure("has nothing more to say");
      }
    }
    throw failure("said nothing within " + limit.toSeconds() + " s");
  }

  /** Asks, and waits for the answer. */
  String ask(String question, Duration limit) throws InterruptedException {
    try {
      process.outputWriter(StandardCharsets.UTF_8).append(question).append('\n').flush();
    } catch (IOException e) {
      throw failure("cannot be asked: " + e.getMessage());
    }
    return hear(limit);
  }

  /** The processor time that it has used, of the user and of the system. */
  Duration processorTime() {
    return process
        .toHandle()
        .info()
        .totalCpuDuration()
        .orElseThrow(() -> failure("has no processor time"));
  }

  /** What is wrong with it, and all that helps to find out why. */
  IllegalStateException failure(String what) {
    return failure(what, null);
  }

  IllegalStateException failure(String what, Exception cause) {
    // Who cannot be reached may be just about to end.
    process.onExit().completeOnTimeout(process, GRACE_MILLIS, TimeUnit.MILLISECONDS).join();
    String state =
        process.isAlive() ? "it is alive" : "it has ended with exit code " + process.exitValue();
    synchronized (last) {
      return new IllegalStateException(
          "%s: %s; %s%ncommand: %s%n%s"
              .formatted(label, what, state, commandLine(), String.join("\n", last)),
          cause);
    }
  }

  /** The class path is that of this process, and far too long to be read. */
  private String commandLine() {
    return String.join(" ", command).replace(CLASS_PATH, "...");
  }

  /** Ends it and all that it has started, after this time by force. */
  void close(Duration limit) {
    List<ProcessHandle> started =
        Stream.concat(process.descendants(), Stream.of(process.toHandle())).toList();
    try {
      process.getOutputStream().close();
      process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (IOException e) {
      keep(e.toString()); // it is ended by force
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      started.forEach(ProcessHandle::destroyForcibly);
    }
  }
}
