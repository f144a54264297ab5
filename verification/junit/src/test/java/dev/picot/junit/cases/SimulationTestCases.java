/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit.cases;

import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.CallbackThread;
import dev.picot.LoopScheduler;
import dev.picot.LoopStalledException;
import dev.picot.Outcome;
import dev.picot.Task;
import dev.picot.TaskTimeoutException;
import dev.picot.junit.NoBlocking;
import dev.picot.junit.Simulation;
import dev.picot.junit.SimulationTest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Assumptions;

/** Simulations that pass and that fail, and an example for the documentation. */
public class SimulationTestCases {
  /** The seeds that ran, of all methods. */
  public static final List<Long> SEEDS = new ArrayList<>();

  /** What happened, of all methods. */
  public static final List<List<String>> EVENTS = new ArrayList<>();

  // region hall
  /** Forgets that others go on between its two steps. */
  static final class Hall {
    private boolean taken;

    Task<Boolean> book() {
      return Task.call(() -> taken)
          .mapBlocking(Hall::askTheBank)
          .map(
              wasTaken -> {
                taken = true;
                return !wasTaken;
              });
    }

    private static boolean askTheBank(boolean wasTaken) {
      return wasTaken;
    }
  }

  // end region

  // region sellsEachSeatOnce
  @SimulationTest(seeds = 1_000)
  void sellsEachSeatOnce(Simulation simulation) {
    Hall hall = new Hall();
    LoopScheduler scheduler = simulation.scheduler();
    CallbackThread<Boolean> ann = scheduler.spawn(hall.book());
    CallbackThread<Boolean> bob = scheduler.spawn(hall.book());

    simulation.run();

    assertThat(List.of(ann, bob))
        .filteredOn(guest -> guest.outcome().orElseThrow().equals(new Outcome.Completed<>(true)))
        .hasSize(1);
  }

  // end region

  // region cancelled
  @SimulationTest(seeds = 200)
  void givesBackWhatItBorrowed_wheneverItIsCancelled(Simulation simulation) {
    AtomicInteger borrowed = new AtomicInteger();
    CallbackThread<Void> guest =
        simulation
            .scheduler()
            .spawn(
                Task.using(
                    Task.blocking(borrowed::incrementAndGet),
                    one -> Task.sleep(Duration.ofMillis(simulation.random().nextInt(3))),
                    (one, outcome) -> Task.run(borrowed::decrementAndGet)));
    simulation.outside(Duration.ofMillis(1), guest::cancel);

    simulation.run();

    assertThat(borrowed).hasValue(0);
  }

  // end region

  @NoBlocking(stallAfterMillis = 40)
  @SimulationTest(seeds = 100)
  void blocksNobody(Simulation simulation) {
    simulation.scheduler().spawn(stopped(simulation));

    simulation.run();
  }

  @NoBlocking
  @SimulationTest(seeds = 1)
  void blocksItsLoop(Simulation simulation) {
    simulation.scheduler().spawn(Task.run(() -> Blockers.sleep(Duration.ofMillis(1))));

    simulation.run();
  }

  @SimulationTest(seeds = 20)
  void notesItsSeeds(Simulation simulation) {
    SEEDS.add(simulation.seed());
  }

  @SimulationTest(seed = {42, 7})
  void namesItsSeeds(Simulation simulation) {
    SEEDS.add(simulation.seed());
  }

  @SimulationTest(seeds = 0)
  void noSeeds(Simulation simulation) {
    SEEDS.add(simulation.seed());
  }

  @SimulationTest(seed = 11)
  void notesWhatHappens(Simulation simulation) {
    LoopScheduler scheduler = simulation.scheduler();
    for (int i = 0; i < 5; i++) {
      String name = "guest " + i;
      scheduler.spawn(
          Task.blocking(() -> name)
              .map(
                  value -> {
                    simulation.note(value);
                    simulation.pause();
                    return value;
                  })
              .then(Task.sleep(Duration.ofMillis(simulation.random().nextInt(10)))));
    }
    simulation.run();
    EVENTS.add(simulation.events());
  }

  @SimulationTest(seeds = 1)
  void leavesACallbackThread(Simulation simulation) {
    simulation.scheduler().spawn("forgotten", Task.never());
    simulation.run();
  }

  @SimulationTest(seeds = 1)
  void anActionFromOutsideThrows(Simulation simulation) {
    simulation.outside(
        () -> {
          throw new IllegalStateException("outside");
        });
    simulation.run();
  }

  @SimulationTest(seeds = 1)
  void assumesWhatDoesNotHold(Simulation simulation) {
    Assumptions.assumeTrue(simulation.seed() < 0);
  }

  @SimulationTest(seeds = 50)
  void timePasses_withoutTakingAny(Simulation simulation) {
    CallbackThread<Void> late =
        simulation.scheduler().spawn(Task.<Void>never().timeout(Duration.ofHours(1)));
    CallbackThread<String> observed =
        simulation
            .scheduler()
            .spawn(
                late.join()
                    .map(done -> "in time")
                    .onErrorResume(TaskTimeoutException.class, e -> Task.value("late"))
                    // its last slice may have been taken over just then
                    .onErrorResume(LoopStalledException.class, e -> Task.value("late")));

    simulation.run();

    assertThat(observed.outcome()).contains(new Outcome.Completed<>("late"));
    assertThat(simulation.now()).isBetween(Duration.ofHours(1), Duration.ofHours(1).plusSeconds(1));
  }

  @SimulationTest(seeds = 200)
  void waitsForWhatComesFromOutside(Simulation simulation) {
    CompletableFuture<String> mail = new CompletableFuture<>();
    CallbackThread<String> reader = simulation.scheduler().spawn(Task.await(mail));
    simulation.outside(Duration.ofSeconds(1), () -> mail.complete("hello"));

    simulation.run();

    assertThat(reader.outcome()).contains(new Outcome.Completed<>("hello"));
  }

  @SimulationTest(seeds = 200)
  void stepsAreStopped_butNeverFailed(Simulation simulation) {
    CallbackThread<String> thread = simulation.scheduler().spawn(stopped(simulation));

    simulation.run();

    assertThat(thread.outcome()).contains(new Outcome.Completed<>("done"));
    EVENTS.add(simulation.events());
  }

  @SimulationTest(seeds = 200, failStalls = true)
  void stepsAreFailed(Simulation simulation) {
    CallbackThread<String> thread = simulation.scheduler().spawn(stopped(simulation));
    CallbackThread<String> asked =
        simulation
            .scheduler()
            .spawn(
                thread
                    .join()
                    .onErrorResume(LoopStalledException.class, e -> Task.value("stalled")));

    simulation.run();

    if (asked.outcome().orElseThrow().equals(new Outcome.Completed<>("stalled"))) {
      SEEDS.add(simulation.seed());
    }
  }

  private static Task<String> stopped(Simulation simulation) {
    return Task.call(
        () -> {
          for (int i = 0; i < 10; i++) {
            simulation.pause();
          }
          return "done";
        });
  }
}
