/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.SimulatedProgram.Kind;
import dev.picot.SimulatedRun.Act;
import dev.picot.SimulatedRun.Plan;
import dev.picot.loop.Simulator.Faults;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Random programs in random interleavings, with takeovers and failed stalls, do what the model
 * allows and leave nothing behind. {@code -Dsimulation.seeds=100000} runs more of them, {@code
 * -Dsimulation.first=42} begins with another seed.
 */
class SimulationTest {
  private static final long FIRST = Long.getLong("simulation.first", 1);
  private static final int SEEDS = Integer.getInteger("simulation.seeds", 2_000);
  private static final int REPLAYED_ONE_IN = 20;
  private static final int SEEDS_OF_ONE_PROGRAM = 300;

  /** Of the whole class, so that not each seed starts the threads that keep house. */
  private static LoopScheduler keepsHouse;

  @BeforeAll
  static void keepHouse() {
    keepsHouse = LoopScheduler.builder("keeps-house").loops(1).build();
  }

  @AfterAll
  static void close() {
    keepsHouse.close();
    Schedulers.awaitHouseEmpty();
  }

  @Test
  void doesWhatTheModelAllows_andLeavesNothingBehind() {
    long began = System.nanoTime();
    int events = 0;
    Set<String> happened = new TreeSet<>();
    for (long seed = FIRST; seed < FIRST + SEEDS; seed++) {
      SimulatedRun run = SimulatedRun.of(Plan.of(seed));
      assertThat(run.problems).as(() -> describe(run)).isEmpty();
      events += run.events().size();
      run.events().forEach(event -> happened.add(event.replaceAll("[^a-z ]", "").strip()));
    }

    System.out.printf(
        "%d simulations from seed %d on, %d events, %d ms%n",
        SEEDS, FIRST, events, (System.nanoTime() - began) / 1_000_000);
    assertThat(happened)
        .contains("simulated is taken over", "stall  fails", "call begins", "cancel at")
        .contains("release  completed", "release  cancelled", "stray release  stalled")
        .contains("the subscriber hears completed", "the subscriber cancels", "next")
        .contains("received element  of", "undelivered element  of", "late")
        .contains("suspend at", "suspendall at", "loops at", "close at")
        .contains("refused after waiting", "simulated is taken over too late");
  }

  /** Programs that failed once, and what was wrong then, in many interleavings. */
  @Test
  void anAcquiredThing_isReleasedOnce_ifItsSliceIsFailedBeforeItBegins() {
    SimulatedProgram acquire =
        new SimulatedProgram(Kind.TIMEOUT, 1, 0, List.of(SimulatedProgram.leaf(Kind.YIELD, 0, 0)));
    SimulatedProgram using =
        new SimulatedProgram(Kind.USING, 3, 0, List.of(acquire, step(5), step(7)));

    assertThat(problems(using, new Faults(true, true, true), 1)).isEmpty();
  }

  @Test
  void aHopOfAnAcquire_thatReturnsBeforeItIsHandedOver_takesNoPermitWithIt() {
    SimulatedProgram hop = SimulatedProgram.leaf(Kind.HOP, 5, 0);
    SimulatedProgram using = new SimulatedProgram(Kind.USING, 8, 0, List.of(hop, step(6), step(7)));
    SimulatedProgram sleep = SimulatedProgram.leaf(Kind.SLEEP, 3, 1);
    SimulatedProgram all = new SimulatedProgram(Kind.ALL, 11, 0, List.of(sleep, using, step(10)));
    SimulatedProgram first = new SimulatedProgram(Kind.FIRST_SUCCESS, 12, 0, List.of(step(2), all));

    assertThat(problems(first, new Faults(true, true, false), 3)).isEmpty();
  }

  @Test
  void finalizers_run_ifWhoRunsThemIsFailedInTurn() {
    SimulatedProgram body = new SimulatedProgram(Kind.FINALLY, 1, 0, List.of(step(0)));

    assertThat(problems(body, new Faults(false, true, true), 2)).isEmpty();
  }

  @Test
  void aFinalizerOfAnAcquire_runs_ifItIsPushedAfterTheOthersWereClaimed() {
    SimulatedProgram last = new SimulatedProgram(Kind.FINALLY, 1, 0, List.of(step(0)));
    SimulatedProgram acquire = new SimulatedProgram(Kind.THEN, 5, 0, List.of(last, step(4)));
    SimulatedProgram using =
        new SimulatedProgram(Kind.USING, 14, 0, List.of(acquire, step(8), step(13)));
    SimulatedProgram once = new SimulatedProgram(Kind.ITERATE, 15, 1, List.of(using));

    assertThat(problems(once, new Faults(false, true, true), 1)).isEmpty();
  }

  @Test
  void whatAStuckStepAcquires_isReleased_ifItsSchedulerIsClosedMeanwhile() {
    SimulatedProgram using =
        new SimulatedProgram(Kind.USING, 4, 0, List.of(step(1), step(2), step(3)));
    Act close = new Act(Act.What.CLOSE, 0, 1);

    assertThat(problems(using, new Faults(false, true, true), 1, close)).isEmpty();
  }

  private static SimulatedProgram step(int label) {
    return SimulatedProgram.leaf(Kind.STEP, label, 0);
  }

  private static List<String> problems(
      SimulatedProgram program, Faults faults, int loops, Act... acts) {
    return LongStream.range(0, SEEDS_OF_ONE_PROGRAM)
        .mapToObj(seed -> SimulatedRun.of(new Plan(program, seed, faults, loops, List.of(acts))))
        .flatMap(run -> run.problems.stream().map(it -> "seed " + run.plan.seed() + ": " + it))
        .toList();
  }

  private static String describe(SimulatedRun run) {
    Plan least = run.plan.shrink(plan -> !SimulatedRun.of(plan).problems.isEmpty());
    SimulatedRun shrunk = SimulatedRun.of(least);
    return "seed %d: %s%nshrunk to %s%n%s%n%s"
        .formatted(
            run.plan.seed(),
            run.plan,
            least,
            String.join("\n", shrunk.problems),
            String.join("\n", shrunk.events()));
  }

  @Test
  void aSeed_replaysExactly() {
    for (long seed = FIRST; seed < FIRST + SEEDS; seed += REPLAYED_ONE_IN) {
      Plan plan = Plan.of(seed);

      SimulatedRun first = SimulatedRun.of(plan);
      SimulatedRun second = SimulatedRun.of(plan);

      assertThat(second.events()).as("seed %d", seed).isEqualTo(first.events());
      assertThat(second.hash()).isEqualTo(first.hash());
    }
  }

  @Test
  void seeds_differ() {
    SimulatedProgram program = hopsAndSleeps();

    Set<Long> hashes =
        IntStream.range(0, 100)
            .mapToObj(seed -> SimulatedRun.of(plan(program, seed)).hash())
            .collect(Collectors.toSet());

    assertThat(hashes).hasSizeGreaterThan(90);
  }

  /**
   * A program breaks a rule that is none: that no blocking call is made while a step is stopped.
   */
  @Test
  void aFailure_isShrunk_toAShortProgram() {
    Predicate<Plan> fails =
        plan -> {
          String events = String.join("\n", SimulatedRun.of(plan).events());
          return events.contains("hop") && events.contains("is taken over");
        };
    Plan failing = find(fails);

    Plan least = failing.shrink(fails);

    assertThat(failing.program().size()).isGreaterThan(15);
    assertThat(least.program().size()).isEqualTo(1);
    assertThat(least.program().kind()).isEqualTo(Kind.HOP);
    assertThat(fails.test(least)).isTrue();
    assertThat(SimulatedRun.of(least).events().size()).isLessThan(60);
  }

  private static Plan find(Predicate<Plan> fails) {
    for (long seed = 1; seed < 10_000; seed++) {
      Plan plan = Plan.of(seed);
      if (plan.program().size() > 15 && fails.test(plan)) {
        return plan;
      }
    }
    throw new AssertionError("no seed fails");
  }

  /** What the model is told happened differs from what the program says. */
  @Test
  void theModel_refuses_whatTheProgramDoesNotSay() {
    List<SimulatedProgram> wrong = new ArrayList<>();
    SimulatedProgram program = hopsAndSleeps();
    wrong.add(SimulatedProgram.leaf(Kind.STEP, 9, 0));
    wrong.addAll(program.smaller());
    wrong.removeIf(smaller -> smaller.toString().contains("await2:1")); // may be late

    SimulatedRun.Life life = SimulatedRun.of(plan(program, 7)).lives().get(0);

    assertThat(new SimulatedModel(life, Long.MAX_VALUE).allows()).isTrue();
    for (SimulatedProgram other : wrong) {
      SimulatedRun.Life mistaken = new SimulatedRun.Life(other, Integer.MAX_VALUE);
      mistaken.notes.addAll(life.notes);
      mistaken.thread = life.thread;
      assertThat(new SimulatedModel(mistaken, Long.MAX_VALUE).allows()).as("%s", other).isFalse();
    }
  }

  @Test
  void theModel_refuses_whatIsEarly() {
    SimulatedProgram program = hopsAndSleeps();
    SimulatedRun.Life life = SimulatedRun.of(plan(program, 7)).lives().get(0);

    assertThat(new SimulatedModel(life, 1).allows()).isFalse();
  }

  private static SimulatedProgram hopsAndSleeps() {
    SimulatedProgram first =
        new SimulatedProgram(Kind.FINALLY, 4, 0, List.of(SimulatedProgram.leaf(Kind.HOP, 1, 0)));
    SimulatedProgram second =
        new SimulatedProgram(Kind.MAP, 5, 0, List.of(SimulatedProgram.leaf(Kind.AWAIT, 2, 2)));
    return new SimulatedProgram(Kind.THEN, 6, 0, List.of(first, second));
  }

  private static Plan plan(SimulatedProgram program, long seed) {
    return new Plan(program, seed, new Faults(true, true, false), 3, List.of());
  }
}
