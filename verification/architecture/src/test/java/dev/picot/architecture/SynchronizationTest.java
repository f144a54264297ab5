/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.architecture;

import static java.util.stream.Collectors.toCollection;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import java.io.IOException;
import java.lang.invoke.VarHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.LongAdder;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The table of the fields that several threads touch says what the code does. */
class SynchronizationTest {
  private static final Path ROOT = Path.of("../..").toAbsolutePath().normalize();
  private static final Path PAGE = ROOT.resolve("docs/design/synchronization.md");
  private static final Path SOURCES = ROOT.resolve("core/src/main/java");

  private static final JavaClasses CORE =
      BuiltModule.classesOf(
          BuiltModule.published().stream()
              .filter(module -> module.artifact().equals("picot-core"))
              .toList());

  private static final Pattern ROW =
      Pattern.compile("(?m)^\\| (`\\w+\\.[^|]*) \\| ([^|]*\\| [^|]*) \\| [^|]* \\|$");
  private static final Pattern NAME = Pattern.compile("`([\\w.]+)`");
  private static final Pattern HANDLE =
      Pattern.compile("(\\w+)\\s*=[^;]*?findVarHandle\\(\\s*([\\w.]+)\\.class,\\s*\"(\\w+)\"");

  /** Of the var handles: what the page calls their methods. */
  private static final Map<String, String> MODES =
      Map.of(
          "getAcquire", "acquire",
          "setRelease", "release",
          "getOpaque", "opaque",
          "setOpaque", "opaque",
          "compareAndSet", "CAS",
          "compareAndExchange", "CAS",
          "getAndSet", "XCHG",
          "getAndAdd", "atomic",
          "getAndBitwiseOr", "atomic",
          "getAndBitwiseAnd", "atomic");

  @Test
  void everyFieldOfTheTableExists() throws IOException {
    Set<String> fields =
        CORE.stream()
            .flatMap(type -> type.getFields().stream())
            .map(SynchronizationTest::name)
            .collect(toSet());

    Set<String> gone = new TreeSet<>(table().keySet());
    gone.removeAll(fields);
    assertThat(gone).as("rows of %s without a field", PAGE).isEmpty();
  }

  @Test
  void everySharedFieldIsInTheTable() throws IOException {
    Set<String> shared = new TreeSet<>(handles().keySet());
    CORE.stream()
        .filter(type -> !type.getFullName().startsWith("dev.picot.loop.Simulator"))
        .flatMap(type -> type.getFields().stream())
        .filter(SynchronizationTest::isShared)
        .map(SynchronizationTest::name)
        .forEach(shared::add);

    assertThat(shared).contains("Loop.ownership", "InboxTop.top", "Permits.taken", "Figures.ready");
    shared.removeAll(table().keySet());
    assertThat(shared).as("fields without a row in %s", PAGE).isEmpty();
  }

  @Test
  void theModesAreThoseOfTheCode() throws IOException {
    Map<String, String> table = table();
    Map<String, Set<String>> written = new TreeMap<>();
    Map<String, Set<String>> handles = handles();
    for (String field : handles.keySet()) {
      String row = table.getOrDefault(field, "");
      written.put(
          field,
          new TreeSet<>(
              MODES.values().stream()
                  .filter(mode -> Pattern.compile("\\b" + mode + "\\b").matcher(row).find())
                  .toList()));
    }

    assertThat(written).isEqualTo(handles);
  }

  private static boolean isShared(JavaField field) {
    JavaClass type = field.getRawType();
    return !type.isEquivalentTo(LongAdder.class)
        && (field.getModifiers().contains(JavaModifier.VOLATILE)
            || type.getPackageName().equals("java.util.concurrent.atomic"));
  }

  /** As in the page: with the classes around it, without their package. */
  private static String name(JavaField field) {
    String type = field.getOwner().getFullName();
    return type.substring(field.getOwner().getPackageName().length() + 1).replace('$', '.')
        + "."
        + field.getName();
  }

  /** The fields of the page, and what their rows say. */
  private static Map<String, String> table() throws IOException {
    Map<String, String> table = new HashMap<>();
    Matcher row = ROW.matcher(Files.readString(PAGE));
    while (row.find()) {
      String access = row.group(2);
      NAME.matcher(row.group(1))
          .results()
          .map(name -> name.group(1))
          .forEach(name -> table.merge(name, access, String::concat));
    }
    return table;
  }

  /** The fields that have a var handle, and the modes in which that is used. */
  private static Map<String, Set<String>> handles() throws IOException {
    Map<String, Set<String>> handles = new TreeMap<>();
    List<JavaClass> users =
        CORE.stream()
            .filter(
                type ->
                    type.getFields().stream()
                        .anyMatch(field -> field.getRawType().isEquivalentTo(VarHandle.class)))
            .toList();
    for (JavaClass user : users) {
      String outermost = user.getFullName().replaceFirst("\\$.*", "");
      String source = Files.readString(SOURCES.resolve(outermost.replace('.', '/') + ".java"));
      String around = user.getFullName().substring(user.getPackageName().length() + 1);
      for (MatchResult handle : HANDLE.matcher(source).results().toList()) {
        if (around.endsWith(handle.group(2))) {
          handles.put(
              around.replace('$', '.') + "." + handle.group(3), modes(handle.group(1), source));
        }
      }
    }
    return handles;
  }

  private static Set<String> modes(String handle, String source) {
    return Pattern.compile("\\b" + handle + "\\s*\\.(\\w+)\\(")
        .matcher(source)
        .results()
        .map(use -> MODES.get(use.group(1)))
        .filter(Objects::nonNull)
        .collect(toCollection(TreeSet::new));
  }
}
