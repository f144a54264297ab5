/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static java.time.Duration.ofMillis;

import dev.picot.loop.Loop;
import dev.picot.loop.Simulator;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** One program in one simulation: what it does, and what is wrong with that. */
final class SimulatedRun {
  /**
   * Something that is done to the scheduler or its callback threads from outside.
   *
   * @param what is done
   * @param at when, in milliseconds
   * @param n for how many milliseconds, or how many
   */
  record Act(What what, int at, int n) {
    enum What {
      /** The program is cancelled. */
      CANCEL,
      /** Some callback thread is suspended, and later resumed. */
      SUSPEND,
      /** The scheduler is suspended, and later resumed. */
      SUSPEND_ALL,
      /** The number of loops is changed. */
      LOOPS,
      /** Another callback thread does the same program. */
      SPAWN,
      /** The scheduler is closed, with or without grace. */
      CLOSE
    }

    @Override
    public String toString() {
      return what.name().toLowerCase(Locale.ROOT) + " at " + at + ":" + n;
    }
  }

  /**
   * What is to be run.
   *
   * @param program does this
   * @param seed of the simulation
   * @param faults of the simulation
   * @param loops how many
   * @param limit how many callback threads may live, and for how many milliseconds others wait for
   *     that; zero is no limit
   * @param traced whether its events are told to somebody, so that there are more places where a
   *     thread offers the baton
   * @param acts from outside
   */
  record Plan(
      SimulatedProgram program,
      long seed,
      Simulator.Faults faults,
      int loops,
      int limit,
      boolean traced,
      List<Act> acts) {
    private static final int ACT_ONE_IN = 8;
    private static final int NO_LIMIT = 1_000;
    private static final int TRACED_ONE_IN = 4;

    Plan(SimulatedProgram program, long seed, Simulator.Faults faults, int loops, List<Act> acts) {
      this(program, seed, faults, loops, 0, false, acts);
    }

    static Plan of(long seed) {
      Random random = new Random(seed);
      int limit = Math.max(0, random.nextInt(12) - 8);
      return new Plan(
          SimulatedProgram.random(random, 1 + Math.min(random.nextInt(4), random.nextInt(4))),
          seed,
          new Simulator.Faults(random.nextBoolean(), random.nextBoolean(), random.nextBoolean()),
          1 + random.nextInt(3),
          limit,
          random.nextInt(TRACED_ONE_IN) == 0,
          acts(random, limit > 0));
    }

    private static List<Act> acts(Random random, boolean limited) {
      List<Act> acts = new ArrayList<>();
      for (Act.What what : Act.What.values()) {
        boolean often = what == Act.What.CANCEL || (limited && what == Act.What.SPAWN);
        for (int i = often ? 2 : ACT_ONE_IN; random.nextInt(i) == 0; i++) {
          acts.add(new Act(what, random.nextInt(5), random.nextInt(4)));
        }
      }
      return acts;
    }

    Plan with(SimulatedProgram other, long otherSeed) {
      return new Plan(other, otherSeed, faults, loops, limit, traced, acts);
    }

    Plan with(List<Act> others) {
      return new Plan(program, seed, faults, loops, limit, traced, others);
    }

    /** The smallest plan that a few seeds find and that fails likewise. */
    Plan shrink(Predicate<Plan> fails) {
      for (Plan smaller : smaller()) {
        for (int i = 0; i < 40; i++) {
          Plan candidate = smaller.with(smaller.program, i == 0 ? seed : i);
          if (fails.test(candidate)) {
            return candidate.shrink(fails);
          }
        }
      }
      return this;
    }

    /** Plans with one act less, without a limit or a trace, or with a smaller program. */
    private List<Plan> smaller() {
      List<Plan> smaller = new ArrayList<>();
      for (int i = 0; i < acts.size(); i++) {
        List<Act> fewer = new ArrayList<>(acts);
        fewer.remove(i);
        smaller.add(with(fewer));
      }
      if (limit > 0) {
        smaller.add(new Plan(program, seed, faults, loops, 0, traced, acts));
      }
      if (traced) {
        smaller.add(new Plan(program, seed, faults, loops, limit, false, acts));
      }
      program.smaller().forEach(it -> smaller.add(with(it, seed)));
      return smaller;
    }
  }

  /** A step as it happened. */
  record Note(String text, long nanos, @Nullable Family family) {}

  /** Children that were started together. */
  record Family(List<Life> children) {}

  /** What one callback thread does. */
  static final class Life {
    final SimulatedProgram program;
    final List<Note> notes = new ArrayList<>();

    /** How many notes there were when it was cancelled; children may be at any time. */
    int notesAtCancel;

    @Nullable CallbackThread<?> thread;

    @Nullable SimulatedMailbox mailbox;

    /** Of a stream. */
    @Nullable Emitter<Integer> emitter;

    private final Set<Integer> unheld;
    private boolean inStep;

    /** How many steps have begun since it was suspended. */
    private int stepsHeld;

    Life(SimulatedProgram program, int notesAtCancel) {
      this.program = program;
      this.notesAtCancel = notesAtCancel;
      this.unheld = program.unheld();
    }

    /** From now on. */
    void mayBeCancelled() {
      notesAtCancel = Math.min(notesAtCancel, notes.size());
    }

    /** A child; of a release it is part of that, and not held by a suspension either. */
    Life(SimulatedProgram program, Life parent, int label) {
      this(program, 0);
      if (parent.unheld.contains(label)) {
        program.addLabels(unheld);
      }
    }
  }

  /** What was acquired, or a finalizer that is due. */
  private static final class Due {
    final String what;
    int done;

    Due(String what) {
      this.what = what;
    }
  }

  static final String REFUSED = "refused";
  static final String CLOSED = "closed";

  private static final long FORCE_NANOS = TimeUnit.SECONDS.toNanos(10);

  final Plan plan;
  final List<String> problems = new ArrayList<>();
  final Simulator simulator;
  private final LoopScheduler scheduler;
  private final List<Root> roots = new ArrayList<>();
  private final List<Life> lives = new ArrayList<>();
  private final List<Due> due = new ArrayList<>();
  private final List<SimulatedMailbox> mailboxes = new ArrayList<>();
  private long suspendedAt;
  private int loops;
  private long closedAt = Long.MAX_VALUE;

  private SimulatedRun(Plan plan) {
    this.plan = plan;
    this.loops = plan.loops;
    this.simulator = new Simulator(plan.seed, plan.faults);
    this.scheduler =
        (LoopScheduler)
            simulator.build(
                LoopScheduler.builder("simulated")
                    .loops(plan.loops)
                    .maxCallbackThreads(plan.limit == 0 ? Plan.NO_LIMIT : plan.limit)
                    .maxAdmissionWait(ofMillis(plan.limit))
                    .watchdog(options -> options.maxDetached(8)));
  }

  static SimulatedRun of(Plan plan) {
    SimulatedRun run = new SimulatedRun(plan);
    try {
      run.run();
    } catch (Throwable e) {
      run.problems.add(e + (e.getCause() == null ? "" : " caused by " + e.getCause()));
    } finally {
      run.simulator.release();
      run.scheduler.closeNow();
      if (run.problems.isEmpty()) { // else it may not end, and is left alone
        run.scheduler.close();
      }
    }
    return run;
  }

  /** The callback threads that began, the root first. */
  List<Life> lives() {
    return lives;
  }

  long hash() {
    return simulator.hash();
  }

  List<String> events() {
    return simulator.events();
  }

  long nanos() {
    return simulator.nanosNow();
  }

  private void run() {
    if (plan.traced) {
      Trace unused = scheduler.inspect().trace(event -> {});
    }
    Root root = spawn();
    for (Act act : plan.acts) {
      later(act.at, () -> perform(act, root));
    }
    simulator.run();
    roots.forEach(this::checkEnd);
    check(scheduler.stats().live() == 0, scheduler.stats().live() + " live");
    check(scheduler.stats().detached() == 0, scheduler.stats().detached() + " detached");
    check(scheduler.stats().elastic().active() == 0, "a blocking call is active");
    if (wasClosed()) {
      check(scheduler.onClosed().toCompletableFuture().isDone(), scheduler + " is not closed");
    } else {
      check(scheduler.group().loops().size() == loops, scheduler + " has not " + loops + " loops");
      check(scheduler.group().all().size() == loops, "a loop has not left");
    }
    for (Loop loop : scheduler.group().all()) {
      check(loop.tasks().isEmpty(), loop + " has " + loop.tasks());
    }
    if (!wasForced()) {
      due.forEach(one -> check(one.done == 1, one.what + " " + one.done + " times"));
    }
    mailboxes.forEach(SimulatedMailbox::audit);
    for (Life life : lives) {
      check(new SimulatedModel(life, nanos()).allows(), describe(life));
    }
  }

  /** Whether callback threads may have been ended without their finalizers. */
  private boolean wasForced() {
    return wasClosed() && simulator.nanosNow() - closedAt >= FORCE_NANOS;
  }

  /** A callback thread that is spawned from outside. */
  private final class Root extends Observer {
    final Life life = new Life(plan.program, Integer.MAX_VALUE);
    final long spawnedAt = simulator.nanosNow();
    final CallbackThread<?> thread = scheduler.<Object>spawn(life(life));
    int told;
    long endedAt;

    @Override
    void ended() {
      told++;
      endedAt = simulator.nanosNow();
    }
  }

  private Root spawn() {
    Root root = new Root();
    roots.add(root);
    root.thread.observers().observed = true;
    root.thread.observe(root);
    return root;
  }

  private void checkEnd(Root root) {
    check(root.told == 1, "an observer was told " + root.told + " times");
    if (root.life.thread == null) {
      root.life.thread = root.thread;
      if (end(root.life).equals(REFUSED) && root.endedAt <= closedAt) {
        checkRefused(root);
      }
    }
  }

  /** It has waited for a permit, and not longer than that may be. */
  private void checkRefused(Root root) {
    simulator.note("refused after waiting");
    long waited = TimeUnit.NANOSECONDS.toMillis(root.endedAt - root.spawnedAt);
    check(waited >= plan.limit, "refused after " + waited + " ms");
    check(waited <= plan.limit + 1 || plan.faults.slow(), "refused after " + waited + " ms");
  }

  private void perform(Act act, Root root) {
    simulator.note(act.toString());
    switch (act.what) {
      case CANCEL -> {
        root.life.mayBeCancelled();
        root.thread.cancel();
      }
      case SPAWN -> {
        try {
          spawn();
        } catch (RefusedException e) {
          check(refuses(), "refused for nothing: " + e.getMessage());
        }
      }
      case SUSPEND -> suspendOne(act.n);
      case SUSPEND_ALL -> suspendAll(act.n);
      case LOOPS -> {
        try {
          scheduler.loops(1 + act.n);
          loops = 1 + act.n;
        } catch (SchedulerClosedException e) {
          check(wasClosed(), "closed by whom?");
        }
      }
      case CLOSE -> close(act.n);
    }
  }

  private void close(int graceMillis) {
    closedAt = Math.min(closedAt, simulator.nanosNow());
    lives.forEach(Life::mayBeCancelled);
    if (graceMillis == 0) {
      scheduler.closeNow();
    } else {
      CompletionStage<Void> unused = scheduler.shutdown(ofMillis(graceMillis));
    }
  }

  private boolean wasClosed() {
    return closedAt < Long.MAX_VALUE;
  }

  private boolean refuses() {
    return wasClosed()
        || scheduler.inspect().isSuspended()
        || scheduler.group().isUnhealthy()
        || (plan.limit > 0 && scheduler.admission().waiting() == plan.limit);
  }

  private void suspendOne(int millis) {
    List<Life> live = lives.stream().filter(life -> thread(life).outcomeNow() == null).toList();
    if (live.isEmpty()) {
      return;
    }
    Life life = live.get(simulator.choose(live.size()));
    if (scheduler.inspect().suspend(thread(life))) {
      life.stepsHeld = 0;
      later(millis, () -> scheduler.inspect().resume(thread(life)));
    }
  }

  private void suspendAll(int millis) {
    if (scheduler.inspect().suspend()) {
      suspendedAt = simulator.nanosNow();
      later(millis, () -> scheduler.inspect().resume());
    }
  }

  private void later(int millis, Runnable action) {
    simulator.outside(TimeUnit.MILLISECONDS.toNanos(millis), action);
  }

  private static CallbackThread<?> thread(Life life) {
    return Objects.requireNonNull(life.thread);
  }

  private String describe(Life life) {
    StringBuilder text = new StringBuilder("not allowed by the model: ").append(life.program);
    life.notes.forEach(
        note -> text.append("\n  ").append(note.text).append(" at ").append(note.nanos));
    return text.append("\n  end ").append(end(life)).toString();
  }

  void check(boolean holds, String problem) {
    if (!holds) {
      problems.add(problem);
    }
  }

  static String end(Life life) {
    CallbackThread<?> thread = life.thread;
    return thread == null ? "stalled" : show(thread.outcomeNow());
  }

  private static String show(@Nullable Outcome<?> outcome) {
    return outcome == null
        ? "live"
        : outcome.fold(value -> "completed", SimulatedRun::show, () -> "cancelled");
  }

  static String show(Throwable error) {
    return error instanceof TaskTimeoutException timeout
        ? "timeout of " + timeout.timeout().toMillis()
        : error instanceof LoopStalledException
            ? "stalled"
            : error instanceof SchedulerClosedException
                ? CLOSED
                : error instanceof RefusedException ? REFUSED : String.valueOf(error.getMessage());
  }

  // The program as a task

  private Task<Object> life(Life life) {
    return Task.<Object>defer(
        () -> {
          CallbackThread<?> self = CallbackThread.current().orElseThrow();
          self.observers().observed = true;
          life.thread = self;
          lives.add(life);
          if (wasClosed()) {
            life.mayBeCancelled();
          }
          return task(life.program, life);
        });
  }

  void step(Life life, String text) {
    step(life, text, null);
  }

  /** A step: where it may be stopped it is in the middle. */
  private void step(Life life, String text, @Nullable Family family) {
    boolean own = CallbackThread.current().filter(now -> now == life.thread).isPresent();
    simulator.note((own ? "  " : "  stray ") + text);
    if (!own) { // an heir, after it was left or failed: what it does is counted only
      simulator.pause();
      return;
    }
    check(!life.inStep, "overlap: " + text);
    check(!isHeld(life, text), "a step although suspended: " + text);
    life.inStep = true;
    life.notes.add(new Note(text, simulator.nanosNow(), family));
    simulator.pause();
    life.inStep = false;
  }

  /** Whether a step that begins now should not. */
  private boolean isHeld(Life life, String text) {
    if (scheduler.inspect().isSuspended()
        && !plan.faults.slow()
        && simulator.nanosNow() > suspendedAt) {
      return true; // for as long as there is anything to do no time passes
    }
    if (!CallbackThreadState.wasSuspended(thread(life).wordVolatile())
        || text.startsWith("finally")
        || text.startsWith("release")
        || life.unheld.contains(Integer.valueOf(text.split(" ", 3)[1]))) {
      return false;
    }
    return life.stepsHeld++ > 0; // one may have been about to begin
  }

  private Task<Object> task(SimulatedProgram program, Life life) {
    int label = program.label();
    int n = program.n();
    return switch (program.kind()) {
      case STEP -> Task.call(() -> stepped(life, "step " + label));
      case FAIL -> Task.error(new IllegalStateException("failure " + label));
      case SLEEP -> Task.sleep(ofMillis(n)).map(done -> label);
      case YIELD -> Task.yieldNow().map(done -> label);
      case HOP ->
          Task.blocking(
                  () -> {
                    simulator.pause();
                    return label;
                  })
              .map(value -> stepped(life, "hop " + label));
      case AWAIT ->
          Task.<Object>defer(
              () -> {
                CompletableFuture<Object> future = new CompletableFuture<>();
                simulator.outside(TimeUnit.MILLISECONDS.toNanos(n), () -> future.complete(label));
                return Task.await(future).map(value -> stepped(life, "await " + label));
              });
      case ASYNC ->
          Task.<Object>async(
                  sink ->
                      simulator.outside(
                          TimeUnit.MILLISECONDS.toNanos(n),
                          () -> {
                            sink.success(label);
                            if (sink.success("again")) {
                              problems.add("a sink took two values");
                            }
                          }))
              .map(value -> stepped(life, "async " + label));
      case MAP -> part(program, 0, life).map(value -> stepped(life, "map " + label));
      case FINALLY -> finallyTask(program, life);
      case TIMEOUT -> part(program, 0, life).timeout(ofMillis(n + 1));
      case UNCANCELLABLE -> part(program, 0, life).uncancellable();
      case NAMED -> part(program, 0, life).named("n" + label);
      case FOR -> Task.forLoop(0, n, i -> part(program, 0, life)).map(done -> label);
      case WHILE ->
          Task.<Object>defer(
              () -> {
                AtomicInteger i = new AtomicInteger();
                return Task.whileLoop(() -> i.getAndIncrement() < n, () -> part(program, 0, life))
                    .map(done -> label);
              });
      case ITERATE ->
          Task.iterate(
              0,
              i ->
                  i < n
                      ? part(program, 0, life).map(done -> Next.again(i + 1))
                      : Task.value(Next.done((Object) label)));
      case RETRY -> part(program, 0, life).retry(Backoff.fixed(ofMillis(n)).maxAttempts(n + 1));
      case THEN -> part(program, 0, life).then(part(program, 1, life));
      case RESUME ->
          part(program, 0, life)
              .onErrorResume(
                  e -> {
                    step(life, "resume " + label + " from " + show(e));
                    return part(program, 1, life);
                  });
      case FORK_JOIN ->
          family(
              program,
              life,
              1,
              children ->
                  Task.fork(children.get(0))
                      .flatMap(child -> part(program, 1, life).then(child.join())));
      case ZIP ->
          family(
              program,
              life,
              2,
              children -> Task.zip(children.get(0), children.get(1), (a, b) -> (Object) label));
      case ALL -> family(program, life, 3, children -> Task.all(children).map(all -> label));
      case FIRST -> family(program, life, 2, Task::first);
      case FIRST_SUCCESS -> family(program, life, 2, Task::firstSuccess);
      case USING -> usingTask(program, life);
      case STREAM -> streamTask(program, life);
      case EMIT -> emitTask(program, life);
      case MAILBOX -> mailboxTask(program, life);
      case PRODUCE -> mailbox(life).produce(life, n + 1, part(program, 0, life));
      case CONSUME -> mailbox(life).consume(life, n, part(program, 0, life));
    };
  }

  Object stepped(Life life, String text) {
    step(life, text);
    return text;
  }

  private Task<Object> part(SimulatedProgram program, int i, Life life) {
    return task(program.part(i), life);
  }

  private Task<Object> family(
      SimulatedProgram program, Life life, int size, Step<List<Task<Object>>, Task<Object>> made) {
    return Task.<Object>defer(
        () -> {
          Family family = new Family(new ArrayList<>());
          List<Task<Object>> children = new ArrayList<>();
          for (int i = 0; i < size; i++) {
            Life child = new Life(program.part(i), life, program.label());
            family.children.add(child);
            children.add(life(child));
          }
          step(life, "family " + program.label(), family);
          return made.apply(children);
        });
  }

  private Task<Object> streamTask(SimulatedProgram program, Life life) {
    return Task.<Object>defer(
        () -> {
          Life emitting = new Life(program.as(SimulatedProgram.Kind.EMIT, 0), Integer.MAX_VALUE);
          step(life, "family " + program.label(), new Family(List.of(emitting)));
          return Task.<String>async(
                  sink -> {
                    SimulatedStream stream = new SimulatedStream(this, emitting, sink);
                    sink.onCancel(stream::cancel);
                    scheduler.stream(
                            Integer.class,
                            emitter -> {
                              emitting.emitter = emitter;
                              return life(emitting);
                            })
                        .subscribe(stream);
                  })
              .map(how -> stepped(life, "streamed " + program.label() + " " + how));
        });
  }

  private Task<Object> emitTask(SimulatedProgram program, Life life) {
    Emitter<Integer> emitter = Objects.requireNonNull(life.emitter);
    return Task.forLoop(
            0,
            program.n() + 1,
            i -> {
              Task<Void> emit = emitter.emit(i);
              return part(program, 0, life)
                  .then(program.label() % 2 == 0 ? emit : emit.uncancellable());
            })
        .map(done -> program.label());
  }

  private Task<Object> mailboxTask(SimulatedProgram program, Life life) {
    return Task.<Object>defer(
        () -> {
          SimulatedMailbox mailbox = new SimulatedMailbox(this, program.label());
          Life producer =
              new Life(program.as(SimulatedProgram.Kind.PRODUCE, 0), life, program.label());
          Life consumer =
              new Life(program.as(SimulatedProgram.Kind.CONSUME, 1), life, program.label());
          mailboxes.add(mailbox);
          producer.mailbox = mailbox;
          consumer.mailbox = mailbox;
          step(life, "family " + program.label(), new Family(List.of(producer, consumer)));
          mailbox.open();
          return Task.all(List.of(life(producer), life(consumer))).map(all -> program.label());
        });
  }

  private static SimulatedMailbox mailbox(Life life) {
    return Objects.requireNonNull(life.mailbox);
  }

  private Task<Object> finallyTask(SimulatedProgram program, Life life) {
    return Task.<Object>defer(
        () -> {
          Due ended = new Due("finalizer " + program.label() + " ran");
          return Task.run(() -> due.add(ended))
              .then(part(program, 0, life))
              .doFinally(
                  outcome -> {
                    ended.done++;
                    step(life, "finally " + program.label() + " " + show(outcome));
                  });
        });
  }

  private Task<Object> usingTask(SimulatedProgram program, Life life) {
    int label = program.label();
    return Task.using(
        part(program, 0, life)
            .map(
                value -> {
                  Due thing = new Due("thing " + label + " was released");
                  due.add(thing);
                  simulator.pause();
                  return thing;
                }),
        thing -> {
          step(life, "use " + label);
          return part(program, 1, life);
        },
        (thing, outcome) -> {
          thing.done++;
          step(life, "release " + label + " " + show(outcome));
          return part(program, 2, life).onErrorResume(e -> Task.value(label));
        });
  }
}
