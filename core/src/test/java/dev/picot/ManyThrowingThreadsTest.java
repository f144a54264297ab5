/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static java.time.Duration.ofMillis;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Among ten thousand callback threads some throw what they should not: the others finish. */
class ManyThrowingThreadsTest {
  private static final int MANY = 10_000;

  @RegisterExtension final Schedulers schedulers = new Schedulers();

  private final LoopScheduler scheduler = schedulers.build("crowd", b -> b.loops(2));
  private final AtomicInteger finished = new AtomicInteger();

  @Test
  void theOthersFinish() {
    List<CallbackThread<?>> good = new ArrayList<>();
    List<CompletableFuture<?>> bad = new ArrayList<>();
    for (int i = 0; i < MANY; i++) {
      if (i % 100 == 0) {
        bad.add(scheduler.spawn(life().then(Task.run(misdeed(i / 100)))).toFuture());
      } else {
        good.add(scheduler.spawn(life().then(Task.run(finished::incrementAndGet))));
      }
    }

    good.forEach(Deadline::value);
    assertThat(bad)
        .extracting(future -> Deadline.get(future.handle((value, error) -> error)))
        .allMatch(
            e ->
                e instanceof StackOverflowError
                    || e instanceof LinkageError
                    || e instanceof IOException
                    || e instanceof OutOfMemoryError);
    assertThat(finished).hasValue(MANY - MANY / 100);
    assertThat(scheduler.stats().failed()).isEqualTo(MANY / 100);
    assertThat(scheduler.stats().takeovers()).isZero();
  }

  /** Sleeps, yields, hops and steps. */
  private static Task<Void> life() {
    return Task.sleep(ofMillis(2))
        .then(Task.yieldNow())
        .then(Task.value(1).map(n -> n + 1))
        .flatMap(n -> n % 2 == 0 ? Task.yieldNow() : Task.done());
  }

  private static Action misdeed(int number) {
    return switch (number % 4) {
      case 0 -> () -> dive(1);
      case 1 ->
          () -> {
            Object unused = Broken.VALUE;
          };
      case 2 -> () -> ManyThrowingThreadsTest.<RuntimeException>sneak(new IOException("sneaked"));
      default ->
          () -> {
            throw new OutOfMemoryError("thrown by the user");
          };
    };
  }

  private static int dive(int depth) {
    return depth < 0 ? 0 : dive(depth + 1) + 1;
  }

  @SuppressWarnings("unchecked") // the compiler believes it
  private static <E extends Throwable> void sneak(Throwable thrown) throws E {
    throw (E) thrown;
  }

  /** Cannot be initialized. */
  private static final class Broken {
    static final Object VALUE = fail();

    private static Object fail() {
      throw new IllegalStateException("broken initializer");
    }
  }
}
