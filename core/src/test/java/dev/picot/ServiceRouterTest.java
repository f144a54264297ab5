/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static java.time.Duration.ZERO;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.picot.service.ServiceHealth;
import dev.picot.service.ServiceHealth.Answer;
import dev.picot.service.ServiceRouter;
import dev.picot.service.UnknownServiceException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ServiceRouterTest {
  private static final int CPUS = Runtime.getRuntime().availableProcessors();
  private static final Duration SOON = Duration.ofMillis(200);

  private final LogCapture log = new LogCapture();
  private final List<ServiceRouter> made = new ArrayList<>();
  private final List<StuckStep> stuck = new ArrayList<>();

  @BeforeEach
  void capture() {
    log.begin();
  }

  @AfterEach
  void closeAndCheck() {
    try {
      stuck.forEach(StuckStep::release);
      made.forEach(ServiceRouter::closeNow);
      made.forEach(router -> Deadline.await(router.shutdown(ZERO)));
      assertThat(log.errors()).isEmpty();
    } finally {
      log.end();
    }
  }

  private ServiceRouter build(ServiceRouter.Builder builder) {
    ServiceRouter router = builder.build();
    made.add(router);
    return router;
  }

  private ServiceRouter two() {
    return build(
        ServiceRouter.builder()
            .service("a", ServiceRouterTest::never)
            .service("b", ServiceRouterTest::never));
  }

  /** One loop, which is never taken over within a test. */
  private static void never(LoopScheduler.Builder options) {
    options
        .loops(1)
        .watchdog(
            w ->
                w.takeoverAfter(Duration.ofMinutes(10))
                    .failAfter(Duration.ofMinutes(20))
                    .quiet(Duration.ofDays(1)));
  }

  private StuckStep stick(LoopScheduler scheduler) {
    StuckStep step = new StuckStep();
    stuck.add(step);
    CallbackThread<Void> unused = scheduler.spawn(Task.run(step));
    return step.awaitEntered();
  }

  private static Map<String, Answer> answers(ServiceRouter router, Duration within) {
    return Deadline.value(router.health(within)).stream()
        .collect(Collectors.toMap(ServiceHealth::service, ServiceHealth::answer));
  }

  @Test
  void scheduler_findsTheOneOfTheService() {
    ServiceRouter router = two();

    assertThat(router.scheduler("a").name()).isEqualTo("a");
    assertThat(router.scheduler("b")).isSameAs(router.services().get("b"));
    assertThat(router.services()).containsOnlyKeys("a", "b");
    assertThat(router.control().name()).isEqualTo(ServiceRouter.CONTROL);
    assertThat(router).hasToString("ServiceRouter[a, b]");
  }

  @Test
  void scheduler_ofAnUnknownService_namesWhatThereIs() {
    ServiceRouter router = two();

    assertThatThrownBy(() -> router.scheduler("c"))
        .isInstanceOfSatisfying(
            UnknownServiceException.class,
            e -> {
              assertThat(e.service()).isEqualTo("c");
              assertThat(e.known()).containsExactlyInAnyOrder("a", "b");
            })
        .hasMessageContaining("service: 'c' (expected: one of [a, b])");
  }

  @Test
  void scheduler_ofAnUnknownService_givesTheDefault_untilThatIsRemoved() {
    ServiceRouter router =
        build(ServiceRouter.builder().service("a").service("b").defaultService("a"));

    assertThat(router.scheduler("c").name()).isEqualTo("a");

    CompletionStage<Void> removed = router.remove("a", ZERO);
    assertThatThrownBy(() -> router.scheduler("c")).isInstanceOf(UnknownServiceException.class);
    Deadline.await(removed);
  }

  @Test
  void loops_areSharedUnlessSaid() {
    ServiceRouter router =
        build(
            ServiceRouter.builder()
                .service("a")
                .service("b")
                .service("c")
                .service("d", options -> options.loops(3)));

    int share = Math.max(1, Math.min(CPUS, (2 * CPUS + 3) / 4));
    assertThat(router.scheduler("a").stats().loops()).isEqualTo(share);
    assertThat(router.scheduler("d").stats().loops()).isEqualTo(3);
    log.take("default: all services share 2 x cpus = " + 2 * CPUS + " loops");
  }

  @Test
  void loops_ofManyServices_areOneEach_andOfASingleOne_atMostTheProcessors() {
    ServiceRouter.Builder builder = ServiceRouter.builder();
    for (int i = 0; i < 2 * CPUS + 1; i++) {
      builder.service("service " + i);
    }
    ServiceRouter many = build(builder);
    ServiceRouter single = build(ServiceRouter.builder().service("a"));

    assertThat(many.services().values()).allMatch(s -> s.stats().loops() == 1);
    assertThat(single.scheduler("a").stats().loops()).isEqualTo(CPUS);
  }

  @Test
  void control_hasOneLoop_twoElasticThreads_andRoomForAThousand() {
    ServiceRouter router = two();
    LoopScheduler control = router.control();
    CountDownLatch release = new CountDownLatch(1);
    for (int i = 0; i < 1_000; i++) {
      Task<Void> task = i < 10 ? Task.blockingRun(release::await) : Task.never();
      CallbackThread<Void> unused = control.spawn(task);
    }

    assertThat(control.stats().loops()).isEqualTo(1);
    assertThatThrownBy(() -> control.spawn(Task.done()))
        .isInstanceOf(AdmissionRefusedException.class);
    assertThatThrownBy(() -> router.health(SOON)).isInstanceOf(RefusedException.class);
    Takeovers.until(control, "two run", () -> control.stats().elastic().active() == 2);
    assertThat(control.stats().elastic().threads()).isEqualTo(2);
    release.countDown();
  }

  @Test
  void control_canBeChanged() {
    ServiceRouter router =
        build(ServiceRouter.builder().service("a").control(options -> options.loops(2)));

    assertThat(router.control().stats().loops()).isEqualTo(2);
  }

  @Test
  void aStuckService_leavesTheOthersAndControlAlone() {
    ServiceRouter router = two();
    stick(router.scheduler("a"));
    CallbackThread<String> behind = router.scheduler("a").spawn("behind", Task.value("late"));

    for (int i = 0; i < 1_000; i++) {
      int n = i;
      assertThat(Deadline.value(router.scheduler("b").spawn(Task.call(() -> n)))).isEqualTo(n);
    }

    assertThat(answers(router, ofSeconds(2)))
        .containsEntry("a", Answer.SILENT)
        .containsEntry("b", Answer.ANSWERS);
    assertThat(Deadline.value(router.dump())).contains("behind", "scheduler 'b'", "'control'");
    stuck.forEach(StuckStep::release);
    assertThat(Deadline.value(behind)).isEqualTo("late");
  }

  @Test
  void allServicesStuck_controlStillAnswers() {
    ServiceRouter router = two();
    stick(router.scheduler("a"));
    stick(router.scheduler("b"));

    assertThat(answers(router, SOON))
        .containsOnly(Map.entry("a", Answer.SILENT), Map.entry("b", Answer.SILENT));
    assertThat(Deadline.value(router.dump())).contains("scheduler 'a': ", "scheduler 'b': ");
  }

  @Test
  void aSaturatedService_refusesAndLeavesTheOthersAlone() {
    ServiceRouter router =
        build(
            ServiceRouter.builder()
                .service("a", options -> options.loops(1).maxCallbackThreads(10))
                .service("b"));
    for (int i = 0; i < 10; i++) {
      CallbackThread<Void> unused = router.scheduler("a").spawn(Task.never());
    }
    for (int i = 0; i < 1_000; i++) {
      assertThatThrownBy(() -> router.scheduler("a").spawn(Task.done()))
          .isInstanceOfSatisfying(
              AdmissionRefusedException.class, e -> assertThat(e.scheduler()).isEqualTo("a"));
    }

    assertThat(Deadline.value(router.scheduler("b").spawn(Task.value("served"))))
        .isEqualTo("served");
    assertThat(answers(router, ofSeconds(5)))
        .containsOnly(Map.entry("a", Answer.REFUSES), Map.entry("b", Answer.ANSWERS));
    assertThat(router.scheduler("b").stats().refused()).isZero();
  }

  @Test
  void aSaturatedElasticPool_leavesTheOthersAlone() {
    CountDownLatch release = new CountDownLatch(1);
    ServiceRouter router =
        build(
            ServiceRouter.builder()
                .service("a", o -> o.loops(1).elastic(e -> e.maxThreads(1).maxQueued(1)))
                .service("b"));
    CallbackThread<Void> first = router.scheduler("a").spawn(Task.blockingRun(release::await));
    CallbackThread<Void> second = router.scheduler("a").spawn(Task.blockingRun(release::await));
    CallbackThread<Void> third = router.scheduler("a").spawn(Task.blockingRun(release::await));

    assertThat(Deadline.value(router.scheduler("b").spawn(Task.blocking(() -> "served"))))
        .isEqualTo("served");
    assertThat(Deadline.error(third)).isInstanceOf(ElasticPoolSaturatedException.class);
    release.countDown();
    Deadline.value(first);
    Deadline.value(second);
  }

  @Test
  void aCrashingService_leavesTheOthersAlone() {
    ServiceRouter router = two();
    List<CompletableFuture<Object>> crashing = new ArrayList<>();
    List<CallbackThread<Integer>> others = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      int n = i;
      Task<Object> crash =
          Task.call(
              () -> {
                throw new StackOverflowError("crash " + n);
              });
      crashing.add(router.scheduler("a").spawn(crash).toFuture());
      others.add(router.scheduler("b").spawn(Task.yieldNow().map(done -> n)));
    }

    for (int i = 0; i < 1_000; i++) {
      assertThat(Deadline.value(others.get(i))).isEqualTo(i);
      assertThat(crashing.get(i))
          .failsWithin(Deadline.LIMIT)
          .withThrowableThat()
          .havingCause()
          .withMessage("crash " + i);
    }
  }

  @Test
  void health_ofAStuckService_asksItOnceUntilItAnswers() {
    ServiceRouter router = two();
    StuckStep step = stick(router.scheduler("a"));

    for (int i = 0; i < 5; i++) {
      assertThat(answers(router, ofMillis(20))).containsEntry("a", Answer.SILENT);
    }

    assertThat(router.scheduler("a").stats().live()).isEqualTo(2);
    step.releaseAndAwait();
    assertThat(answers(router, ofSeconds(10))).containsEntry("a", Answer.ANSWERS);
  }

  @Test
  void health_ofAClosedService_isARefusal() {
    ServiceRouter router = two();
    router.scheduler("a").closeNow();

    ServiceHealth a = Deadline.value(router.health(ofSeconds(5))).get(0);

    assertThat(a.service()).isEqualTo("a");
    assertThat(a.answer()).isEqualTo(Answer.REFUSES);
    assertThat(a.stats().live()).isZero();
  }

  @Test
  void add_givesANewService_andRefusesNamesThatAreTaken() {
    ServiceRouter router = two();

    LoopScheduler added = router.add("c", options -> options.loops(1));

    assertThat(router.scheduler("c")).isSameAs(added);
    assertThat(Deadline.value(added.spawn(Task.value(1)))).isEqualTo(1);
    assertThatThrownBy(() -> router.add("c"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("service: 'c' (expected: a name that no service has yet)");
    assertThatThrownBy(() -> router.add(ServiceRouter.CONTROL))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void remove_endsTheService_andItsNameMayBeAddedAgain() {
    ServiceRouter router = two();
    LoopScheduler old = router.scheduler("a");
    CallbackThread<Void> running = old.spawn(Task.never());

    CompletionStage<Void> removed = router.remove("a", ZERO);

    assertThatThrownBy(() -> router.scheduler("a")).isInstanceOf(UnknownServiceException.class);
    LoopScheduler again = router.add("a");
    assertThat(again).isNotSameAs(old);
    Deadline.await(removed);
    assertThat(Deadline.outcome(running)).isInstanceOf(Outcome.Cancelled.class);
    assertThatThrownBy(() -> router.remove("x", ZERO)).isInstanceOf(UnknownServiceException.class);
  }

  @Test
  void shutdown_closesTheServicesFirst_andControlLast() {
    ServiceRouter router = two();
    Gate gate = new Gate();
    CallbackThread<String> last = router.scheduler("a").spawn(Task.blocking(gate.before("done")));
    gate.awaitArrival();

    CompletionStage<Void> closed = router.shutdown(ofSeconds(10));

    Deadline.await(router.scheduler("b").onClosed());
    assertThat(answers(router, ofSeconds(5)))
        .containsOnly(Map.entry("a", Answer.REFUSES), Map.entry("b", Answer.REFUSES));
    gate.open();
    Deadline.await(closed);
    assertThat(Deadline.value(last)).isEqualTo("done");
    assertThatThrownBy(() -> router.health(SOON)).isInstanceOf(SchedulerClosedException.class);
    assertThatThrownBy(() -> router.add("c"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed or being closed");
  }

  @Test
  void shutdown_waitsForServicesThatAreBeingRemoved() {
    ServiceRouter router = two();
    CallbackThread<Void> running = router.scheduler("a").spawn(Task.never());
    CompletionStage<Void> removed = router.remove("a", Duration.ofMinutes(5));

    Deadline.await(router.shutdown(ZERO));

    assertThat(removed.toCompletableFuture()).isCompleted();
    assertThat(Deadline.outcome(running)).isInstanceOf(Outcome.Cancelled.class);
  }

  @Test
  void shutdown_again_withAShorterGrace_wins() {
    ServiceRouter router = two();
    CallbackThread<Void> running = router.scheduler("a").spawn(Task.never());
    CompletionStage<Void> closed = router.shutdown(Duration.ofMinutes(5));

    CompletionStage<Void> again = router.shutdown(ZERO);

    assertThat((Object) again).isSameAs(closed);
    Deadline.await(closed);
    assertThat(Deadline.outcome(running)).isInstanceOf(Outcome.Cancelled.class);
  }

  @Test
  void close_waitsUntilEverythingHasEnded() {
    ServiceRouter router = two();
    CallbackThread<String> running =
        router.scheduler("a").spawn(Task.sleep(ofMillis(50)).map(slept -> "finished"));

    router.close();

    assertThat(Deadline.value(running)).isEqualTo("finished");
    assertThat(router.control().onClosed().toCompletableFuture()).isCompleted();
    router.close();
  }

  @Test
  void close_onALoop_isRefusedAndChangesNothing() {
    ServiceRouter router = two();

    CallbackThread<Void> closing = router.scheduler("a").spawn(Task.run(router::close));

    assertThat(Deadline.error(closing)).isInstanceOf(BlockedOnLoopException.class);
    assertThat(answers(router, ofSeconds(5))).containsEntry("a", Answer.ANSWERS);
  }

  @Test
  void build_thatFails_leavesNoScheduler() {
    ServiceRouter.Builder builder =
        ServiceRouter.builder()
            .service("a")
            .service(
                "b",
                options ->
                    options.watchdog(w -> w.takeoverAfter(ofSeconds(5)).failAfter(ofSeconds(1))));

    assertThatThrownBy(builder::build).isInstanceOf(IllegalArgumentException.class);

    Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().matches("(a|b|control)-\\d+"))
        .forEach(Deadline::join);
  }

  @Test
  void build_refusesADefaultThatIsNoService_andNamesThatAreTaken() {
    assertThatThrownBy(() -> ServiceRouter.builder().service("a").defaultService("b").build())
        .hasMessage("defaultService: 'b' (expected: one of [a])");
    assertThatThrownBy(() -> ServiceRouter.builder().service("a").service("a"))
        .hasMessage("service: 'a' (expected: a name that no service has yet)");
    assertThatThrownBy(() -> ServiceRouter.builder().service(ServiceRouter.CONTROL))
        .hasMessage("service: 'control' (expected: another name, this one is taken)");
    assertThatThrownBy(() -> ServiceRouter.builder().service(" "))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
