/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.properties.CanBeAnnotated;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.Test;

/** What classes are called, what their packages say, and what tests do not do. */
class LawsTest {
  private static final JavaClasses ALL = BuiltModule.classesOf(BuiltModule.all());
  private static final JavaClasses PUBLISHED = BuiltModule.classesOf(BuiltModule.published());
  private static final JavaClasses TESTS = BuiltModule.testClassesOf(BuiltModule.all());

  /** The one class per module whose methods block on purpose, for tests of stalls. */
  private static final String BLOCKERS = "Blockers";

  private static final String EMPTY_WORDS = ".*(Manager|Helper|Utils?|Impl)";

  @Test
  void namesSayWhatAThingIs() {
    assertThat(ALL.stream().filter(type -> type.getSimpleName().matches(EMPTY_WORDS))).isEmpty();
    assertThat(
            ALL.stream()
                .filter(LawsTest::isPublic)
                .filter(type -> type.getSimpleName().startsWith("Abstract")))
        .isEmpty();
  }

  @Test
  void exceptionsAreNamedSoAndFinalUnlessTheyHaveChildren() {
    assertThat(PUBLISHED.stream().filter(type -> type.isAssignableTo(Exception.class)))
        .allSatisfy(
            type -> {
              assertThat(type.getSimpleName()).endsWith("Exception");
              assertThat(isFinal(type) || !type.getSubclasses().isEmpty())
                  .as("%s is final or has children", type.getName())
                  .isTrue();
            });
  }

  @Test
  void everyPublishedPackageIsNullMarked() {
    var packages = new TreeSet<String>();
    var marked = new TreeSet<String>();
    for (JavaClass type : PUBLISHED) {
      if (!type.getSimpleName().equals("package-info")) {
        packages.add(type.getPackageName());
      } else if (type.isAnnotatedWith(NullMarked.class)) {
        marked.add(type.getPackageName());
      }
    }

    assertThat(marked).containsAll(packages);
  }

  @Test
  void testsDoNotSleep() {
    List<String> sleeps =
        TESTS.stream()
            .filter(type -> !outermost(type).getSimpleName().equals(BLOCKERS))
            .flatMap(type -> type.getAccessesFromSelf().stream())
            .filter(call -> call.getName().equals("sleep"))
            .filter(
                call ->
                    call.getTargetOwner().isEquivalentTo(Thread.class)
                        || call.getTargetOwner().isEquivalentTo(TimeUnit.class))
            .map(Object::toString)
            .toList();

    assertThat(sleeps).as("wait with a deadline, or block in %s", BLOCKERS).isEmpty();
  }

  @Test
  void noTestIsDisabled() {
    Stream<CanBeAnnotated> annotated =
        TESTS.stream().flatMap(type -> Stream.concat(Stream.of(type), type.getMethods().stream()));

    assertThat(annotated.filter(element -> element.isAnnotatedWith(Disabled.class))).isEmpty();
  }

  private static JavaClass outermost(JavaClass type) {
    return type.getEnclosingClass().map(LawsTest::outermost).orElse(type);
  }

  private static boolean isPublic(JavaClass type) {
    return type.getModifiers().contains(JavaModifier.PUBLIC);
  }

  private static boolean isFinal(JavaClass type) {
    return type.getModifiers().contains(JavaModifier.FINAL);
  }
}
