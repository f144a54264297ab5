/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.architecture;

import static java.util.stream.Collectors.toCollection;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** The arrows between packages, modules and libraries. */
class ArrowsTest {
  private static final JavaClasses ALL = BuiltModule.classesOf(BuiltModule.all());
  private static final JavaClasses PUBLISHED = BuiltModule.classesOf(BuiltModule.published());

  private static final Set<String> CORE_API =
      Set.of("dev.picot", "dev.picot.stream", "dev.picot.service");

  /** For the bridges that are built on the engine itself. */
  private static final Set<String> ENGINE = Set.of("dev.picot.loop", "dev.picot.internal");

  /** Each package, its sub-packages included unless named themselves, and what it may use. */
  private static final Map<String, Set<String>> ARROWS =
      Map.ofEntries(
          Map.entry("dev.picot.internal", Set.of()),
          Map.entry("dev.picot.loop", Set.of("dev.picot.internal")),
          Map.entry("dev.picot", Set.of("dev.picot.loop", "dev.picot.internal")),
          Map.entry(
              "dev.picot.stream", Set.of("dev.picot", "dev.picot.loop", "dev.picot.internal")),
          Map.entry(
              "dev.picot.service", Set.of("dev.picot", "dev.picot.loop", "dev.picot.internal")),
          Map.entry("dev.picot.reactor", all(CORE_API, ENGINE)),
          Map.entry("dev.picot.reactor.netty", and(all(CORE_API, ENGINE), "dev.picot.reactor")),
          Map.entry("dev.picot.r2dbc", and(all(CORE_API, ENGINE), "dev.picot.reactor")),
          Map.entry(
              "dev.picot.spring.boot",
              and(CORE_API, "dev.picot.reactor", "dev.picot.reactor.netty", "dev.picot.r2dbc")),
          Map.entry("dev.picot.junit", all(CORE_API, ENGINE)),
          Map.entry(
              "dev.picot.benchmarks",
              and(
                  all(CORE_API, ENGINE),
                  "dev.picot.reactor",
                  "dev.picot.reactor.netty",
                  "dev.picot.r2dbc")),
          Map.entry("dev.picot.blockhound", and(all(CORE_API, ENGINE), "dev.picot.reactor")),
          Map.entry(
              "dev.picot.demo",
              and(CORE_API, "dev.picot.reactor", "dev.picot.reactor.netty", "dev.picot.r2dbc")));

  private static final Set<String> CORE = and(CORE_API, "dev.picot.internal", "dev.picot.loop");

  private static final List<String> LIBRARIES_OF_CORE =
      List.of("java.", "javax.management.", "jdk.", "org.reactivestreams.", "org.jspecify.");

  /**
   * An optional library and the words in the names of the classes and packages that may touch it.
   */
  private static final Map<String, String> BRIDGES =
      Map.of(
          "reactor.blockhound.", "BlockHound",
          "io.micrometer.context.", "ContextPropagation",
          "io.micrometer.core.", "Micrometer",
          "io.netty.", "Netty",
          "org.junit.platform.launcher.", "Launcher",
          "reactor.core.", "Reactor|r2dbc");

  @Test
  void everyPackageHasItsPlaceInTheArrows() {
    assertThat(ALL).allSatisfy(type -> assertThat(place(type)).isNotEqualTo("nowhere"));
  }

  @Test
  void packagesUseOnlyWhatTheirArrowsPointAt() {
    assertThat(
            dependencies(
                ALL,
                arrow -> {
                  String target = place(target(arrow));
                  String origin = place(arrow.getOriginClass());
                  return isOurs(target(arrow))
                      && !target.equals(origin)
                      && !ARROWS.getOrDefault(origin, Set.of()).contains(target);
                }))
        .isEmpty();
  }

  @Test
  void packagesFormNoCycle() {
    SlicesRuleDefinition.slices()
        .assignedFrom(new ByPackage())
        .should()
        .beFreeOfCycles()
        .allowEmptyShould(true)
        .check(ALL);
  }

  @Test
  void coreKnowsTheJdkReactiveStreamsAndOneQueue() {
    assertThat(
            dependencies(
                PUBLISHED,
                arrow ->
                    CORE.contains(place(arrow.getOriginClass()))
                        && !isOurs(target(arrow))
                        && LIBRARIES_OF_CORE.stream()
                            .noneMatch(target(arrow).getName()::startsWith)))
        .isEmpty();
  }

  @Test
  void optionalLibrariesStayInTheirBridges() {
    assertThat(dependencies(PUBLISHED, ArrowsTest::leavesItsBridge)).isEmpty();
  }

  private static boolean leavesItsBridge(Dependency arrow) {
    String origin = arrow.getOriginClass().getName().toLowerCase(Locale.ROOT);
    return BRIDGES.entrySet().stream()
        .anyMatch(
            bridge ->
                target(arrow).getName().startsWith(bridge.getKey())
                    && Arrays.stream(bridge.getValue().toLowerCase(Locale.ROOT).split("[|]"))
                        .noneMatch(origin::contains));
  }

  private static Set<String> dependencies(JavaClasses classes, Predicate<Dependency> chosen) {
    return classes.stream()
        .map(JavaClass::getDirectDependenciesFromSelf)
        .flatMap(Collection::stream)
        .filter(arrow -> !target(arrow).isPrimitive())
        .filter(chosen)
        .map(Dependency::getDescription)
        .collect(toCollection(TreeSet::new));
  }

  private static JavaClass target(Dependency arrow) {
    return arrow.getTargetClass().getBaseComponentType();
  }

  private static boolean isOurs(JavaClass type) {
    return (type.getPackageName() + ".").startsWith("dev.picot.");
  }

  private static String place(JavaClass type) {
    String name = type.getPackageName();
    return ARROWS.keySet().stream()
        .filter(place -> name.equals(place) || isNested(name, place))
        .max(Comparator.comparingInt(String::length))
        .orElse("nowhere");
  }

  private static boolean isNested(String name, String place) {
    return !place.equals("dev.picot") && name.startsWith(place + ".");
  }

  private static Set<String> and(Set<String> places, String... more) {
    return all(places, Set.of(more));
  }

  private static Set<String> all(Set<String> places, Set<String> more) {
    Set<String> all = new TreeSet<>(places);
    all.addAll(more);
    return all;
  }

  private static final class ByPackage implements SliceAssignment {
    @Override
    public SliceIdentifier getIdentifierOf(JavaClass type) {
      return isOurs(type) ? SliceIdentifier.of(type.getPackageName()) : SliceIdentifier.ignore();
    }

    @Override
    public String getDescription() {
      return "packages";
    }
  }
}
