/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.CallbackThreads;
import dev.picot.LoopScheduler;
import dev.picot.junit.cases.LeakTestCases;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@link NoLeaks} finds, the schedulers that tests are given, and dumps at timeouts. */
class NoLeaksTest {
  private static final Duration PATIENCE = Leaks.patience;

  @AfterEach
  void release() {
    LeakTestCases.release();
  }

  @Test
  void whatEndsWithinTwoSeconds_isNoLeak() {
    assertThat(PATIENCE).hasSeconds(2);
    assertThat(Cases.run(LeakTestCases.class, "endsAfterASecond")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"sells", "closesWhatItMakes", "endsALittleLater", "isSimulated"})
  void whatLeavesNothing_passes(String method) {
    assertThat(Cases.run(LeakTestCases.class, method)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "forgetsACallbackThread|scheduler 'forgetsACallbackThread': callback thread 'reminder' is"
            + " WAITING for",
        "forgetsATimerOfReactor|scheduler 'forgetsATimerOfReactor': a task of Reactor scheduler",
        "leavesATaskOfTheExecutorStuck|scheduler 'leavesATaskOfTheExecutorStuck': executor task ",
        "leavesAWorkerStuck|scheduler 'leavesAWorkerStuck': a Worker of Reactor scheduler",
        "abandonsABlockingCall|scheduler 'abandonsABlockingCall': blocking call ",
        "leavesASchedulerOpen|scheduler 'open': was not closed",
        "leavesOneThatACallbackThreadMadeOpen|scheduler 'inner': was not closed",
        "leavesOneThatATaskOfReactorMadeOpen|scheduler 'inner': was not closed",
      })
  void whatIsLeft_isNamed(String method, String leak) {
    assertThat(leaksOf(LeakTestCases.class, method)).singleElement().asString().startsWith(leak);
  }

  @Test
  void everythingIsNamed() {
    assertThat(leaksOf(LeakTestCases.class, "isOverTheLimit"))
        .satisfiesExactlyInAnyOrder(
            leak -> assertThat(leak).contains("callback thread 'first' is WAITING"),
            leak -> assertThat(leak).endsWith("is WAITING for admission, on small-1"),
            leak -> assertThat(leak).isEqualTo("scheduler 'small': was not closed"));
  }

  @Test
  void aStepThatGoesOnAfterItsCallbackThreadHasFailed_isNamed() {
    assertThat(leaksOf(LeakTestCases.class, "leavesAStepStuckWhoseCallbackThreadHasFailed"))
        .satisfiesExactlyInAnyOrder(
            leak -> assertThat(leak).contains("order").endsWith("stuck on strict-1"),
            leak -> assertThat(leak).isEqualTo("scheduler 'strict': was not closed"));
  }

  @Test
  void callsThatWaitForAThreadAreCounted() {
    assertThat(leaksOf(LeakTestCases.class, "callsMoreThanThereAreThreads"))
        .satisfiesExactlyInAnyOrder(
            leak -> assertThat(leak).contains("callback thread 'first' is WAITING"),
            leak -> assertThat(leak).contains("callback thread 'second' is WAITING"),
            leak -> assertThat(leak).startsWith("scheduler 'narrow': blocking call "),
            leak -> assertThat(leak).isEqualTo("scheduler 'narrow': 1 queued blocking calls"),
            leak -> assertThat(leak).isEqualTo("scheduler 'narrow': was not closed"));
  }

  @Test
  void permitsThatNobodyHasAreCounted() {
    assertThat(leaksOf(LeakTestCases.class, "losesAPermit"))
        .containsExactlyInAnyOrder(
            "scheduler 'losing': 1 permits of callback threads that are not there",
            "scheduler 'losing': was not closed");
  }

  @Test
  void whatAFieldOfTheTestMakes_isTheTests() {
    assertThat(leaksOf(LeakTestCases.InAField.class, "leavesItOpen"))
        .containsExactly("scheduler 'field': was not closed");
  }

  @Test
  void theMessage_saysWhereAndWhatToDo() {
    assertThat(failureOf(LeakTestCases.class, "leavesASchedulerOpen"))
        .hasMessage(
            """
            1 thing is left after LeakTestCases.leavesASchedulerOpen:
              scheduler 'open': was not closed
            Wait for their end, cancel them, or close the scheduler, before the test ends.""");
  }

  @Test
  void leaks_areSuppressedByTheTestsOwnError() {
    Throwable failure = failureOf(LeakTestCases.class, "failsAndLeaves");

    assertThat(failure).hasMessage("the test's own");
    assertThat(failure.getSuppressed()).singleElement().isInstanceOf(LeaksDetectedError.class);
  }

  @Test
  void aSchedulerThatIsGiven_isClosed_evenIfItWasLeftBusy() {
    failureOf(LeakTestCases.class, "forgetsACallbackThread");

    assertThat(CallbackThreads.schedulers())
        .extracting(LoopScheduler::name)
        .doesNotContain("forgetsACallbackThread");
  }

  @Test
  void underNoBlocking_onlyWhatWasGivenIsLookedAt() {
    Class<?> type = LeakTestCases.UnderNoBlocking.class;

    assertThat(Cases.run(type, "leavesASchedulerOpen")).isEmpty();
    assertThat(leaksOf(type, "forgetsACallbackThread")).hasSize(1);
  }

  @Test
  void ofTestsThatOverlap_onlyTheOneThatLeaks_fails() {
    Map<String, Optional<Throwable>> failures =
        soon(() -> Cases.runOverlapping(LeakTestCases.Overlapping.class));

    assertThat(failures.get("blocks()").orElseThrow()).isInstanceOf(LeaksDetectedError.class);
    assertThat(failures.get("runsAtTheSameTime()")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"waitsInVain", "closesWhenItIsInterrupted", "waitsInVainOnItsOwnThread"})
  void atATimeout_theDumpIsSuppressedByTheFailure(String method) {
    assertThatItHasTheDump(failureOf(LeakTestCases.class, method));
  }

  @Test
  void soIsThatOfAMethodBeforeTheTest() {
    assertThatItHasTheDump(failureOf(LeakTestCases.Around.class, "isNeverReached"));
  }

  private static void assertThatItHasTheDump(Throwable failure) {
    assertThat(failure).isInstanceOf(TimeoutException.class);
    assertThat(failure.getSuppressed())
        .extracting(suppressed -> String.valueOf(suppressed.getMessage()))
        .filteredOn(text -> text.startsWith("callback threads at the timeout"))
        .singleElement()
        .asString()
        .contains("'order");
  }

  private static List<String> leaksOf(Class<?> type, String method) {
    return ((LeaksDetectedError) failureOf(type, method)).leaks();
  }

  private static Throwable failureOf(Class<?> type, String method) {
    return soon(() -> Cases.failureOf(type, method));
  }

  /** For what leaves something that never ends: loses no time with the wait for its end. */
  private static <T> T soon(Supplier<T> run) {
    Leaks.patience = Duration.ofMillis(500);
    try {
      return run.get();
    } finally {
      Leaks.patience = PATIENCE;
    }
  }
}
