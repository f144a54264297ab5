/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.conformance;

import static dev.picot.conformance.Trait.END;
import static dev.picot.conformance.Trait.SERIAL_WORKERS;

import dev.picot.LoopScheduler;
import dev.picot.reactor.CallbackSchedulers;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Consumer;
import java.util.stream.Stream;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** The schedulers that the contract is tried on. */
enum Subject {
  PARALLEL("newParallel", 2) {
    @Override
    Scheduler make(Consumer<Runnable> afterwards) {
      return disposed(Schedulers.newParallel("conformance", threads()), afterwards);
    }
  },
  SHARED_PARALLEL("parallel", Schedulers.DEFAULT_POOL_SIZE) {
    @Override
    Set<Trait> lacking() {
      return EnumSet.of(END);
    }

    @Override
    Scheduler make(Consumer<Runnable> afterwards) {
      return Schedulers.parallel();
    }
  },
  SINGLE("newSingle", 1) {
    @Override
    Scheduler make(Consumer<Runnable> afterwards) {
      return disposed(Schedulers.newSingle("conformance"), afterwards);
    }
  },
  BOUNDED_ELASTIC("newBoundedElastic", 2) {
    @Override
    Scheduler make(Consumer<Runnable> afterwards) {
      return disposed(Schedulers.newBoundedElastic(threads(), 10_000, "conformance"), afterwards);
    }
  },
  EXECUTOR_SERVICE("fromExecutorService", 2) {
    @Override
    Set<Trait> lacking() {
      return EnumSet.of(SERIAL_WORKERS);
    }

    @Override
    Scheduler make(Consumer<Runnable> afterwards) {
      ScheduledExecutorService executor = Executors.newScheduledThreadPool(threads());
      afterwards.accept(executor::shutdownNow);
      return disposed(Schedulers.fromExecutorService(executor), afterwards);
    }
  },
  IMMEDIATE("immediate", 1) {
    @Override
    Set<Trait> lacking() {
      return EnumSet.allOf(Trait.class);
    }

    @Override
    Scheduler make(Consumer<Runnable> afterwards) {
      return Schedulers.immediate();
    }
  },
  OURS("ours on two loops", 2) {
    @Override
    Scheduler make(Consumer<Runnable> afterwards) {
      return ours(threads(), afterwards);
    }
  },
  OURS_ON_ONE_LOOP("ours on one loop", 1) {
    @Override
    Scheduler make(Consumer<Runnable> afterwards) {
      return ours(threads(), afterwards);
    }
  };

  private final String words;
  private final int threads;

  Subject(String words, int threads) {
    this.words = words;
    this.threads = threads;
  }

  static Stream<Subject> all() {
    return Stream.of(values());
  }

  /**
   * Makes one, or finds the one there is, and says what is to be done when it is not used any more.
   */
  abstract Scheduler make(Consumer<Runnable> afterwards);

  /** What it does not have. */
  Set<Trait> lacking() {
    return EnumSet.noneOf(Trait.class);
  }

  int threads() {
    return threads;
  }

  boolean has(Trait trait) {
    return !lacking().contains(trait);
  }

  /** Whether it has what a rule needs. */
  boolean suits(Rule rule) {
    return Stream.of(rule.needs()).allMatch(this::has);
  }

  private static Scheduler disposed(Scheduler scheduler, Consumer<Runnable> afterwards) {
    afterwards.accept(scheduler::dispose);
    return scheduler;
  }

  private static Scheduler ours(int loops, Consumer<Runnable> afterwards) {
    LoopScheduler scheduler =
        LoopScheduler.builder("conformance")
            .loops(loops)
            .watchdog(w -> w.takeoverAfter(Duration.ofSeconds(20))) // rules hold tasks up
            .build();
    afterwards.accept(scheduler::close);
    afterwards.accept(scheduler::closeNow);
    return CallbackSchedulers.of(scheduler);
  }

  @Override
  public String toString() {
    return words;
  }
}
