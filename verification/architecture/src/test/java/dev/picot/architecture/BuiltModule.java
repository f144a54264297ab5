/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.architecture;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Stream;

/** A module of this build that has sources, known by its folder. */
record BuiltModule(Path folder) {
  private static final Path ROOT = root();
  private static final Map<List<BuiltModule>, JavaClasses> IMPORTED = new ConcurrentHashMap<>();

  static List<BuiltModule> all() {
    try (Stream<Path> files = Files.find(ROOT, 3, (file, facts) -> file.endsWith("pom.xml"))) {
      return files
          .map(pom -> new BuiltModule(pom.getParent()))
          .filter(module -> Files.isDirectory(module.folder.resolve("src/main/java")))
          .sorted(Comparator.comparing(BuiltModule::folder))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static List<BuiltModule> published() {
    return all().stream().filter(BuiltModule::isPublished).toList();
  }

  static JavaClasses classesOf(List<BuiltModule> modules) {
    return IMPORTED.computeIfAbsent(
        modules, asked -> imported(asked, BuiltModule::classes)); // takes seconds
  }

  static JavaClasses testClassesOf(List<BuiltModule> modules) {
    return imported(modules, module -> module.folder.resolve("target/test-classes"));
  }

  static Path apiPage(String artifact) {
    return ROOT.resolve("docs/reference/api").resolve(artifact + ".txt");
  }

  String artifact() {
    return "picot-" + folder.getFileName();
  }

  Path classes() {
    Path classes = folder.resolve("target/classes");
    if (!Files.isDirectory(classes)) {
      throw new IllegalStateException(
          artifact() + " has sources and no classes. Build from the root of the repository.");
    }
    return classes;
  }

  private boolean isPublished() {
    Path path = ROOT.relativize(folder);
    return path.startsWith("core")
        || path.startsWith("reactor-bridge")
        || path.equals(Path.of("verification", "junit"));
  }

  private static JavaClasses imported(List<BuiltModule> modules, Function<BuiltModule, Path> part) {
    return new ClassFileImporter().importPaths(modules.stream().map(part).toList());
  }

  private static Path root() {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.isDirectory(folder.resolve("verification"))) {
      folder = folder.getParent();
    }
    return folder;
  }
}
