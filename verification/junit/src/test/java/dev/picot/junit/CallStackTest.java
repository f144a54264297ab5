/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
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
}
