/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static java.time.Duration.ofMillis;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random tasks, cancelled at a random moment, do the same steps at the same moments as a model that
 * is written as plain recursion. On virtual time: steps take none.
 */
class TaskModelTest {
  private static final int PROGRAMS = 2_000;
  private static final List<Kind> KINDS = List.of(Kind.values());

  @RegisterExtension final Schedulers schedulers = new Schedulers();

  private final VirtualTicker ticker = VirtualTicker.onTick();
  private final LoopScheduler scheduler = schedulers.one(ticker);

  /**
   * What a task is made from. All times are even, so that a cancellation at an odd one is alone.
   */
  private sealed interface Program {}

  private record Step(int label) implements Program {}

  private record Fail(int label) implements Program {}

  private record Sleep(int millis) implements Program {}

  private record Yield() implements Program {}

  private record Then(Program first, Program second) implements Program {}

  private record Resume(Program body, Program handler) implements Program {}

  private record Finally(Program body, int label) implements Program {}

  private record Using(Program acquire, Program use, Program release, int label)
      implements Program {}

  private record Timeout(Program body, int millis) implements Program {}

  private record Uncancellable(Program body) implements Program {}

  private record Named(Program body) implements Program {}

  private record Loop(Kind kind, int times, Program body) implements Program {}

  private record Retry(Program body, int attempts, int pause) implements Program {}

  private enum Kind {
    WHILE,
    DO_WHILE,
    FOR,
    ITERATE,
    FOR_EACH
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void doesWhatTheModelDoes(long seed) {
    var random = new Random(seed);
    for (int i = 0; i < PROGRAMS; i++) {
      var generator = new Generator(random);
      Program program = generator.program(2 + random.nextInt(5));
      int cancelAt = random.nextBoolean() ? 2 * random.nextInt(30) + 1 : Integer.MAX_VALUE;

      List<String> actual = new Run(cancelAt).of(program);

      assertThat(actual)
          .as("seed %d, program %d, cancelled at %d: %s", seed, i, cancelAt, program)
          .isEqualTo(new Model(cancelAt).of(program));
    }
  }

  /** The same programs, without times that threads could miss, end the same wherever they run. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void endsTheSame_onOneLoop_onFour_andDrivenByHand(long seed) {
    var random = new Random(seed);
    List<Program> programs = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      programs.add(new Generator(random).untimed(2 + random.nextInt(5)));
    }
    LoopScheduler one = schedulers.build("one", b -> b.loops(1));
    LoopScheduler four = schedulers.build("four", b -> b.loops(4));
    ManualLoops byHand = schedulers.manual();
    ManualLoops fourByHand = schedulers.manualInVirtualTime(4);

    List<List<String>> expected = new ArrayList<>();
    programs.forEach(program -> expected.add(new Model(Model.NEVER).of(program)));

    assertThat(new Together(one).of(programs, () -> {})).isEqualTo(untimed(expected));
    assertThat(new Together(four).of(programs, () -> {})).isEqualTo(untimed(expected));
    assertThat(new Together(byHand.scheduler()).of(programs, byHand::run))
        .isEqualTo(untimed(expected));
    assertThat(new Together(fourByHand.scheduler()).of(programs, fourByHand::run))
        .isEqualTo(untimed(expected));
  }

  private static List<List<String>> untimed(List<List<String>> traces) {
    return traces.stream()
        .map(trace -> trace.stream().map(line -> line.replaceAll(" at \\d+$", "")).toList())
        .toList();
  }

  /** All programs at once. */
  private final class Together {
    private final LoopScheduler where;

    Together(LoopScheduler where) {
      this.where = where;
    }

    List<List<String>> of(List<Program> programs, Runnable drive) {
      List<Run> runs = new ArrayList<>();
      List<CallbackThread<?>> threads = new ArrayList<>();
      for (Program program : programs) {
        Run run = new Run(Integer.MAX_VALUE);
        runs.add(run);
        CallbackThread<?> thread = where.<Object>spawn(Task.<Object>narrow(run.task(program)));
        thread.observers().observed = true;
        threads.add(thread);
      }
      drive.run();
      for (int i = 0; i < runs.size(); i++) {
        runs.get(i).trace.add("end " + show(Deadline.outcome(threads.get(i))));
      }
      return untimed(runs.stream().map(run -> run.trace).toList());
    }
  }

  private static final class Generator {
    private final Random random;
    private int labels;

    Generator(Random random) {
      this.random = random;
    }

    Program program(int depth) {
      if (depth == 0) {
        return leaf();
      }
      int below = depth - 1;
      return switch (random.nextInt(15)) {
        case 0 -> leaf();
        case 1, 2, 3 -> new Then(program(below), program(below));
        case 4 -> new Resume(program(below), program(below));
        case 5 -> new Finally(program(below), label());
        case 6, 7 ->
            new Using(program(below), program(below), program(Math.min(1, below)), label());
        case 8, 9 -> new Timeout(program(below), millis());
        case 10 -> new Uncancellable(program(below));
        case 11, 12 -> new Loop(kind(), random.nextInt(3), program(below));
        case 13 -> new Retry(program(below), 1 + random.nextInt(3), 2 * random.nextInt(4));
        default -> new Named(program(below));
      };
    }

    /** Without timeouts; a sleep may be any blocking call or wait. */
    Program untimed(int depth) {
      Program program = program(depth);
      while (hasTimeout(program)) {
        program = program(depth);
      }
      return program;
    }

    private static boolean hasTimeout(Program program) {
      return program.toString().contains("Timeout[");
    }

    private Program leaf() {
      return switch (random.nextInt(10)) {
        case 0 -> new Fail(label());
        case 1, 2, 3 -> new Sleep(millis());
        case 4 -> new Yield();
        default -> new Step(label());
      };
    }

    private Kind kind() {
      return KINDS.get(random.nextInt(KINDS.size()));
    }

    private int label() {
      return labels++;
    }

    private int millis() {
      return 2 * (1 + random.nextInt(10));
    }
  }

  /** The real thing. */
  private final class Run {
    private final List<String> trace = new ArrayList<>();
    private final int cancelAt;
    private long began;

    Run(int cancelAt) {
      this.cancelAt = cancelAt;
    }

    List<String> of(Program program) {
      List<CallbackThread<?>> threads = new ArrayList<>();
      Deadline.value(
          scheduler.spawn(
              Task.run(
                  () -> {
                    began = ticker.now().toMillis();
                    CallbackThread<?> thread = scheduler.<Object>spawn(task(program));
                    threads.add(thread);
                    if (cancelAt != Integer.MAX_VALUE) {
                      threads.add(
                          scheduler.spawn(
                              Task.sleep(ofMillis(cancelAt)).map(d -> thread.cancel())));
                    }
                  })));
      Outcome<?> outcome = Deadline.outcome(threads.get(0));
      threads.forEach(Deadline::outcome);
      trace.add("end " + show(outcome));
      return trace;
    }

    private void note(String what) {
      trace.add(what + " at " + (ticker.now().toMillis() - began));
    }

    private Task<?> task(Program program) {
      if (program instanceof Step step) {
        return Task.run(() -> note("step " + step.label));
      } else if (program instanceof Fail fail) {
        return Task.error(new IllegalStateException("" + fail.label));
      } else if (program instanceof Sleep sleep) {
        return Task.sleep(ofMillis(sleep.millis));
      } else if (program instanceof Yield) {
        return Task.yieldNow();
      } else if (program instanceof Then then) {
        return task(then.first).flatMap(value -> task(then.second));
      } else if (program instanceof Resume resume) {
        return this.<Object>typed(resume.body)
            .onErrorResume(
                e -> {
                  note("resume from " + show(e));
                  return task(resume.handler);
                });
      } else if (program instanceof Finally f) {
        return this.<Object>typed(f.body)
            .doFinally(o -> note("finally " + f.label + " " + show(o)));
      } else if (program instanceof Using using) {
        return Task.using(
            task(using.acquire),
            thing -> {
              note("use " + using.label);
              return task(using.use);
            },
            (thing, outcome) -> {
              note("release " + using.label + " " + show(outcome));
              return this.<Object>typed(using.release).onErrorResume(e -> Task.done());
            });
      } else if (program instanceof Timeout timeout) {
        return task(timeout.body).timeout(ofMillis(timeout.millis));
      } else if (program instanceof Uncancellable protectedPart) {
        return task(protectedPart.body).uncancellable();
      } else if (program instanceof Named named) {
        return task(named.body).named("n");
      } else if (program instanceof Loop loop) {
        return loop(loop);
      } else if (program instanceof Retry retry) {
        return task(retry.body)
            .retry(Backoff.fixed(ofMillis(retry.pause)).maxAttempts(retry.attempts));
      }
      throw new AssertionError(program);
    }

    private Task<?> loop(Loop loop) {
      return switch (loop.kind) {
        case WHILE ->
            Task.defer(
                () -> {
                  var n = new AtomicInteger();
                  return Task.whileLoop(
                      () -> n.getAndIncrement() < loop.times, () -> task(loop.body));
                });
        case DO_WHILE ->
            Task.defer(
                () -> {
                  var n = new AtomicInteger();
                  return Task.doWhile(
                      () -> task(loop.body), () -> n.incrementAndGet() < loop.times);
                });
        case FOR -> Task.forLoop(0, loop.times, i -> task(loop.body));
        case ITERATE ->
            Task.iterate(
                0,
                i ->
                    i < loop.times
                        ? task(loop.body).map(done -> Next.again(i + 1))
                        : Task.value(Next.done("result")));
        case FOR_EACH -> Task.forEach(Publishers.counting(loop.times), 2, i -> task(loop.body));
      };
    }

    @SuppressWarnings("unchecked") // values do not matter
    private <T> Task<T> typed(Program program) {
      return (Task<T>) task(program);
    }
  }

  private static String show(Outcome<?> outcome) {
    return outcome.fold(value -> "completed", TaskModelTest::show, () -> "cancelled");
  }

  private static String show(Throwable error) {
    return error instanceof TaskTimeoutException timeout
        ? "timeout of " + timeout.timeout().toMillis()
        : "failure " + error.getMessage();
  }

  /** Plain recursion over the program, with a clock. */
  private static final class Model {
    private static final int NEVER = Integer.MAX_VALUE;

    /** How a part ends: completed, failed, or being left up to a timeout or (null) the bottom. */
    private record End(boolean leaving, Object detail) {
      static final End COMPLETED = new End(false, "completed");
      static final End CANCELLED = new End(true, "cancelled");

      boolean completed() {
        return equals(COMPLETED);
      }

      boolean failed() {
        return !leaving && !completed();
      }

      String show() {
        return leaving ? "cancelled" : detail.toString();
      }
    }

    /** What holds for a part: the next deadline, where it lands, and what is not heeded. */
    private record Around(int deadline, Object landing, boolean guarded, boolean acquiring) {
      static final Around BOTTOM = new Around(NEVER, "none", false, false);

      Around timingOut(int at, Object here) {
        return at < deadline ? new Around(at, here, guarded, acquiring) : this;
      }

      Around acquire() {
        return new Around(deadline, landing, guarded, true);
      }

      Around guard() {
        return new Around(NEVER, "none", true, acquiring);
      }

      Around release() {
        return new Around(NEVER, "none", true, false);
      }
    }

    private final List<String> trace = new ArrayList<>();
    private final int cancelAt;
    private int now;

    Model(int cancelAt) {
      this.cancelAt = cancelAt;
    }

    List<String> of(Program program) {
      End end = eval(program, Around.BOTTOM);
      trace.add("end " + end.show());
      return trace;
    }

    private void note(String what) {
      trace.add(what + " at " + now);
    }

    private boolean isCancelled() {
      return cancelAt <= now;
    }

    /** After a part that may have taken its time without heeding what is around it. */
    private End heed(End end, Around around) {
      if (end.leaving || around.acquiring) {
        return end;
      }
      if (isCancelled() && !around.guarded) {
        return End.CANCELLED;
      }
      return around.deadline <= now ? new End(true, around.landing) : end;
    }

    private End eval(Program program, Around around) {
      if (program instanceof Step step) {
        note("step " + step.label);
        return End.COMPLETED;
      } else if (program instanceof Fail fail) {
        return new End(false, "failure " + fail.label);
      } else if (program instanceof Sleep sleep) {
        return sleep(sleep.millis, around);
      } else if (program instanceof Yield) {
        return End.COMPLETED;
      } else if (program instanceof Then then) {
        End first = eval(then.first, around);
        return first.completed() ? eval(then.second, around) : first;
      } else if (program instanceof Resume resume) {
        End body = eval(resume.body, around);
        if (body.failed()) {
          note("resume from " + body.show());
          return eval(resume.handler, around);
        }
        return body;
      } else if (program instanceof Finally f) {
        End body = eval(f.body, around);
        note("finally " + f.label + " " + body.show());
        return body;
      } else if (program instanceof Using using) {
        return using(using, around);
      } else if (program instanceof Timeout timeout) {
        Object here = new Object();
        End body = eval(timeout.body, around.timingOut(now + timeout.millis, here));
        boolean landed = body.leaving && body.detail == here;
        return heed(landed ? new End(false, "timeout of " + timeout.millis) : body, around);
      } else if (program instanceof Uncancellable protectedPart) {
        return heed(eval(protectedPart.body, around.guard()), around);
      } else if (program instanceof Named named) {
        return eval(named.body, around);
      } else if (program instanceof Loop loop) {
        return loop(loop, around);
      } else if (program instanceof Retry retry) {
        return retry(retry, around);
      }
      throw new AssertionError(program);
    }

    private End loop(Loop loop, Around around) {
      int times = loop.kind == Kind.DO_WHILE ? Math.max(1, loop.times) : loop.times;
      End end = End.COMPLETED;
      for (int i = 0; i < times && end.completed(); i++) {
        end = eval(loop.body, around);
      }
      return end;
    }

    private End retry(Retry retry, Around around) {
      End end = eval(retry.body, around);
      for (int i = 1; i < retry.attempts && end.failed(); i++) {
        End pause = retry.pause == 0 ? End.COMPLETED : sleep(retry.pause, around);
        end = pause.completed() ? eval(retry.body, around) : pause;
      }
      return end;
    }

    private End using(Using using, Around around) {
      End acquire = eval(using.acquire, around.acquire());
      if (!acquire.completed()) {
        return heed(acquire, around);
      }
      End use = heed(End.COMPLETED, around);
      if (!use.leaving) {
        note("use " + using.label);
        use = eval(using.use, around);
      }
      note("release " + using.label + " " + use.show());
      eval(using.release, around.release());
      return heed(use, around);
    }

    private End sleep(int millis, Around around) {
      int wake = now + millis;
      int cancelled = around.guarded ? NEVER : Math.max(now, cancelAt);
      int late = Math.max(now, around.deadline);
      if (cancelled <= wake && cancelled <= late) {
        now = cancelled;
        return End.CANCELLED;
      }
      if (late <= wake) {
        now = late;
        return new End(true, around.landing);
      }
      now = wake;
      return End.COMPLETED;
    }
  }
}
