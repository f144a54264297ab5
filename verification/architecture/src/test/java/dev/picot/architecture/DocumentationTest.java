/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Java in the documentation is a region of a compiled test, and links lead somewhere.
 *
 * <p>A block of Java follows a comment {@code <!-- region NAME of FILE -->}; the file has the same
 * lines between {@code // region NAME} and {@code // end region}.
 */
class DocumentationTest {
  private static final Path ROOT = Path.of("../..").toAbsolutePath().normalize();
  private static final Pattern BLOCK =
      Pattern.compile(
          "(?:<!-- region (\\S+) of (\\S+) -->\\n+)?```java\\n(.*?)```", Pattern.DOTALL);
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)#:]+)(#[^)]*)?\\)");

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

  private static List<Path> pages() throws IOException {
    try (Stream<Path> root = Files.list(ROOT);
        Stream<Path> docs = Files.walk(ROOT.resolve("docs"))) {
      return Stream.concat(root, docs).filter(path -> path.toString().endsWith(".md")).toList();
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
