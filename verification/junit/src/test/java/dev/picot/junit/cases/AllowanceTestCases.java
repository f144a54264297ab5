/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit.cases;

import dev.picot.junit.AllowBlocking;
import dev.picot.junit.NoBlocking;
import dev.picot.junit.Sightings;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Tests of an application whose blocking is known. */
public class AllowanceTestCases {
  private static final String SLEEP = "dev.picot.junit.cases.Blockers.sleep";
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static void blocks(int times) {
    Flux.range(0, times)
        .publishOn(Schedulers.parallel())
        .doOnNext(i -> Blockers.sleep(Duration.ofMillis(1)))
        .blockLast(PATIENCE);
  }

  private static void stalls(Duration duration) {
    Object lock = new Object();
    CompletableFuture<Void> entered;
    synchronized (lock) {
      entered =
          Mono.<Void>fromRunnable(() -> Blockers.enter(lock))
              .subscribeOn(Schedulers.parallel())
              .toFuture();
      Sightings.await(duration);
    }
    entered.join();
  }

  @Test
  @NoBlocking
  @AllowBlocking(reason = "it is the subject of this test")
  void everywhere() {
    blocks(3);
  }

  @Test
  @NoBlocking
  @AllowBlocking(reason = "known to be short", within = SLEEP)
  void withinTheMethod() {
    blocks(3);
  }

  @Test
  @NoBlocking
  @AllowBlocking(reason = "known to be short", within = "com.example.Other.method")
  void withinAnotherMethod() {
    blocks(1);
  }

  @Test
  @NoBlocking
  @AllowBlocking(
      reason = "the lambda belongs to its method",
      within = "dev.picot.junit.cases.AllowanceTestCases.blocks")
  void withinALambdaOfTheMethod() {
    blocks(1);
  }

  // region allowance
  @Test
  @NoBlocking
  @AllowBlocking(reason = "seeds itself twice", within = SLEEP, atMost = 2)
  void asOftenAsAllowed() {
    blocks(2);
  }

  // end region

  @Test
  @NoBlocking
  @AllowBlocking(reason = "seeds itself twice", within = SLEEP, atMost = 2)
  void oftenerThanAllowed() {
    blocks(5);
  }

  @Test
  @NoBlocking
  @AllowBlocking(reason = "first", within = SLEEP, atMost = 1)
  @AllowBlocking(reason = "second", within = SLEEP, atMost = 1)
  void twoAllowances() {
    blocks(2);
  }

  @Test
  @NoBlocking(stallAfterMillis = 40)
  @AllowBlocking(reason = "the lock is known", within = "dev.picot.junit.cases.Blockers.enter")
  void stallIsAllowed() {
    stalls(Duration.ofMillis(300));
  }

  @Test
  @NoBlocking
  @AllowBlocking(
      reason = "the lock is held for a moment",
      within = "dev.picot.junit.cases.Blockers.enter",
      atMost = 2)
  void lockIsAllowed() throws InterruptedException {
    locks(2);
  }

  @Test
  @NoBlocking
  @AllowBlocking(
      reason = "the lock is held for a moment",
      within = "dev.picot.junit.cases.Blockers.enter",
      atMost = 2)
  void lockIsAllowedLessOften() throws InterruptedException {
    locks(3);
  }

  private static void locks(int times) throws InterruptedException {
    for (int i = 0; i < times; i++) {
      Locks.contend(
          enter -> Mono.fromRunnable(enter).subscribeOn(Schedulers.parallel()).subscribe());
    }
  }

  @Test
  @NoBlocking
  @AllowBlocking(reason = " ")
  void blankReason() {}

  @Test
  @NoBlocking
  @AllowBlocking(reason = "a method without its class", within = "sleep")
  void withinIsNotAMethod() {}

  @Test
  @NoBlocking
  @AllowBlocking(reason = "never is not an allowance", atMost = 0)
  void atMostIsZero() {}

  @Test
  @NoBlocking(stallAfterMillis = 0)
  void stallAfterZero() {}

  /** A composed annotation. */
  @NoBlocking
  @AllowBlocking(reason = "everybody knows", within = SLEEP, atMost = 1)
  @Retention(RetentionPolicy.RUNTIME)
  @Target(ElementType.METHOD)
  @interface Reactive {}

  @Test
  @Reactive
  void composed() {
    blocks(2);
  }

  /** A class whose subclass and nested class inherit. */
  @NoBlocking
  @AllowBlocking(reason = "once per test", within = SLEEP, atMost = 1)
  public static class Base {
    @Test
    void blocksOnce() {
      blocks(1);
    }

    @Test
    void blocksTwice() {
      blocks(2);
    }

    /** Nested. */
    @Nested
    public class Inner {
      @Test
      void blocksTwice() {
        blocks(2);
      }

      @Test
      @AllowBlocking(reason = "adds to that of the class", within = SLEEP, atMost = 1)
      void blocksTwiceAsAllowed() {
        blocks(2);
      }
    }
  }

  /** Inherits. */
  public static class Sub extends Base {}
}
