/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.examples;

import static java.time.Duration.ZERO;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.picot.Backoff;
import dev.picot.CallbackThread;
import dev.picot.Task;
import dev.picot.TaskTimeoutException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The regions of docs/guides/retry-and-time-out.md. */
class RetryAndTimeOutTest {
  private final TimedTrace time = new TimedTrace("client");
  private final List<String> events = new ArrayList<>();
  private int attempts;

  @AfterEach
  void close() {
    time.close();
  }

  private <T> CallbackThread<T> run(Task<T> task) {
    return time.run(task, ofSeconds(60));
  }

  private <T> T value(Task<T> task) throws Exception {
    return run(task).block(ZERO);
  }

  private Throwable error(Task<?> task) {
    CallbackThread<?> thread = run(task);
    try {
      Object unused = thread.block(ZERO);
    } catch (CompletionException e) {
      return e.getCause();
    } catch (Exception e) {
      return e;
    }
    throw new AssertionError("it did not fail");
  }

  private void note(String what) {
    events.add(time.now() + " " + what);
  }

  /** Fails twice, then answers. */
  private Task<String> connect() {
    return Task.call(
        () -> {
          note("attempt");
          if (++attempts < 3) {
            throw new IOException("attempt " + attempts);
          }
          return "connected";
        });
  }

  /** Never answers. */
  private Task<String> hang() {
    return Task.run(() -> note("attempt")).then(Task.<String>never());
  }

  @Test
  void retries_whatMayGoAway() throws Exception {
    // region retry
    Backoff backoff =
        Backoff.exponential(ofMillis(200), ofSeconds(30)) // the first and the longest pause
            .maxAttempts(5)
            .on(IOException.class);
    Task<String> connected = connect().retry(backoff);
    // end region

    assertThat(value(connected)).isEqualTo("connected");
    assertThat(attempts).isEqualTo(3);
  }

  @Test
  void withoutJitter_thePausesDouble() throws Exception {
    value(connect().retry(Backoff.exponential(ofMillis(200), ofSeconds(30)).jitter(0)));

    assertThat(events).containsExactly("0 attempt", "200 attempt", "600 attempt");
  }

  @Test
  void whenNoneIsLeft_theLastErrorHasTheEarlierOnes() {
    Throwable error = error(connect().retry(Backoff.fixed(ofMillis(100)).maxAttempts(2)));

    assertThat(error).hasMessage("attempt 2");
    assertThat(error.getSuppressed())
        .extracting(Throwable::getMessage)
        .containsExactly("attempt 1");
  }

  @Test
  void timeout_cancelsWhatIsInside() {
    // region timeout
    Task<String> limited = hang().doFinally(o -> note("cleaned up")).timeout(ofSeconds(2));
    // end region

    assertThat(error(limited)).isInstanceOf(TaskTimeoutException.class);
    assertThat(events).containsExactly("0 attempt", "2000 cleaned up");
  }

  @Test
  void timeout_canBeResumedFromOnlyBehindIt() throws Exception {
    // region resume
    Task<String> price =
        hang()
            .onErrorResume(e -> Task.value("not reached")) // inside: it is cancelled
            .timeout(ofSeconds(2))
            .onErrorResume(TaskTimeoutException.class, late -> Task.value("the cached price"));
    // end region

    assertThat(value(price)).isEqualTo("the cached price");
  }

  @Test
  void aTimeoutInside_isOfEachAttempt_andOneAroundIsOfAll() {
    // region both
    Task<String> patient =
        hang()
            .timeout(ofSeconds(2)) // each attempt
            .retry(Backoff.fixed(ofMillis(500)))
            .timeout(ofSeconds(6)); // all attempts and pauses
    // end region

    assertThat(error(patient))
        .isInstanceOfSatisfying(
            TaskTimeoutException.class, e -> assertThat(e.timeout()).isEqualTo(ofSeconds(6)));
    assertThat(events).containsExactly("0 attempt", "2500 attempt", "5000 attempt");
    assertThat(time.now()).isEqualTo(60_000);
  }

  @Test
  void nestedTimeouts_theEarlierEnds() {
    // region nested
    Task<String> page = hang().timeout(ofSeconds(5)).named("query").timeout(ofSeconds(3));
    // end region

    assertThat(error(page.doFinally(o -> note("over"))))
        .isInstanceOfSatisfying(
            TaskTimeoutException.class, e -> assertThat(e.timeout()).isEqualTo(ofSeconds(3)));
    assertThat(events).containsExactly("0 attempt", "3000 over");
  }

  @Test
  void aRelease_isNeverCutShort() {
    // region release
    Task<String> session =
        Task.using(
                Task.run(() -> note("open")),
                opened -> hang(),
                (opened, outcome) -> Task.sleep(ofSeconds(1)).then(Task.run(() -> note("closed"))))
            .timeout(ofSeconds(2));
    // end region

    assertThat(error(session)).isInstanceOf(TaskTimeoutException.class);
    assertThat(events).containsExactly("0 open", "0 attempt", "3000 closed");
  }

  @Test
  void eachAttempt_releasesWhatItAcquired_beforeThePause() {
    Task<String> attempt =
        Task.using(
            Task.run(() -> note("open")),
            opened -> Task.error(new IOException("gone")),
            (opened, outcome) -> Task.run(() -> note("closed")));

    error(attempt.retry(Backoff.fixed(ofMillis(500)).maxAttempts(2)));

    assertThat(events).containsExactly("0 open", "0 closed", "500 open", "500 closed");
  }

  @Test
  void cancel_isNotRetried() {
    CallbackThread<String> thread = time.scheduler().spawn(hang().retry(Backoff.fixed(ZERO)));
    time.pass(ofSeconds(1));

    assertThat(thread.cancel()).isTrue();
    time.pass(ofSeconds(1));

    assertThatThrownBy(() -> thread.block(ZERO)).isInstanceOf(CancellationException.class);
    assertThat(events).containsExactly("0 attempt");
  }

  @Test
  void resetAfter_forgetsTheFailuresBeforeAGoodTime() {
    // region reset
    Task<Void> subscription =
        listen()
            .retry(
                Backoff.exponential(ofMillis(100), ofSeconds(5))
                    .maxAttempts(3)
                    .resetAfter(ofSeconds(10)));
    // end region

    CallbackThread<Void> thread = time.scheduler().spawn(subscription);
    time.pass(ofSeconds(50));

    assertThat(thread.state()).isEqualTo(CallbackThread.State.WAITING);
    assertThat(events).hasSize(5);
  }

  /** Is well for ten seconds, then fails. */
  private Task<Void> listen() {
    return Task.run(() -> note("listening"))
        .then(Task.sleep(ofSeconds(10)))
        .then(Task.error(new IOException("the broker has gone")));
  }
}
