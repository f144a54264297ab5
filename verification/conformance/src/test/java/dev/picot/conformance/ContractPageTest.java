/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The page says what the rules say, and every declared difference is tried. */
class ContractPageTest {
  private static final Path PAGE =
      Path.of("../..").toAbsolutePath().normalize().resolve("docs/reference/scheduler-contract.md");
  private static final Path SOURCES = Path.of("src/test/java/dev/picot/conformance");

  @Test
  void thePageIsMadeOfTheRules() throws IOException {
    String text = ContractPage.text();

    if (System.getProperty("contract.update") != null) {
      Files.writeString(PAGE, text);
    }

    assertThat(PAGE)
        .as("If the change is meant: mvn -q test -Dtest=ContractPageTest -Dcontract.update")
        .hasContent(text);
  }

  @Test
  void everyClassOfRulesIsAChapter() throws IOException {
    try (Stream<Path> files = Files.list(SOURCES)) {
      Set<String> classes =
          files
              .map(file -> file.getFileName().toString())
              .filter(name -> name.endsWith("RulesTest.java"))
              .map(name -> name.replace(".java", ""))
              .collect(Collectors.toCollection(TreeSet::new));

      assertThat(ContractPage.CHAPTERS)
          .extracting(Class::getSimpleName)
          .containsExactlyInAnyOrderElementsOf(classes);
    }
  }

  @Test
  void noTwoRulesHaveOneName() {
    List<String> names =
        ContractPage.CHAPTERS.stream()
            .flatMap(chapter -> ContractPage.rules(chapter).stream())
            .map(rule -> rule.getName())
            .toList();

    assertThat(names).doesNotHaveDuplicates();
  }

  @Test
  void everyDifferenceIsTriedAndHasAReason() {
    var rules = ContractPage.allRules();

    assertThat(Difference.ALL)
        .allSatisfy(
            difference -> {
              assertThat(rules).containsKey(difference.rule());
              assertThat(difference.reason()).endsWith(".");
              assertThat(difference.subjects())
                  .isNotEmpty()
                  .allMatch(subject -> ContractPage.means(rules.get(difference.rule()), subject));
            });
  }

  @Test
  void noSchedulerDiffersTwiceFromOneRule() {
    List<String> declared =
        Difference.ALL.stream()
            .flatMap(
                difference ->
                    difference.subjects().stream()
                        .map(subject -> difference.rule() + " on " + subject))
            .toList();

    assertThat(declared).doesNotHaveDuplicates();
  }
}
