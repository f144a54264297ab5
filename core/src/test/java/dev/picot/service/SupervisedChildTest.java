/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.picot.LoopScheduler;
import dev.picot.Outcome;
import dev.picot.SchedulerClosedException;
import dev.picot.Task;
import dev.picot.service.SupervisedChild.State;
import dev.picot.service.Supervisor.RestartPolicy;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Each event in each state. */
class SupervisedChildTest {
  enum Event {
    START,
    COMPLETED,
    FAILED,
    CANCELLED,
    AGAIN,
    GIVE_UP
  }

  private static void occur(Event event, SupervisedChild child) {
    switch (event) {
      case START -> child.start(1, new WakeUp());
      case COMPLETED -> child.ended(new Outcome.Completed<>("x"), 2);
      case FAILED -> child.ended(new Outcome.Failed<>(new IllegalStateException()), 2);
      case CANCELLED -> child.ended(new Outcome.Cancelled<>(), 2);
      case AGAIN -> child.again(3);
      case GIVE_UP -> child.giveUp();
      default -> throw new IllegalStateException(event.name());
    }
  }

  /** The state after an event in DOWN, RUNNING, OVER; absent where it is an error. */
  private static Map<Event, @Nullable State> table(State state, RestartPolicy policy) {
    State byItself = policy == RestartPolicy.PERMANENT ? State.DOWN : State.OVER;
    Map<Event, @Nullable State> after = new EnumMap<>(Event.class);
    switch (state) {
      case DOWN -> {
        after.put(Event.START, State.RUNNING);
        after.put(Event.AGAIN, State.DOWN);
        after.put(Event.GIVE_UP, State.OVER);
      }
      case RUNNING -> {
        after.put(Event.COMPLETED, byItself);
        after.put(Event.CANCELLED, byItself);
        after.put(Event.FAILED, State.DOWN);
      }
      case OVER -> {}
      default -> throw new IllegalStateException(state.name());
    }
    return after;
  }

  private final LoopScheduler scheduler = LoopScheduler.builder("table").loops(1).build();

  @AfterEach
  void close() throws Exception {
    scheduler.closeNow();
    scheduler.onClosed().toCompletableFuture().get(30, TimeUnit.SECONDS);
  }

  private SupervisedChild in(State state, RestartPolicy policy) {
    SupervisedChild child =
        new SupervisedChild(
            "tree", new Supervisor.Child("child", null, policy, Task::never), scheduler, 0);
    if (state == State.RUNNING) {
      child.start(1, new WakeUp());
    } else if (state == State.OVER) {
      child.giveUp();
    }
    assertThat(child.state()).isEqualTo(state);
    return child;
  }

  @ParameterizedTest
  @EnumSource
  void everyEvent_inEveryState_hasTheEffectOfTheTable(Event event) {
    for (State state : State.values()) {
      for (RestartPolicy policy : RestartPolicy.values()) {
        SupervisedChild child = in(state, policy);
        State expected = table(state, policy).get(event);

        if (expected == null) {
          assertThatThrownBy(() -> occur(event, child))
              .as("%s in %s", event, state)
              .isInstanceOf(IllegalStateException.class)
              .hasMessageContaining("in state " + state);
          assertThat(child.state()).isEqualTo(state);
        } else {
          occur(event, child);
          assertThat(child.state()).as("after %s in %s", event, state).isEqualTo(expected);
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"2, false", "3, true", "4, true"})
  void again_setsWhenItIsDue(long now, boolean due) {
    SupervisedChild child = in(State.DOWN, RestartPolicy.PERMANENT);

    child.again(3);

    assertThat(child.isDue(now)).isEqualTo(due);
    assertThat(child.due()).isEqualTo(3);
  }

  @Test
  void isDue_inOtherStates_isFalse() {
    assertThat(in(State.RUNNING, RestartPolicy.PERMANENT).isDue(9)).isFalse();
    assertThat(in(State.OVER, RestartPolicy.PERMANENT).isDue(9)).isFalse();
  }

  @Test
  void stop_inRunning_cancelsTheCallbackThread() throws Exception {
    SupervisedChild child = in(State.RUNNING, RestartPolicy.PERMANENT);

    var stopped = child.stop();

    assertThat(stopped).isNotNull();
    assertThat(stopped.toFuture()).failsWithin(Duration.ofSeconds(30));
  }

  @Test
  void stop_beforeAStart_cancelsWhatIsStarted() {
    SupervisedChild child = in(State.DOWN, RestartPolicy.PERMANENT);

    assertThat(child.stop()).isNull();
    child.start(1, new WakeUp());

    var started = child.stop();
    assertThat(started).isNotNull();
    assertThat(started.cancel()).isFalse();
    assertThat(started.toFuture()).failsWithin(Duration.ofSeconds(30));
  }

  @Test
  void start_refused_leavesItDown() {
    scheduler.closeNow();
    SupervisedChild child = in(State.DOWN, RestartPolicy.PERMANENT);

    assertThatThrownBy(() -> child.start(1, new WakeUp()))
        .isInstanceOf(SchedulerClosedException.class);

    assertThat(child.state()).isEqualTo(State.DOWN);
  }
}
