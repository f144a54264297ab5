/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.examples;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.picot.CallbackThread;
import dev.picot.Next;
import dev.picot.Task;
import dev.picot.TaskTimeoutException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/** The regions of docs/guides/repeat-and-iterate.md. */
class RepeatAndIterateTest {
  private static final Duration LONG = ofSeconds(10);

  private final TimedTrace time = new TimedTrace("jobs");
  private final Deque<String> queue = new ArrayDeque<>();
  private final List<String> done = new ArrayList<>();

  @AfterEach
  void close() {
    time.close();
  }

  /** Spawns it, and lets much time pass. */
  private <T> CallbackThread<T> run(Task<T> task) {
    return time.run(task, LONG);
  }

  private <T> T value(Task<T> task) throws Exception {
    return run(task).block(Duration.ZERO);
  }

  private Task<Void> handle(String message) {
    return Task.run(() -> done.add(message + " at " + time.now()));
  }

  @Test
  void loop_goesOnUntilSomebodyEndsIt() {
    queue.addAll(List.of("a", "b"));
    // region loop
    Task<Void> poller =
        Task.loop(() -> queue.isEmpty() ? Task.sleep(ofSeconds(1)) : handle(queue.removeFirst()));
    Task<Void> forAMinute = poller.timeout(ofMinutes(1));
    // end region

    CallbackThread<Void> thread = time.scheduler().spawn(forAMinute);
    CompletableFuture<Void> unused = thread.toFuture(); // so that no failure is reported
    time.pass(ofMillis(58_500));
    assertThat(thread.outcome()).isEmpty();

    queue.add("c");
    time.pass(ofMillis(1_500));

    assertThat(done).containsExactly("a at 0", "b at 0", "c at 59000");
    assertThatThrownBy(() -> thread.block(Duration.ZERO))
        .isInstanceOf(CompletionException.class)
        .hasCauseInstanceOf(TaskTimeoutException.class);
  }

  @Test
  void loop_letsOthersRun_alsoIfItNeverWaits() {
    long[] turns = {0};
    CallbackThread<Void> endless =
        time.scheduler().spawn(Task.loop(() -> Task.run(() -> turns[0]++)));
    CallbackThread<Boolean> other = time.scheduler().spawn(Task.call(endless::cancel));

    time.pass(Duration.ZERO);

    assertThat(other.outcome()).isPresent();
    assertThat(turns[0]).isBetween(1L, 256L);
  }

  @Test
  void whileLoop_asksBefore_andDoWhileAfter() throws Exception {
    queue.addAll(List.of("a", "b"));
    // region while
    Task<Void> drain =
        Task.whileLoop(() -> !queue.isEmpty(), () -> handle(queue.removeFirst()))
            .then(handle("and what follows"));
    // end region
    value(drain);
    assertThat(done).containsExactly("a at 0", "b at 0", "and what follows at 0");

    done.clear();
    // region do
    Task<Void> once = Task.doWhile(() -> handle("asked"), () -> !queue.isEmpty());
    // end region
    value(once);
    assertThat(done).hasSize(1);
  }

  @Test
  void forLoop_counts() throws Exception {
    // region for
    Task<Void> countdown =
        Task.forLoop(0, 3, i -> handle("minus " + (3 - i)).then(Task.sleep(ofSeconds(1))));
    // end region

    value(countdown);

    assertThat(done).containsExactly("minus 3 at 0", "minus 2 at 1000", "minus 1 at 2000");
  }

  @Test
  void aMillionIterations_needNoStack() throws Exception {
    long[] sum = {0};

    value(Task.forLoop(0, 1_000_000, i -> Task.run(() -> sum[0] += i)));

    assertThat(sum[0]).isEqualTo(499_999_500_000L);
  }

  /** A page of a list, and the token of the next page; empty after the last one. */
  record Page(int size, String next) {}

  private static final Map<String, Page> PAGES =
      Map.of("first", new Page(50, "p2"), "p2", new Page(50, "p3"), "p3", new Page(7, ""));

  private static Task<Page> read(String token) {
    return Task.call(() -> PAGES.get(token));
  }

  // region iterate
  record Place(String token, int counted) {}

  static Task<Integer> count() {
    return Task.iterate(
        new Place("first", 0),
        at ->
            read(at.token())
                .map(
                    page ->
                        page.next().isEmpty()
                            ? Next.done(at.counted() + page.size())
                            : Next.again(new Place(page.next(), at.counted() + page.size()))));
  }

  // end region

  @Test
  void iterate_handsItsStateOn() throws Exception {
    assertThat(value(count())).isEqualTo(107);
  }

  @Test
  void forEach_requestsAsItGoes() throws Exception {
    List<Long> requested = new ArrayList<>();
    Publisher<Integer> numbers = new Numbers(5, requested);
    // region each
    Task<Void> oneAtATime = Task.forEach(numbers, n -> handle("number " + n));
    Task<Void> twoAhead =
        Task.forEach(numbers, 2, n -> handle("number " + n).then(Task.sleep(ofSeconds(1))));
    // end region

    value(oneAtATime);
    assertThat(done).hasSize(5);
    assertThat(requested).allMatch(n -> n == 1);

    requested.clear();
    value(twoAhead);
    assertThat(done).hasSize(10);
    assertThat(requested.get(0)).isEqualTo(2);
  }

  @Test
  void aBodyThatFails_endsTheLoop() {
    CallbackThread<Void> thread =
        run(
            Task.forLoop(
                0,
                10,
                i ->
                    i == 3
                        ? Task.error(new IllegalStateException("three"))
                        : handle("round " + i)));

    assertThatThrownBy(() -> thread.block(Duration.ZERO)).hasMessage("three");
    assertThat(done).hasSize(3);
  }

  @Test
  void aTaskMadeOnce_isTheSameEachTime() throws Exception {
    queue.addAll(List.of("a", "b"));
    Task<Void> madeOnce = handle(queue.removeFirst());

    value(Task.forLoop(0, 2, i -> madeOnce));

    assertThat(done).containsExactly("a at 0", "a at 0");
  }

  /** Gives the numbers from 0 as they are requested, and notes the requests. */
  private record Numbers(int count, List<Long> requested) implements Publisher<Integer> {
    @Override
    public void subscribe(Subscriber<? super Integer> to) {
      var rest = IntStream.range(0, count).iterator();
      to.onSubscribe(
          new Subscription() {
            @Override
            public void request(long n) {
              requested.add(n);
              for (long left = n; left > 0 && rest.hasNext(); left--) {
                to.onNext(rest.next());
                if (!rest.hasNext()) {
                  to.onComplete();
                }
              }
            }

            @Override
            public void cancel() {}
          });
    }
  }
}
