/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** How a stack is read. */
class CallStackTest {
  private static StackTraceElement frame(String type, String method) {
    return new StackTraceElement(type, method, "A.java", 1);
  }

  private static CallStack stack(StackTraceElement... frames) {
    return CallStack.of(List.of(frames));
  }

  @Test
  void theCallerIsTheInnermostFrameOfTheApplication() {
    CallStack stack =
        stack(
            frame("java.util.concurrent.CountDownLatch", "await"),
            frame("reactor.core.publisher.Mono", "block"),
            frame("com.example.Dao", "read"),
            frame("com.example.Service", "find"),
            frame("reactor.core.publisher.FluxMap", "onNext"));

    assertThat(stack.caller().getMethodName()).isEqualTo("read");
    assertThat(stack.call()).isEqualTo("reactor.core.publisher.Mono.block");
    assertThat(stack.outermostApplicationFrame().getMethodName()).isEqualTo("find");
  }

  @Test
  void theMachineryIsTheCallerOfAMethodReference() {
    CallStack stack =
        stack(
            frame("java.nio.file.Files", "readString"),
            frame("reactor.core.publisher.MonoCallable", "call"));

    assertThat(stack.caller().getClassName()).isEqualTo("reactor.core.publisher.MonoCallable");
    assertThat(stack.call()).isEqualTo("java.nio.file.Files.readString");
    assertThat(stack.hasApplicationFrame()).isFalse();
  }

  @Test
  void codeThatCallsNothingIsItsOwnCall() {
    CallStack stack = stack(frame("com.example.Prices", "lambda$compute$3"));

    assertThat(stack.call()).isEqualTo("com.example.Prices.compute");
  }

  @Test
  void leavesOutBlockHoundsTracesAndHiddenClasses() {
    CallStack stack =
        stack(
            frame("java.lang.Thread", "$$BlockHound$$_sleep"),
            frame("reactor.blockhound.BlockHoundRuntime", "checkBlocking"),
            frame("java.lang.Thread", "sleep"),
            frame("com.example.Dao$$Lambda$12/0x0000", "run"),
            frame("com.example.Dao", "read"));

    assertThat(stack.frames())
        .containsExactly(frame("java.lang.Thread", "sleep"), frame("com.example.Dao", "read"));
  }

  @Test
  void treatsTheDemoAndTestsOfPicotAsApplicationsButNotItsMachinery() {
    assertThat(Origin.of(frame("dev.picot.demo.Rooms", "find"))).isEqualTo(Origin.APPLICATION);
    assertThat(Origin.of(frame("dev.picot.junit.cases.Blockers", "sleep")))
        .isEqualTo(Origin.APPLICATION);
    assertThat(Origin.of(frame("dev.picot.loop.LoopThread", "slice"))).isEqualTo(Origin.MACHINERY);
  }

  @Test
  void anEmptyStackIsOfSomethingUnknown() {
    assertThat(stack().call()).isEqualTo("unknown.unknown");
  }

  /** All that are published: the folders with sources of core, the bridges and picot-junit. */
  @Test
  void everyPublishedPackage_isMachinery() throws IOException {
    List<String> packages = new ArrayList<>();
    for (String module : List.of("core", "reactor-bridge", "verification/junit")) {
      try (Stream<Path> files = Files.walk(Path.of("../..", module))) {
        files
            .map(Path::toString)
            .filter(file -> file.endsWith("package-info.java") && file.contains("src/main/java/"))
            .map(file -> file.substring(file.indexOf("src/main/java/") + 14))
            .map(file -> file.substring(0, file.lastIndexOf('/')).replace('/', '.'))
            .forEach(packages::add);
      }
    }

    assertThat(packages)
        .hasSizeGreaterThan(10)
        .allSatisfy(
            name -> assertThat(Origin.of(frame(name + ".Any", "m"))).isEqualTo(Origin.MACHINERY));
  }
}
