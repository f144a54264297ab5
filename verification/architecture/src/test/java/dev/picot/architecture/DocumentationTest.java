/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Java in the documentation is a region of a compiled test, links lead somewhere, and the tests
 * that are named exist.
 *
 * <p>A block of Java follows a comment {@code <!-- region NAME of FILE -->}; the file has the same
 * lines between {@code // region NAME} and {@code // end region}.
 *
 * <p>A test is named as {@code SomeTest}, {@code SomeTest.aMethod} or {@code SomeTest.aMeth...}, a
 * pair of racing steps as {@code SomeStressTest.ThisVsThat}.
 */
class DocumentationTest {
  private static final Path ROOT = Path.of("../..").toAbsolutePath().normalize();
  private static final Pattern BLOCK =
      Pattern.compile(
          "(?:<!-- region (\\S+) of (\\S+) -->\\n+)?```java\\n(.*?)```", Pattern.DOTALL);
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)#:]+)(#[^)]*)?\\)");
  private static final Pattern TEST =
      Pattern.compile("`([A-Z]\\w*(?:Test|IT))(?:\\.(\\w+)(\\.\\.\\.)?)?`");

  @Test
  void javaIsARegionOfATest() throws IOException {
    List<String> wrong = new ArrayList<>();

    for (Path page : pages()) {
      Matcher block = BLOCK.matcher(Files.readString(page));
      while (block.find()) {
        if (block.group(1) == null) {
          wrong.add(page + ": a block of Java names no region: " + firstLine(block.group(3)));
        } else if (!region(block.group(1), ROOT.resolve(block.group(2))).equals(block.group(3))) {
          wrong.add(page + ": differs from region " + block.group(1) + " of " + block.group(2));
        }
      }
    }

    assertThat(wrong).isEmpty();
  }

  @Test
  void linksLeadToFiles() throws IOException {
    List<String> broken = new ArrayList<>();

    for (Path page : pages()) {
      Matcher link = LINK.matcher(Files.readString(page));
      while (link.find()) {
        if (!Files.exists(page.resolveSibling(link.group(1)))) {
          broken.add(page + ": " + link.group(1));
        }
      }
    }

    assertThat(broken).isEmpty();
  }

  @Test
  void namedTestsExist() throws IOException {
    Map<String, String> tests = tests();
    List<String> missing = new ArrayList<>();
    int named = 0;

    for (Path page : pages(ROOT.resolve("docs"))) {
      Matcher test = TEST.matcher(Files.readString(page));
      while (test.find()) {
        named++;
        if (!has(tests.getOrDefault(test.group(1), ""), test)) {
          missing.add(page + ": " + test.group());
        }
      }
    }

    assertThat(missing).isEmpty();
    assertThat(named).isPositive();
  }

  private static boolean has(String source, Matcher test) {
    if (test.group(2) == null) {
      return !source.isEmpty();
    }
    String end = test.group(3) == null ? "\\b" : "";
    return Pattern.compile("(void|class) " + test.group(2) + end).matcher(source).find();
  }

  /** The sources of all tests by their names; of those with one name, one after the other. */
  private static Map<String, String> tests() throws IOException {
    try (Stream<Path> files = Files.walk(ROOT)) {
      return files
          .filter(file -> file.toString().matches(".*/src/.*(Test|IT)\\.java"))
          .collect(
              Collectors.toMap(
                  file -> file.getFileName().toString().replace(".java", ""),
                  DocumentationTest::source,
                  String::concat));
    }
  }

  private static String source(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<Path> pages() throws IOException {
    try (Stream<Path> root = Files.list(ROOT)) {
      List<Path> pages = new ArrayList<>(pages(ROOT.resolve("docs")));
      root.filter(path -> path.toString().endsWith(".md")).forEach(pages::add);
      return pages;
    }
  }

  private static List<Path> pages(Path folder) throws IOException {
    try (Stream<Path> docs = Files.walk(folder)) {
      return docs.filter(path -> path.toString().endsWith(".md")).toList();
    }
  }

  private static String region(String name, Path file) throws IOException {
    List<String> lines = Files.readAllLines(file);
    int begin = indexOf(lines, "// region " + name, 0, file);
    int end = indexOf(lines, "// end region", begin, file);
    return String.join("\n", lines.subList(begin + 1, end)).stripTrailing().stripIndent().strip()
        + "\n";
  }

  private static int indexOf(List<String> lines, String marker, int from, Path file) {
    for (int i = from; i < lines.size(); i++) {
      if (lines.get(i).strip().equals(marker)) {
        return i;
      }
    }
    throw new AssertionError("no line '" + marker + "' in " + file);
  }

  private static String firstLine(String text) {
    return text.lines().findFirst().orElse("");
  }
}
