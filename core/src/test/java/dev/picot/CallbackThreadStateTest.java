/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.picot.loop.LoopThread;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every event in every state. */
class CallbackThreadStateTest {
  private static final List<String> STATES =
      List.of(
          "ACTIVE",
          "WAITING",
          "DETACHED",
          "RETURNED",
          "COMPLETED",
          "FAILED",
          "CANCELLED",
          "FAILING");

  /** A dot: refused, and nothing changes. */
  private static final String TABLE =
      """
      event          ACTIVE    WAITING  DETACHED RETURNED COMPLETED FAILED CANCELLED FAILING
      park           WAITING   .        .        .        .         .      .         .
      parkProtected  WAITING   .        .        .        .         .      .         .
      wake           .         ACTIVE   .        .        .         .      .         .
      detach         DETACHED  .        .        .        .         .      .         .
      comeHome       RETURNED  .        RETURNED .        .         .      .         .
      arrive         .         .        .        ACTIVE   .         .      .         .
      endCompleted   COMPLETED .        .        .        .         .      .         .
      endFailed      FAILED    .        .        .        .         .      .         .
      endCancelled   CANCELLED .        .        .        .         .      .         .
      beginFailStall .         .        FAILING  .        .         .      .         .
      beginForce     FAILING   FAILING  .        .        .         .      .         .
      fail           .         .        .        .        .         .      .         FAILED
      """;

  private static final Map<String, Predicate<CallbackThreadState>> EVENTS = new LinkedHashMap<>();

  static {
    EVENTS.put("park", state -> state.park(true, false, 0));
    EVENTS.put("parkProtected", state -> state.park(false, false, 0));
    EVENTS.put("wake", CallbackThreadState::wake);
    EVENTS.put("detach", state -> state.detach(0));
    EVENTS.put("comeHome", CallbackThreadState::comeHome);
    EVENTS.put("arrive", CallbackThreadState::arrive);
    EVENTS.put("endCompleted", state -> state.end(CallbackThreadState.COMPLETED));
    EVENTS.put("endFailed", state -> state.end(CallbackThreadState.FAILED));
    EVENTS.put("endCancelled", state -> state.end(CallbackThreadState.CANCELLED));
    EVENTS.put("beginFailStall", CallbackThreadState::beginFailStall);
    EVENTS.put("beginForce", CallbackThreadState::beginForce);
    EVENTS.put("fail", CallbackThreadState::fail);
  }

  private static final class State extends CallbackThreadState {
    @Override
    protected void runSlice(LoopThread thread) {
      throw new AssertionError("runs nowhere");
    }

    /** Brings a new one into a state by legal events. */
    static State in(String name, boolean cancelRequested) {
      var state = new State();
      if (cancelRequested) {
        state.requestCancel();
      }
      boolean there =
          switch (name) {
            case "ACTIVE" -> true;
            case "WAITING" -> state.park(false, false, 0);
            case "DETACHED" -> state.detach(0);
            case "RETURNED" -> state.comeHome();
            case "COMPLETED" -> state.end(COMPLETED);
            case "FAILED" -> state.end(FAILED);
            case "CANCELLED" -> state.end(CANCELLED);
            case "FAILING" -> state.beginForce();
            default -> throw new AssertionError(name);
          };
      assertThat(there).isTrue();
      assertThat(state.show()).isEqualTo(shown(name, cancelRequested));
      return state;
    }

    static State suspendedIn(String name) {
      State state = in(name, false);
      if (wasEnded(state.wordVolatile())) {
        return suspendedBefore(name);
      }
      assertThat(state.suspend()).isTrue();
      return state;
    }

    private static State suspendedBefore(String end) {
      State state = new State();
      assertThat(state.suspend()).isTrue();
      boolean there =
          switch (end) {
            case "COMPLETED" -> state.end(COMPLETED);
            case "FAILED" -> state.end(FAILED);
            case "CANCELLED" -> state.end(CANCELLED);
            default -> state.beginForce();
          };
      assertThat(there).isTrue();
      return state;
    }

    String show() {
      return describe(wordVolatile());
    }
  }

  private static String shown(String state, boolean cancelRequested) {
    return cancelRequested ? state + " (cancel requested)" : state;
  }

  static Stream<Arguments> transitions() {
    return TABLE
        .lines()
        .skip(1)
        .map(line -> line.split(" +"))
        .flatMap(
            row ->
                IntStream.range(0, STATES.size())
                    .mapToObj(i -> Arguments.of(row[0], STATES.get(i), row[i + 1])));
  }

  @Test
  void theTable_isComplete() {
    List<String[]> rows = TABLE.lines().map(line -> line.split(" +")).toList();

    assertThat(Arrays.asList(rows.get(0)).subList(1, 9)).isEqualTo(STATES);
    assertThat(rows.subList(1, rows.size()))
        .extracting(row -> row[0])
        .containsExactlyElementsOf(EVENTS.keySet());
  }

  @Test
  void theTable_isInTheDocumentation() throws IOException {
    Path page = Path.of("..", "docs", "design", "callback-thread-state-machine.md");

    assertThat(Files.readString(page)).contains(TABLE);
  }

  private static final int MINUTE = 60_000;

  private static Stream<Arguments> firstWaits() {
    return Stream.of(
        Arguments.of("park", (Predicate<State>) state -> state.park(true, true, MINUTE)),
        Arguments.of("hold", (Predicate<State>) state -> state.suspend() && state.hold(MINUTE)),
        Arguments.of("detach", (Predicate<State>) state -> state.detach(MINUTE)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("firstWaits")
  void theFirstWait_remembersWhenItCame_andNothingElseChangesThat(
      String event, Predicate<State> firstWait) {
    var state = new State();
    assertThat(CallbackThreadState.rememberedAge(state.wordVolatile(), 5 * MINUTE)).isEqualTo(-1);

    assertThat(firstWait.test(state)).isTrue();
    state.wake();
    state.park(false, false, 3 * MINUTE);
    state.requestCancel();
    state.beginForce();
    state.fail();

    assertThat(CallbackThreadState.rememberedAge(state.wordVolatile(), 5 * MINUTE))
        .isCloseTo(4 * MINUTE, within(128));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 127, 128, Integer.MAX_VALUE, Integer.MIN_VALUE, -128, -1})
  void whenItCame_isRememberedAtAnyTime(int startTick) {
    var state = new State();

    state.park(false, false, startTick);

    int word = state.wordVolatile();
    assertThat(CallbackThreadState.rememberedAge(word, startTick)).isBetween(0, 2 * 128);
    assertThat(CallbackThreadState.rememberedAge(word, startTick + MINUTE))
        .isCloseTo(MINUTE, within(2 * 128));
  }

  @Test
  void park_tellsWhetherALoneContinuationIsAFlatMap_untilTheNextPark() {
    var state = new State();

    assertThat(state.park(true, true, 0)).isTrue();
    assertThat(state.wake()).isTrue();
    assertThat(CallbackThreadState.wasFlatMap(state.wordVolatile())).isTrue();

    assertThat(state.park(true, false, 0)).isTrue();
    assertThat(CallbackThreadState.wasFlatMap(state.wordVolatile())).isFalse();
  }

  @ParameterizedTest(name = "{0} in {1}: {2}")
  @MethodSource("transitions")
  void event_inState_goesWhereTheTableSays(String event, String from, String to) {
    State state = State.in(from, false);

    boolean happened = EVENTS.get(event).test(state);

    assertThat(happened).isEqualTo(!to.equals("."));
    assertThat(state.show()).isEqualTo(to.equals(".") ? from : to);
  }

  @ParameterizedTest(name = "{0} in {1} with cancel requested: {2}")
  @MethodSource("transitions")
  void event_inState_keepsTheFlag(String event, String from, String to) {
    State state = State.in(from, true);
    boolean refused = to.equals(".") || event.equals("park");

    boolean happened = EVENTS.get(event).test(state);

    assertThat(happened).isEqualTo(!refused);
    assertThat(state.show()).isEqualTo(shown(refused ? from : to, true));
  }

  @ParameterizedTest
  @ValueSource(strings = {"ACTIVE", "DETACHED", "RETURNED"})
  void cancel_whileLive_setsTheFlag(String live) {
    State state = State.in(live, false);

    int before = state.requestCancel();

    assertThat(CallbackThreadState.describe(before)).isEqualTo(live);
    assertThat(state.show()).isEqualTo(shown(live, true));
  }

  @ParameterizedTest
  @ValueSource(strings = {"ACTIVE", "WAITING", "DETACHED", "RETURNED"})
  void whatIsPinned_staysSo(String live) {
    State state = State.in(live, false);
    state.pin();

    state.requestCancel();
    assertThat(EVENTS.values().stream().filter(event -> event.test(state))).isNotEmpty();

    assertThat(CallbackThreadState.isPinned(state.wordVolatile())).isTrue();
    assertThat(CallbackThreadState.wasCancelRequested(state.wordVolatile())).isTrue();
    assertThat(CallbackThreadState.wasEnded(state.wordVolatile())).isTrue();
  }

  @Test
  void cancel_whileWaiting_alsoWakes() {
    State state = State.in("WAITING", false);

    int before = state.requestCancel();

    assertThat(CallbackThreadState.describe(before)).isEqualTo("WAITING");
    assertThat(state.show()).isEqualTo("ACTIVE (cancel requested)");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"ACTIVE", "WAITING", "DETACHED", "RETURNED", "COMPLETED", "FAILED", "FAILING"})
  void cancel_again_changesNothing(String any) {
    State state = State.in(any, true);

    int before = state.requestCancel();

    assertThat(CallbackThreadState.wasCancelRequested(before)).isTrue();
    assertThat(state.show()).isEqualTo(shown(any, true));
  }

  @ParameterizedTest
  @ValueSource(strings = {"COMPLETED", "FAILED", "CANCELLED", "FAILING"})
  void cancel_afterTheEnd_changesNothing(String ended) {
    State state = State.in(ended, false);

    int before = state.requestCancel();

    assertThat(CallbackThreadState.wasEnded(before)).isTrue();
    assertThat(state.show()).isEqualTo(ended);
  }

  @ParameterizedTest(name = "{0} in {1} while suspended: {2}")
  @MethodSource("transitions")
  void event_inState_keepsTheOtherFlags(String event, String from, String to) {
    State state = State.suspendedIn(from);
    state.trace();

    boolean happened = EVENTS.get(event).test(state);

    assertThat(happened).isEqualTo(!to.equals("."));
    assertThat(state.show()).isEqualTo((to.equals(".") ? from : to) + " (suspended)");
    assertThat(CallbackThreadState.wasTraced(state.wordVolatile())).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"ACTIVE", "WAITING", "DETACHED", "RETURNED"})
  void suspend_whileLive_setsTheFlag(String live) {
    State state = State.in(live, false);

    assertThat(state.suspend()).isTrue();

    assertThat(state.show()).isEqualTo(live + " (suspended)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"COMPLETED", "FAILED", "CANCELLED", "FAILING"})
  void suspend_afterTheEnd_changesNothing(String ended) {
    State state = State.in(ended, false);

    assertThat(state.suspend()).isFalse();

    assertThat(state.show()).isEqualTo(ended);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ACTIVE", "WAITING", "DETACHED", "RETURNED"})
  void suspend_underCancel_changesNothing(String live) {
    State state = State.in(live, true);

    assertThat(state.suspend()).isFalse();

    assertThat(state.show()).isEqualTo(shown(live, true));
  }

  @Test
  void suspend_again_changesNothing() {
    State state = State.suspendedIn("WAITING");

    assertThat(state.suspend()).isFalse();

    assertThat(state.show()).isEqualTo("WAITING (suspended)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"ACTIVE", "WAITING", "DETACHED", "RETURNED"})
  void resume_whileSuspended_clearsTheFlagOnly(String live) {
    State state = State.suspendedIn(live);

    assertThat(state.resume()).isTrue();

    assertThat(state.show()).isEqualTo(live);
  }

  @Test
  void resume_ofWhatIsNotSuspended_changesNothing() {
    for (String name : STATES) {
      State state = State.in(name, false);

      assertThat(state.resume()).as(name).isFalse();
      assertThat(state.show()).isEqualTo(name);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"COMPLETED", "FAILED", "CANCELLED", "FAILING"})
  void resume_afterTheEnd_changesNothing(String ended) {
    assertThat(State.suspendedIn(ended).resume()).isFalse();
  }

  @Test
  void hold_whileSuspended_waits_onlyIfItIsActive() {
    for (String name : STATES) {
      State state = State.suspendedIn(name);

      assertThat(state.hold(0)).as(name).isEqualTo(name.equals("ACTIVE"));
      assertThat(state.show())
          .isEqualTo((name.equals("ACTIVE") ? "WAITING" : name) + " (suspended)");
    }
  }

  @Test
  void hold_ofWhatIsNotSuspended_changesNothing() {
    for (String name : STATES) {
      State state = State.in(name, false);

      assertThat(state.hold(0)).as(name).isFalse();
      assertThat(state.show()).isEqualTo(name);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ACTIVE", "DETACHED", "RETURNED"})
  void cancel_whileSuspended_alsoResumes(String live) {
    State state = State.suspendedIn(live);

    int before = state.requestCancel();

    assertThat(CallbackThreadState.describe(before)).isEqualTo(live + " (suspended)");
    assertThat(state.show()).isEqualTo(shown(live, true));
  }

  @Test
  void cancel_ofOneThatWaitsToBeResumed_wakesIt() {
    State state = State.suspendedIn("ACTIVE");
    state.hold(0);

    int before = state.requestCancel();

    assertThat(CallbackThreadState.state(before)).isEqualTo(CallbackThreadState.WAITING);
    assertThat(state.show()).isEqualTo("ACTIVE (cancel requested)");
  }

  @Test
  void cancel_keepsTheTrace() {
    State state = State.in("WAITING", false);
    state.trace();

    state.requestCancel();

    assertThat(CallbackThreadState.wasTraced(state.wordVolatile())).isTrue();
    state.endTrace();
    assertThat(CallbackThreadState.wasTraced(state.wordVolatile())).isFalse();
  }

  @Test
  void whatWas_isReadFromTheWord() {
    for (String name : STATES) {
      int word = State.in(name, true).wordVolatile();

      assertThat(CallbackThreadState.wasEnded(word))
          .as(name)
          .isEqualTo(List.of("COMPLETED", "FAILED", "CANCELLED", "FAILING").contains(name));
      assertThat(CallbackThreadState.hasOutcome(word))
          .as(name)
          .isEqualTo(List.of("COMPLETED", "FAILED", "CANCELLED").contains(name));
      assertThat(CallbackThreadState.wasCancelRequested(word)).as(name).isTrue();
    }
  }

  @Test
  void everyWordButOneOfARunningSlice_asksForAttention() {
    for (String name : STATES) {
      boolean attention =
          (State.in(name, false).wordVolatile() & CallbackThreadState.ATTENTION) != 0;

      assertThat(attention).as(name).isEqualTo(!List.of("ACTIVE", "WAITING").contains(name));
    }
    assertThat(State.suspendedIn("ACTIVE").wordVolatile() & CallbackThreadState.ATTENTION)
        .isNotZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 8})
  void aNewOne_isShownAsActive(int word) {
    assertThat(CallbackThread.stateOf(word)).isEqualTo(CallbackThread.State.ACTIVE);
  }

  @Test
  void everyState_isShownToUsers() {
    assertThat(STATES)
        .extracting(name -> CallbackThread.stateOf(State.in(name, true).wordVolatile()))
        .containsExactly(
            CallbackThread.State.ACTIVE,
            CallbackThread.State.WAITING,
            CallbackThread.State.DETACHED,
            CallbackThread.State.ACTIVE,
            CallbackThread.State.COMPLETED,
            CallbackThread.State.FAILED,
            CallbackThread.State.CANCELLED,
            CallbackThread.State.FAILED);
  }

  @Test
  void oneOfTwoRacingWakes_wins() {
    for (int round = 0; round < 1_000; round++) {
      State state = State.in("WAITING", false);

      long winners = IntStream.range(0, 2).parallel().filter(i -> state.wake()).count();

      assertThat(winners).isOne();
    }
  }
}
