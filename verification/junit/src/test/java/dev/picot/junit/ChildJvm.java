/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** A JVM with other arguments or another class path than this one. */
final class ChildJvm {
  private final List<String> arguments = new ArrayList<>();
  private Predicate<String> classPath = entry -> true;

  ChildJvm with(String... jvmArguments) {
    arguments.addAll(List.of(jvmArguments));
    return this;
  }

  /** Leaves the libraries out whose file names begin like that. */
  ChildJvm without(String... libraries) {
    for (String library : libraries) {
      classPath =
          classPath.and(entry -> !Path.of(entry).getFileName().toString().startsWith(library));
    }
    return this;
  }

  /** Runs a main class to its end and returns what it printed. */
  List<String> run(Class<?> main, String... mainArguments) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(arguments);
    command.add("-cp");
    command.add(
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
            .filter(classPath)
            .collect(Collectors.joining(File.pathSeparator)));
    command.add(main.getName());
    command.addAll(List.of(mainArguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    List<String> lines = read(process);
    assertThat(process.waitFor()).as("exit code of a JVM that printed %s", lines).isZero();
    return lines;
  }

  private static List<String> read(Process process) throws IOException {
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
        .lines()
        .toList();
  }
}
