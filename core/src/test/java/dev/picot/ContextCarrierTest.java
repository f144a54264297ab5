/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.picot.loop.LoopThread;
import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ContextCarrierTest {
  private static final ThreadLocal<@Nullable Object> USER = new ThreadLocal<>();
  private static final ContextKey<Object> KEY = ContextKey.of("user", Object.class);

  /** The value of one thread-local. */
  private static class UserCarrier implements ContextCarrier<Object> {
    final AtomicInteger installed = new AtomicInteger();
    final AtomicInteger undone = new AtomicInteger();

    @Override
    public ContextKey<Object> key() {
      return KEY;
    }

    @Override
    public @Nullable Object capture() {
      return USER.get();
    }

    @Override
    public Action install(Object context) throws Exception {
      Object before = USER.get();
      Thread thread = Thread.currentThread();
      USER.set(context);
      installed.incrementAndGet();
      return () -> {
        assertThat(Thread.currentThread()).isSameAs(thread);
        assertThat(USER.get()).isSameAs(context);
        USER.set(before);
        undone.incrementAndGet();
      };
    }
  }

  @RegisterExtension final Schedulers schedulers = new Schedulers();

  private final UserCarrier carrier = new UserCarrier();

  private LoopScheduler carrying(ContextCarrier<?> by) {
    return schedulers.build("checkout", options -> options.loops(1).contextCarrier(by));
  }

  private static Task<String> user() {
    return Task.call(() -> String.valueOf(USER.get()));
  }

  private static <T> CallbackThread<T> spawnAs(LoopScheduler scheduler, Object user, Task<T> task) {
    USER.set(user);
    try {
      return scheduler.spawn(task);
    } finally {
      USER.remove();
    }
  }

  private static void settle(LoopScheduler scheduler, UserCarrier carrier) {
    Takeovers.until(
        scheduler,
        "every context was taken back",
        () -> carrier.installed.get() == carrier.undone.get());
  }

  @AfterEach
  void forgetUser() {
    USER.remove();
  }

  @Test
  void steps_seeWhatTheSpawningThreadHad() {
    assertThat(Deadline.value(spawnAs(carrying(carrier), "ann", user()))).isEqualTo("ann");
  }

  @Test
  void withoutACarrier_nothingIsCarried() {
    assertThat(Deadline.value(spawnAs(schedulers.one(), "ann", user()))).isEqualTo("null");
  }

  @Test
  void blockingCalls_seeIt_andTheirThreadForgetsIt() {
    LoopScheduler scheduler =
        schedulers.build(
            "checkout",
            options -> options.loops(1).elastic(e -> e.maxThreads(1)).contextCarrier(carrier));
    Task<String> call = Task.blocking(() -> String.valueOf(USER.get()));

    assertThat(Deadline.value(spawnAs(scheduler, "ann", call))).isEqualTo("ann");
    assertThat(Deadline.value(scheduler.spawn(call))).isEqualTo("null");
  }

  @Test
  void blockingCalls_thatFail_leaveNothing() {
    LoopScheduler scheduler =
        schedulers.build(
            "checkout",
            options -> options.loops(1).elastic(e -> e.maxThreads(1)).contextCarrier(carrier));
    Task<Void> failing =
        Task.blockingRun(
            () -> {
              throw new IllegalStateException("no price");
            });

    assertThat(Deadline.error(spawnAs(scheduler, "ann", failing))).hasMessage("no price");

    assertThat(Deadline.value(scheduler.spawn(Task.blocking(() -> String.valueOf(USER.get())))))
        .isEqualTo("null");
    settle(scheduler, carrier);
  }

  @Test
  void itIsKeptOverWaitsAndHops() {
    Task<String> task =
        Task.yieldNow()
            .then(Task.sleep(Duration.ofMillis(2)))
            .then(Task.blocking(() -> 1))
            .then(user());

    assertThat(Deadline.value(spawnAs(carrying(carrier), "ann", task))).isEqualTo("ann");
  }

  @Test
  void releases_seeIt() {
    AtomicReference<Object> seen = new AtomicReference<>();
    Task<String> task =
        Task.using(
            Task.value("thing"),
            thing -> Task.value("done"),
            (thing, outcome) -> Task.run(() -> seen.set(Objects.requireNonNull(USER.get()))));

    Deadline.value(spawnAs(carrying(carrier), "ann", task));

    assertThat(seen).hasValue("ann");
  }

  @Test
  void callbackThreads_ofOneLoop_seeEachTheirOwn() {
    LoopScheduler scheduler = carrying(carrier);
    List<CallbackThread<String>> threads = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      Task<String> task = Task.yieldNow().then(user());
      threads.add(i % 3 == 0 ? scheduler.spawn(task) : spawnAs(scheduler, "user " + i, task));
    }

    for (int i = 0; i < 100; i++) {
      assertThat(Deadline.value(threads.get(i))).isEqualTo(i % 3 == 0 ? "null" : "user " + i);
    }
    settle(scheduler, carrier);
  }

  @Test
  void spawn_inAStep_carriesItOn() {
    LoopScheduler scheduler = carrying(carrier);

    CallbackThread<String> outer =
        spawnAs(scheduler, "ann", Task.defer(() -> scheduler.spawn(user()).join()));

    assertThat(Deadline.value(outer)).isEqualTo("ann");
  }

  @Test
  void subscribe_capturesOnTheSubscribingThread() {
    LoopScheduler scheduler = carrying(carrier);
    var publisher = scheduler.publisher(user());
    USER.set("ann");

    CallbackThread<String> waiter = schedulers.one().spawn(Task.await(publisher));

    assertThat(Deadline.value(waiter)).isEqualTo("null");
    TestSubscriber<String> subscriber = new TestSubscriber<>();
    publisher.subscribe(subscriber);
    USER.remove();
    assertThat(subscriber.end()).contains("next ann");
  }

  @Test
  void with_replacesIt_forItsTaskOnly() {
    Task<String> task =
        user().with(KEY, "bob").flatMap(inner -> user().map(outer -> inner + ", then " + outer));

    assertThat(Deadline.value(spawnAs(carrying(carrier), "ann", task))).isEqualTo("bob, then ann");
  }

  @Test
  void with_isShownInTheMiddleOfASlice_andLeftByAnError() {
    Task<String> task =
        Task.<String>error(new IllegalStateException()).with(KEY, "bob").onErrorResume(e -> user());

    assertThat(Deadline.value(carrying(carrier).spawn(task))).isEqualTo("null");
  }

  @Test
  void with_ofAnotherKey_installsNothing() {
    ContextKey<String> other = ContextKey.of("other", String.class);
    LoopScheduler scheduler = carrying(carrier);

    Deadline.value(spawnAs(scheduler, "ann", user().with(other, "x").then(user())));

    assertThat(carrier.installed).hasValue(1);
  }

  @Test
  void context_readsIt() {
    assertThat(Deadline.value(spawnAs(carrying(carrier), "ann", Task.context(KEY))))
        .isEqualTo("ann");
  }

  @Test
  void slicesOfOneContext_installItOnce() {
    LoopScheduler scheduler = carrying(carrier);
    Task<Integer> task =
        Task.yieldNow().then(Task.yieldNow()).then(Task.call(carrier.installed::get));

    assertThat(Deadline.value(spawnAs(scheduler, "ann", task))).isEqualTo(1);
  }

  @Test
  void beforeTheLoopSleeps_itIsTakenBack() {
    LoopScheduler scheduler = carrying(carrier);

    Deadline.value(spawnAs(scheduler, "ann", user()));

    settle(scheduler, carrier);
    assertThat(carrier.installed).hasValue(1);
  }

  @Test
  void executorTasks_doNotSeeIt() {
    LoopScheduler scheduler = carrying(carrier);
    Executor executor = scheduler.executor();
    CompletableFuture<String> seen = new CompletableFuture<>();

    Deadline.value(
        spawnAs(
            scheduler,
            "ann",
            Task.run(() -> executor.execute(() -> seen.complete(String.valueOf(USER.get()))))
                .then(Task.yieldNow())
                .then(Task.yieldNow())));

    assertThat(Deadline.get(seen)).isEqualTo("null");
  }

  @Test
  void dependentsOfAFuture_doNotSeeIt() {
    LoopScheduler scheduler = carrying(carrier);
    Gate gate = schedulers.gate();
    CallbackThread<String> thread = spawnAs(scheduler, "ann", Task.call(gate.before("x")));
    CompletableFuture<String> seen =
        thread.toFuture().thenApply(value -> String.valueOf(USER.get()));

    gate.open();

    assertThat(Deadline.get(seen)).isEqualTo("null");
  }

  @Test
  void theOutermostName_isKept() {
    CallbackThread<String> thread =
        spawnAs(carrying(carrier), "ann", user().named("inner").named("order"));

    Deadline.value(thread);

    assertThat(thread.name()).isEqualTo("order");
  }

  @Test
  void aDetachedStep_keepsIt_andTheNewOwnerBeginsWithoutIt() throws Exception {
    StuckStep stuck = new StuckStep();
    LoopScheduler scheduler = Takeovers.builder("detached").contextCarrier(carrier).build();
    try {
      CallbackThread<String> thread = spawnAs(scheduler, "ann", Task.run(stuck).then(user()));
      AtomicReference<String> behindTheStuckCall = new AtomicReference<>();
      CallbackThread<Void> detached =
          spawnAs(
              scheduler,
              "bob",
              Task.run(
                  () -> {
                    stuck.awaitEntered();
                    behindTheStuckCall.set(String.valueOf(USER.get()));
                  }));
      CallbackThread<String> nobody = scheduler.spawn(user());

      assertThat(nobody.block(Takeovers.LONG)).isEqualTo("null");
      detached.block(Takeovers.LONG);
      assertThat(behindTheStuckCall).hasValue("bob");
      stuck.release();
      assertThat(thread.block(Takeovers.LONG)).isEqualTo("ann");
      stuck.thread().join(Takeovers.LONG.toMillis());
      settle(scheduler, carrier);
    } finally {
      stuck.release();
      Takeovers.closeClean(scheduler);
    }
  }

  @Test
  void aStepThatComesBackFromAStall_stillSeesIt() throws Exception {
    StuckStep stuck = new StuckStep();
    AtomicReference<Object> seen = new AtomicReference<>();
    LoopScheduler scheduler = Takeovers.builder("back").contextCarrier(carrier).build();
    try {
      CallbackThread<Void> thread =
          spawnAs(
              scheduler,
              "ann",
              Task.run(
                  () -> {
                    stuck.run();
                    seen.set(Objects.requireNonNull(USER.get()));
                  }));
      Takeovers.untilDetached(scheduler, thread);
      Deadline.value(spawnAs(scheduler, "bob", user()));

      stuck.release();

      thread.block(Takeovers.LONG);
      assertThat(seen).hasValue("ann");
    } finally {
      stuck.release();
      Takeovers.closeClean(scheduler);
    }
  }

  @Test
  void aCarrierThatGetsStuck_isTakenOver() throws Exception {
    StuckStep stuck = new StuckStep();
    UserCarrier slow =
        new UserCarrier() {
          @Override
          public Action install(Object context) throws Exception {
            if (context.equals("slow")) {
              stuck.run();
            }
            return super.install(context);
          }
        };
    LoopScheduler scheduler = Takeovers.builder("slow").contextCarrier(slow).build();
    try {
      CallbackThread<String> victim = spawnAs(scheduler, "slow", user());
      Takeovers.untilDetached(scheduler, victim);

      assertThat(spawnAs(scheduler, "ann", user()).block(Takeovers.LONG)).isEqualTo("ann");

      stuck.release();
      assertThat(victim.block(Takeovers.LONG)).isEqualTo("slow");
      settle(scheduler, slow);
    } finally {
      stuck.release();
      Takeovers.closeClean(scheduler);
    }
  }

  @Test
  void anUndoThatGetsStuck_isTakenOver() throws Exception {
    StuckStep stuck = new StuckStep();
    UserCarrier slow =
        new UserCarrier() {
          @Override
          public Action install(Object context) throws Exception {
            Action undo = super.install(context);
            return context.equals("slow")
                ? () -> {
                  stuck.run();
                  undo.run();
                }
                : undo;
          }
        };
    LoopScheduler scheduler = Takeovers.onDemand("slow").contextCarrier(slow).build();
    try {
      assertThat(spawnAs(scheduler, "slow", user()).block(Takeovers.LONG)).isEqualTo("slow");
      stuck.awaitEntered();
      Takeovers.takingOver(scheduler, "a takeover", () -> scheduler.stats().detached() == 1);

      assertThat(spawnAs(scheduler, "ann", user()).block(Takeovers.LONG)).isEqualTo("ann");
      assertThat(scheduler.stats().takeovers()).isEqualTo(1);
    } finally {
      stuck.release();
      Takeovers.closeClean(scheduler);
    }
  }

  @Test
  void aCaptureThatThrows_isLogged_andTheCallbackThreadRuns() {
    UserCarrier failing =
        new UserCarrier() {
          @Override
          public @Nullable Object capture() {
            throw new IllegalStateException("no capture");
          }
        };

    assertThat(Deadline.value(spawnAs(carrying(failing), "ann", user()))).isEqualTo("null");
    assertThat(schedulers.log().takeError("capture by").error()).hasMessage("no capture");
  }

  @Test
  void anInstallThatThrows_isLogged_andTheStepRuns() {
    UserCarrier failing =
        new UserCarrier() {
          @Override
          public Action install(Object context) {
            throw new IllegalStateException("no install");
          }
        };

    assertThat(Deadline.value(spawnAs(carrying(failing), "ann", user()))).isEqualTo("null");
    assertThat(schedulers.log().takeError("install by").error()).hasMessage("no install");
  }

  @Test
  void anUndoThatThrows_isLogged_andTheNextStepRuns() {
    UserCarrier failing =
        new UserCarrier() {
          @Override
          public Action install(Object context) {
            return () -> {
              throw new IllegalStateException("no undo");
            };
          }
        };
    LoopScheduler scheduler = carrying(failing);

    Deadline.value(spawnAs(scheduler, "ann", user()));

    assertThat(schedulers.log().takeError("undoing").error()).hasMessage("no undo");
    assertThat(Deadline.value(scheduler.spawn(user()))).isEqualTo("null");
  }

  @Test
  void aCarrierWithoutAKey_buildsNoScheduler() {
    UserCarrier failing =
        new UserCarrier() {
          @Override
          public ContextKey<Object> key() {
            throw new IllegalStateException("no key");
          }
        };

    assertThatThrownBy(() -> LoopScheduler.builder("none").contextCarrier(failing).build())
        .hasMessage("no key");
  }

  @Test
  void refusedWork_isCapturedOutsideOfItsPermit() {
    LoopScheduler scheduler =
        schedulers.build(
            "checkout", options -> options.loops(1).maxCallbackThreads(1).contextCarrier(carrier));
    CallbackThread<Void> only = scheduler.spawn(Task.never());

    assertThatThrownBy(() -> spawnAs(scheduler, "ann", user()))
        .isInstanceOf(AdmissionRefusedException.class);

    only.cancel();
    Deadline.outcome(only);
    assertThat(scheduler.stats().live()).isZero();
  }

  /** In a method of its own, so that no local variable keeps the context. */
  private static WeakReference<Object> runWithContext(
      LoopScheduler scheduler, UnaryOperator<Task<String>> more) {
    Object context = new Object();
    CallbackThread<String> thread = spawnAs(scheduler, context, more.apply(user()));
    assertThat(Deadline.value(thread)).isEqualTo(context.toString());
    return new WeakReference<>(context);
  }

  private static void assertCollected(LoopScheduler scheduler, WeakReference<Object> context) {
    Takeovers.until(
        scheduler,
        "the context was collected",
        () -> {
          System.gc();
          return context.get() == null;
        });
  }

  @Test
  void anIdleScheduler_holdsNoContext() {
    LoopScheduler scheduler = carrying(carrier);

    WeakReference<Object> context =
        runWithContext(
            scheduler,
            task ->
                Task.blocking(() -> 1)
                    .then(Task.sleep(Duration.ofMillis(1)))
                    .timeout(Duration.ofSeconds(100))
                    .then(task));

    assertCollected(scheduler, context);
  }

  @Test
  void aSchedulerThatWasTakenOver_holdsNoContext() throws Exception {
    StuckStep stuck = new StuckStep();
    LoopScheduler scheduler = Takeovers.builder("taken-over").contextCarrier(carrier).build();
    try {
      WeakReference<Object> context =
          runWithContext(
              scheduler,
              task ->
                  Task.run(
                          () -> {
                            Thread me = Thread.currentThread();
                            while (LoopThread.isOwner(me)) {
                              Takeovers.rest(1_000_000);
                            }
                          })
                      .then(task));

      assertCollected(scheduler, context);
    } finally {
      stuck.release();
      Takeovers.closeClean(scheduler);
    }
  }

  @Test
  void threadsThatAStepStarts_inheritNothing() {
    InheritableThreadLocal<String> inheritable = new InheritableThreadLocal<>();
    LoopScheduler scheduler = carrying(carrier);
    ClassLoader outside = Thread.currentThread().getContextClassLoader();
    Task<String> task =
        Task.run(
                () -> {
                  inheritable.set("ann");
                  Thread.currentThread().setContextClassLoader(new URLClassLoader(new URL[0]));
                })
            .then(
                Task.blocking(
                    () -> {
                      assertThat(Thread.currentThread().getContextClassLoader()).isSameAs(outside);
                      return String.valueOf(inheritable.get());
                    }));

    assertThat(Deadline.value(scheduler.spawn(task))).isEqualTo("null");
  }

  @Test
  void loops_haveTheClassLoaderOfWhoeverBuiltTheScheduler_alsoAfterATakeover() throws Exception {
    ClassLoader before = Thread.currentThread().getContextClassLoader();
    URLClassLoader builders = new URLClassLoader(new URL[0], before);
    Thread.currentThread().setContextClassLoader(builders);
    LoopScheduler scheduler;
    try {
      scheduler = Takeovers.builder("loader").build();
    } finally {
      Thread.currentThread().setContextClassLoader(before);
    }
    StuckStep stuck = new StuckStep();
    Task<@Nullable ClassLoader> loader =
        Task.call(() -> Thread.currentThread().getContextClassLoader());
    try {
      assertThat(scheduler.spawn(loader).block(Takeovers.LONG)).isSameAs(builders);
      Takeovers.untilDetached(scheduler, scheduler.spawn(Task.run(stuck)));

      assertThat(scheduler.spawn(loader).block(Takeovers.LONG)).isSameAs(builders);
    } finally {
      stuck.release();
      Takeovers.closeClean(scheduler);
    }
  }

  @Test
  void threadsThatKeepHouse_haveNoClassLoaderOfAnApplication() throws Exception {
    ClassLoader before = Thread.currentThread().getContextClassLoader();
    URLClassLoader application = new URLClassLoader(new URL[0], before);
    Thread.currentThread().setContextClassLoader(application);
    StuckStep stuck = new StuckStep();
    LoopScheduler scheduler = Takeovers.builder("application").build();
    Thread.currentThread().setContextClassLoader(before);
    try {
      Takeovers.untilDetached(scheduler, scheduler.spawn(Task.run(stuck)));

      assertThat(
              Thread.getAllStackTraces().keySet().stream()
                  .filter(thread -> thread.getName().startsWith("picot-"))
                  .map(Thread::getContextClassLoader))
          .isNotEmpty()
          .doesNotContain(application);
    } finally {
      stuck.release();
      Takeovers.closeClean(scheduler);
    }
  }

  @Test
  void children_inheritIt() {
    Task<String> forking = Task.fork(user()).flatMap(CallbackThread::join);

    assertThat(Deadline.value(spawnAs(carrying(carrier), "ann", forking))).isEqualTo("ann");
    assertThat(Deadline.value(spawnAs(carrying(carrier), "ann", forking.with(KEY, "bob"))))
        .isEqualTo("bob");
  }

  @Test
  void callbackThreads_thatWaitForAdmission_haveWhatTheSpawningThreadHad() {
    LoopScheduler scheduler =
        schedulers.build(
            "checkout",
            options ->
                options
                    .loops(1)
                    .maxCallbackThreads(1)
                    .maxAdmissionWait(Duration.ofMinutes(1))
                    .contextCarrier(carrier));
    CallbackThread<Void> first = scheduler.spawn(Task.never());
    CallbackThread<String> second = spawnAs(scheduler, "ann", user());

    first.cancel();

    assertThat(Deadline.value(second)).isEqualTo("ann");
  }

  @Test
  void aThreadThatDrivesLoopsByHand_hasItsOwnBack() {
    ManualLoops loops = LoopScheduler.builder("manual").loops(2).contextCarrier(carrier).manual();
    LoopScheduler scheduler = loops.scheduler();
    List<CallbackThread<String>> threads = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      Task<String> task =
          Task.yieldNow()
              .then(Task.blocking(() -> String.valueOf(USER.get())))
              .flatMap(called -> user().map(step -> called + " and " + step));
      threads.add(i % 3 == 0 ? scheduler.spawn(task) : spawnAs(scheduler, "user " + i, task));
    }
    USER.set("driver");

    loops.runUntilIdle();

    assertThat(USER.get()).isEqualTo("driver");
    for (int i = 0; i < 20; i++) {
      String expected = i % 3 == 0 ? "driver" : "user " + i;
      assertThat(Deadline.value(threads.get(i))).isEqualTo(expected + " and " + expected);
    }
    assertThat(carrier.undone.get()).isEqualTo(carrier.installed.get());
    loops.close();
  }
}
