/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.engine;

import dev.picot.LoopScheduler;
import dev.picot.Task;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import reactor.core.publisher.Mono;

/**
 * P4: {@value #STEPS} {@code flatMap} steps in one go, none of which waits.
 *
 * <p>Endless: each step gives the next one. A {@code Mono} whose {@code flatMap} gives itself
 * overflows the stack, so its users write {@code expand}. Repeated: a chain of {@value #LINKS}
 * {@code flatMap}s is run again and again; the {@code Mono} is repeated, the task goes back to its
 * beginning. The chain has one function ten times, which a compiler can foresee, or ten functions,
 * as programs have.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class StepsBenchmark {
  private static final int STEPS = 10_000_000;
  private static final int LINKS = 10;

  /** Ours. */
  @State(Scope.Benchmark)
  public static class Ours {
    private final LoopScheduler scheduler = Schedulers.oneLoop("ours");

    /** Ends it. */
    @TearDown
    public void end() {
      scheduler.close();
    }
  }

  /** {@code flatMap} that gives itself. */
  @Benchmark
  @OperationsPerInvocation(STEPS)
  public Integer endless(Ours ours) throws Exception {
    return ours.scheduler.spawn(endlessFrom(STEPS)).block(Duration.ofMinutes(1));
  }

  private static Task<Integer> endlessFrom(int left) {
    return left == 0 ? Task.value(0) : Task.value(left - 1).flatMap(StepsBenchmark::endlessFrom);
  }

  /** {@code Mono.expand}. */
  @Benchmark
  @OperationsPerInvocation(STEPS)
  public Integer monoEndless() {
    return Mono.just(STEPS)
        .expand(left -> left == 0 ? Mono.empty() : Mono.just(left - 1))
        .blockLast();
  }

  /** A chain that begins again. */
  @Benchmark
  @OperationsPerInvocation(STEPS)
  public Integer repeated(Ours ours) throws Exception {
    return ours.scheduler
        .spawn(new Repeated(chainOfOneFunction()).again)
        .block(Duration.ofMinutes(1));
  }

  /** {@code Mono.repeat}. */
  @Benchmark
  @OperationsPerInvocation(STEPS)
  public Integer monoRepeated() {
    Mono<Integer> chain = Mono.just(0);
    for (int i = 0; i < LINKS; i++) {
      chain = chain.flatMap(value -> Mono.just(value + 1));
    }
    return chain.repeat(STEPS / LINKS - 1).blockLast();
  }

  /** A chain of different functions that begins again. */
  @Benchmark
  @OperationsPerInvocation(STEPS)
  public Integer functions(Ours ours) throws Exception {
    return ours.scheduler
        .spawn(
            new Repeated(
                    Task.value(0)
                        .flatMap(value -> Task.value(value + 1))
                        .flatMap(value -> Task.value(value + 2))
                        .flatMap(value -> Task.value(value + 3))
                        .flatMap(value -> Task.value(value + 4))
                        .flatMap(value -> Task.value(value + 5))
                        .flatMap(value -> Task.value(value + 6))
                        .flatMap(value -> Task.value(value + 7))
                        .flatMap(value -> Task.value(value + 8))
                        .flatMap(value -> Task.value(value + 9))
                        .flatMap(value -> Task.value(value + 10)))
                .again)
        .block(Duration.ofMinutes(1));
  }

  /** {@code Mono.repeat} of a chain of different functions. */
  @Benchmark
  @OperationsPerInvocation(STEPS)
  public Integer monoFunctions() {
    return Mono.just(0)
        .flatMap(value -> Mono.just(value + 1))
        .flatMap(value -> Mono.just(value + 2))
        .flatMap(value -> Mono.just(value + 3))
        .flatMap(value -> Mono.just(value + 4))
        .flatMap(value -> Mono.just(value + 5))
        .flatMap(value -> Mono.just(value + 6))
        .flatMap(value -> Mono.just(value + 7))
        .flatMap(value -> Mono.just(value + 8))
        .flatMap(value -> Mono.just(value + 9))
        .flatMap(value -> Mono.just(value + 10))
        .repeat(STEPS / LINKS - 1)
        .blockLast();
  }

  private static Task<Integer> chainOfOneFunction() {
    Task<Integer> chain = Task.value(0);
    for (int i = 0; i < LINKS; i++) {
      chain = chain.flatMap(value -> Task.value(value + 1));
    }
    return chain;
  }

  private static final class Repeated {
    private final Task<Integer> again;
    private int left = STEPS / LINKS;

    Repeated(Task<Integer> chain) {
      again = chain.flatMap(this::next);
    }

    private Task<Integer> next(Integer value) {
      return --left > 0 ? again : Task.value(value);
    }
  }
}
