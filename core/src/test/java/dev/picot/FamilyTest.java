/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static java.time.Duration.ofMillis;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random families, cancelled at a random moment, keep what always holds: none outlives its parent,
 * each acquired thing is released once, each value is the one that its tasks give, no permit is
 * lost. On virtual time and one loop, so that a seed replays.
 */
class FamilyTest {
  private static final int PROGRAMS = 3_000;

  @RegisterExtension final Schedulers schedulers = new Schedulers();

  private final VirtualTicker ticker = VirtualTicker.onTick();
  private final LoopScheduler scheduler =
      schedulers.build("family", b -> b.loops(1).ticker(ticker).maxCallbackThreads(24));

  @ParameterizedTest
  @ValueSource(longs = {11, 12, 13, 14})
  void keepsWhatAlwaysHolds(long seed) {
    Random random = new Random(seed);
    int completed = 0;
    for (int i = 0; i < PROGRAMS; i++) {
      String program = "seed " + seed + ", program " + i;
      Run run = new Run(random);
      Task<Integer> root = run.member(run.part(4));
      int cancelAt = 1 + random.nextInt(40);

      ticker.hold();
      AtomicReference<CallbackThread<Integer>> started = new AtomicReference<>();
      CallbackThread<Boolean> canceller =
          scheduler.spawn(Task.sleep(ofMillis(cancelAt)).map(done -> started.get().cancel()));
      CallbackThread<Integer> thread = scheduler.spawn(root);
      started.set(thread);
      ticker.release();
      Outcome<Integer> outcome = Deadline.outcome(thread);
      Deadline.value(canceller);
      Schedulers.settle(scheduler);

      assertThat(run.problems).as(program).isEmpty();
      assertThat(run.living).as("members alive after the root, %s", program).isEmpty();
      assertThat(run.held).as("things not released, %s", program).hasValue(0);
      assertThat(scheduler.stats().live()).as(program).isZero();
      if (outcome instanceof Outcome.Completed) {
        completed++;
      }
    }
    assertThat(completed).as("programs that were not cut short").isBetween(300, PROGRAMS - 300);
  }

  /** One program, and what it does. All on one loop. */
  private static final class Run {
    private final Random random;
    private final List<String> problems = new ArrayList<>();

    /** The living members, and the member that each belongs to. */
    private final Map<Object, Object> living = new HashMap<>();

    private final AtomicInteger held = new AtomicInteger();

    Run(Random random) {
      this.random = random;
    }

    /** A callback thread of its own: notes its life, and that it is within its parent's. */
    Task<Integer> member(Task<Integer> body) {
      return Task.defer(
          () -> {
            CallbackThread<?> self = CallbackThread.current().orElseThrow();
            CallbackThreadCore parent = self.parent();
            if (parent != null && !living.containsKey(parent)) {
              problems.add("began after the end of its parent");
            }
            living.put(self, parent == null ? "nobody" : parent);
            watchEnd(self);
            return body;
          });
    }

    private void watchEnd(CallbackThread<?> self) {
      self.observers()
          .watch(
              new Observer() {
                @Override
                void ended() {
                  if (living.containsValue(self)) {
                    problems.add("ended before a child of it");
                  }
                  living.remove(self);
                }
              });
    }

    private Task<Integer> child(int depth) {
      return member(part(depth - 1));
    }

    private Task<Integer> part(int depth) {
      if (depth == 0) {
        return leaf();
      }
      int size = 1 + random.nextInt(4);
      return switch (random.nextInt(13)) {
        case 0 -> part(depth - 1).then(part(depth - 1));
        case 1, 2 -> all(depth, size);
        case 3 -> Task.first(children(depth, size));
        case 4 -> Task.firstSuccess(children(depth, size));
        case 5 -> {
          int a = random.nextInt(100);
          yield Task.zip(
              child(depth).then(Task.value(a)),
              child(depth).then(Task.value(1)),
              (x, y) -> {
                if (x != a || y != 1) {
                  problems.add("zip gave " + x + ", " + y);
                }
                return x + y;
              });
        }
        case 6 -> {
          Task<Integer> meanwhile = part(depth - 1);
          yield Task.fork(quiet(child(depth))).flatMap(c -> meanwhile.then(c.join()));
        }
        case 7 -> {
          Task<Integer> meanwhile = part(depth - 1);
          yield Task.fork(quiet(child(depth))).then(meanwhile);
        }
        case 8 -> using(depth);
        case 9 -> part(depth - 1).timeout(ofMillis(1 + random.nextInt(20)));
        case 10 -> {
          Task<Integer> other = part(depth - 1);
          yield part(depth - 1).onErrorResume(e -> other);
        }
        case 11 -> part(depth - 1).uncancellable();
        default -> leaf();
      };
    }

    /** Whether a forked child is joined depends on the others, and a failure would be reported. */
    private static Task<Integer> quiet(Task<Integer> child) {
      return child.onErrorResume(e -> Task.value(0));
    }

    private Task<Integer> all(int depth, int size) {
      List<Task<Integer>> numbered = new ArrayList<>();
      for (int i = 0; i < size; i++) {
        numbered.add(child(depth).then(Task.value(i)));
      }
      return Task.all(numbered)
          .map(
              values -> {
                for (int i = 0; i < size; i++) {
                  if (values.get(i) != i) {
                    problems.add("all gave " + values);
                  }
                }
                return values.size();
              });
    }

    private List<Task<Integer>> children(int depth, int size) {
      List<Task<Integer>> children = new ArrayList<>();
      for (int i = 0; i < size; i++) {
        children.add(child(depth));
      }
      return children;
    }

    private Task<Integer> using(int depth) {
      Task<Integer> use = part(depth - 1);
      Task<Integer> release = quiet(part(Math.min(1, depth - 1)));
      return Task.using(
          quiet(part(depth - 1)).map(value -> held.incrementAndGet()),
          thing -> use,
          (thing, outcome) -> Task.run(held::decrementAndGet).then(release));
    }

    private Task<Integer> leaf() {
      int number = random.nextInt(100);
      return switch (random.nextInt(8)) {
        case 0 -> Task.error(new IllegalStateException("failure " + number));
        case 1, 2, 3 -> Task.sleep(ofMillis(random.nextInt(12))).then(Task.value(number));
        case 4 -> Task.yieldNow().then(Task.value(number));
        default -> Task.value(number);
      };
    }
  }
}
