/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.conformance;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;

/** The page of the contract, as the rules and the differences make it. */
final class ContractPage {
  /** The classes of rules, in the order of the page. */
  static final List<Class<?>> CHAPTERS =
      List.of(
          TaskRulesTest.class,
          TimeRulesTest.class,
          WorkerRulesTest.class,
          LifecycleRulesTest.class,
          HookRulesTest.class,
          ErrorRulesTest.class,
          ScanRulesTest.class,
          ThreadRulesTest.class,
          MemoryRulesTest.class,
          OperatorRulesTest.class);

  private static final String HEAD =
      """
      # The contract of Reactor schedulers

      What the module `verification/conformance` tries on Reactor's own schedulers and on `CallbackSchedulers.of`, with one loop and with two.
      Reactor writes down a part of this contract; the rest is what its operators and its own schedulers do.
      Each rule is a test. What a scheduler does otherwise is declared in one place, `Difference`, and the tests make sure that it really does.

      This page is made of the rules: `mvn -q test -pl verification/conformance -am -Dtest=ContractPageTest -Dcontract.update`

      """;

  private ContractPage() {}

  static String text() {
    StringBuilder page = new StringBuilder(HEAD);
    appendSubjects(page);
    appendDifferences(
        page,
        "What ours do otherwise",
        Difference.ALL.stream().filter(Difference::isOurs).toList());
    appendDifferences(
        page,
        "What Reactor's own do otherwise",
        Difference.ALL.stream().filter(difference -> !difference.isOurs()).toList());
    page.append("## Rules\n");
    for (Class<?> chapter : CHAPTERS) {
      page.append("\n### ").append(chapter.getAnnotation(DisplayName.class).value());
      page.append(" (`").append(chapter.getSimpleName()).append("`)\n\n");
      rules(chapter).forEach(rule -> page.append("- ").append(sentence(rule)).append('\n'));
    }
    return page.toString();
  }

  private static void appendSubjects(StringBuilder page) {
    page.append("## Schedulers\n\n");
    page.append("A rule is tried on those for which it means something.\n\n");
    page.append("| scheduler | ");
    page.append(Stream.of(Trait.values()).map(Trait::words).collect(Collectors.joining(" | ")));
    page.append(" | rules |\n|").append(" --- |".repeat(Trait.values().length + 2)).append('\n');
    Subject.all()
        .forEach(
            subject -> {
              page.append("| ").append(subject).append(" | ");
              for (Trait trait : Trait.values()) {
                page.append(subject.has(trait) ? "yes | " : "no | ");
              }
              page.append(
                  allRules().values().stream().filter(rule -> means(rule, subject)).count());
              page.append(" |\n");
            });
    page.append('\n');
  }

  private static void appendDifferences(
      StringBuilder page, String title, List<Difference> differences) {
    page.append("## ").append(title).append("\n\n");
    page.append("| rule | scheduler | does instead | why |\n| --- | --- | --- | --- |\n");
    for (Difference difference : differences) {
      page.append("| ").append(sentence(allRules().get(difference.rule())));
      page.append(" | ").append(words(difference.subjects()));
      page.append(" | `").append(words(difference.answer()));
      page.append("` | ").append(difference.reason()).append(" |\n");
    }
    page.append('\n');
  }

  private static String words(Object answer) {
    return answer instanceof Collection<?> several
        ? several.stream().map(Object::toString).collect(Collectors.joining(", "))
        : answer.toString();
  }

  private static String sentence(Method rule) {
    return rule.getAnnotation(Rule.class).value();
  }

  /** Whether a rule is tried on a scheduler. */
  static boolean means(Method rule, Subject subject) {
    return subject.suits(rule.getAnnotation(Rule.class));
  }

  /** All rules by their names. */
  static Map<String, Method> allRules() {
    Map<String, Method> rules = new LinkedHashMap<>();
    CHAPTERS.forEach(chapter -> rules(chapter).forEach(rule -> rules.put(rule.getName(), rule)));
    return rules;
  }

  /** The rules of a class, in an order that does not depend on the virtual machine. */
  static List<Method> rules(Class<?> chapter) {
    return Arrays.stream(chapter.getDeclaredMethods())
        .filter(method -> method.isAnnotationPresent(Rule.class))
        .sorted(Comparator.comparing(ContractPage::sentence))
        .toList();
  }
}
