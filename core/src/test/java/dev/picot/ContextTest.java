/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static java.time.Duration.ofMillis;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.NoSuchElementException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ContextTest {
  private static final ContextKey<String> USER = ContextKey.of("user", String.class);
  private static final ContextKey<Integer> DEPTH = ContextKey.of("depth", Integer.class);

  @RegisterExtension final Schedulers schedulers = new Schedulers();

  private final LoopScheduler scheduler = schedulers.one();

  private Object value(Task<?> task) {
    return Deadline.value(scheduler.<Object>spawn(task));
  }

  @Test
  void context_givesTheValue() {
    assertThat(value(Task.context(USER).with(USER, "ann"))).isEqualTo("ann");
  }

  @Test
  void context_givesTheInnermostValue() {
    assertThat(value(Task.context(USER).with(USER, "bob").with(USER, "ann"))).isEqualTo("bob");
  }

  @Test
  void context_ofTwoKeys_givesEach() {
    Task<String> task =
        Task.context(USER).flatMap(user -> Task.context(DEPTH).map(depth -> user + depth));

    assertThat(value(task.with(USER, "ann").with(DEPTH, 3))).isEqualTo("ann3");
  }

  @Test
  void context_withoutValue_failsAndNamesKeyAndRemedy() {
    Throwable error = Deadline.error(scheduler.spawn(Task.context(USER).named("order")));

    assertThat(error)
        .isInstanceOf(NoSuchElementException.class)
        .hasMessage(
            "the context of callback thread 'order' has no value for key 'user: String'."
                + " Set one with Task.with(key, value).");
  }

  @Test
  void with_holdsForItsTaskOnly() {
    Task<String> after =
        Task.done()
            .with(USER, "ann")
            .then(Task.context(USER))
            .onErrorResume(NoSuchElementException.class, e -> Task.value("nobody"));

    assertThat(value(after)).isEqualTo("nobody");
  }

  @Test
  void with_isLeftByAnError() {
    Task<String> task =
        Task.<String>error(new IllegalStateException("x"))
            .with(USER, "bob")
            .onErrorResume(e -> Task.context(USER))
            .with(USER, "ann");

    assertThat(value(task)).isEqualTo("ann");
  }

  @Test
  void with_isKeptOverWaitsAndHops() {
    Task<String> task =
        Task.sleep(ofMillis(1))
            .then(Task.yieldNow())
            .then(Task.blocking(() -> 1))
            .then(Task.context(USER))
            .with(USER, "ann");

    assertThat(value(task)).isEqualTo("ann");
  }

  @Test
  void with_isSeenByReleases() {
    Task<String> task =
        Task.using(
                Task.value(new String[1]),
                cell -> Task.value(cell),
                (cell, outcome) -> Task.context(USER).doOnSuccess(user -> cell[0] = user))
            .map(cell -> cell[0])
            .with(USER, "ann");

    assertThat(value(task)).isEqualTo("ann");
  }

  @Test
  void keys_ofOneNameAreNotTheSame() {
    ContextKey<String> other = ContextKey.of("user", String.class);
    Task<String> task =
        Task.context(other)
            .with(USER, "ann")
            .onErrorResume(NoSuchElementException.class, e -> Task.value("nobody"));

    assertThat(value(task)).isEqualTo("nobody");
  }

  @Test
  void with_refusesAValueOfAnotherType() {
    @SuppressWarnings({"unchecked", "rawtypes"})
    ContextKey<Object> raw = (ContextKey) DEPTH;

    assertThatThrownBy(() -> Task.done().with(raw, "three")).isInstanceOf(ClassCastException.class);
  }

  @Test
  void aKey_tellsItsName() {
    assertThat(USER.name()).isEqualTo("user");
    assertThat(USER).hasToString("user: String");
  }
}
