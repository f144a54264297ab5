/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.r2dbc;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.picot.loop.LoopTask;
import dev.picot.loop.LoopThread;
import dev.picot.loop.Loops;
import dev.picot.reactor.Counting;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The driver, the loop and the caller of an {@link Exchange}, and the end of its lease. */
public final class ExchangeStressTest {
  private ExchangeStressTest() {}

  /** Rows that come home to a loop that is driven by hand; the lease ends in the arbiter. */
  abstract static class Rows extends OneConnection.Lent {
    final Counting caller = new Counting(Long.MAX_VALUE);
    final Exchange<Integer, Integer> rows;

    private Exchange<Integer, Integer> made;

    Rows() {
      Publisher<Integer> quiet = subscriber -> subscriber.onSubscribe(new Quiet());
      home.post(
          new LoopTask() {
            @Override
            protected void runSlice(LoopThread thread) {
              made = new Exchange<>(lease, caller, null, Exchange.Kind.ROWS);
              thread.exitSlice();
            }

            @Override
            protected String describe() {
              return "the caller";
            }
          });
      drain();
      rows = made;
      rows.start(exchange -> quiet);
    }

    /** How many connections are idle after the caller has given back its own. */
    final int idleAfterwards() {
      drain();
      Mono.from(lease.close()).subscribe();
      drain();
      return pool.stats().idle();
    }
  }

  /** Of a driver that signals when the test says so. */
  private static final class Quiet implements Subscription {
    @Override
    public void request(long n) {}

    @Override
    public void cancel() {}
  }

  @JCStressTest
  @Outcome(id = "2, 1, 1", expect = ACCEPTABLE, desc = "all of it, then the end")
  @Outcome(expect = FORBIDDEN, desc = "lost, signalled twice, or the connection is")
  @State
  public static class ValuesVsSlice extends Rows {
    public ValuesVsSlice() {
      rows.onNext(1);
    }

    @Actor
    public void driver() {
      rows.onNext(2);
      rows.onComplete();
    }

    @Actor
    public void loop() {
      Loops.turn(home);
    }

    @Arbiter
    public void arbiter(III_Result r) {
      r.r3 = idleAfterwards();
      r.r1 = caller.values.get();
      r.r2 = caller.ends.get();
    }
  }

  @JCStressTest
  @Outcome(id = "0, 1, 1", expect = ACCEPTABLE, desc = "the value is discarded, once")
  @Outcome(expect = FORBIDDEN, desc = "neither signalled nor discarded, or the connection is lost")
  @State
  public static class ValueVsCancel extends Rows {
    @Actor
    public void driver() {
      rows.onNext(1);
    }

    @Actor
    public void caller() {
      rows.cancel();
    }

    @Arbiter
    public void arbiter(III_Result r) {
      rows.onComplete(); // unless the driver was cancelled
      r.r3 = idleAfterwards();
      r.r1 = caller.values.get() + caller.ends.get();
      r.r2 = caller.discarded.get();
    }
  }

  @JCStressTest
  @Outcome(id = "1, 0, 1", expect = ACCEPTABLE, desc = "signalled before the cancellation was seen")
  @Outcome(id = "0, 1, 1", expect = ACCEPTABLE, desc = "discarded")
  @Outcome(expect = FORBIDDEN, desc = "both, or neither, or the connection is lost")
  @State
  public static class SliceVsCancel extends Rows {
    public SliceVsCancel() {
      rows.onNext(1);
    }

    @Actor
    public void loop() {
      Loops.turn(home);
    }

    @Actor
    public void caller() {
      rows.cancel();
    }

    @Arbiter
    public void arbiter(III_Result r) {
      rows.onComplete(); // unless the driver was cancelled
      r.r3 = idleAfterwards();
      r.r1 = caller.values.get();
      r.r2 = caller.discarded.get();
    }
  }

  @JCStressTest
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "ended before the cancellation was seen")
  @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "cancelled")
  @Outcome(expect = FORBIDDEN, desc = "the lease never learns of it, or twice")
  @State
  public static class EndVsCancel extends Rows {
    @Actor
    public void driver() {
      rows.onComplete();
    }

    @Actor
    public void caller() {
      rows.cancel();
    }

    @Arbiter
    public void arbiter(II_Result r) {
      r.r2 = idleAfterwards();
      r.r1 = caller.ends.get();
    }
  }

  @JCStressTest
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "answered before the connection was given back")
  @Outcome(id = "100, 1", expect = ACCEPTABLE, desc = "refused, as the connection was given back")
  @Outcome(expect = FORBIDDEN, desc = "no answer, or the connection is lost")
  @State
  public static class BeginVsGiveBack extends OneConnection.Lent {
    final Counting caller = new Counting(Long.MAX_VALUE);

    @Actor
    public void asks() {
      new Exchange<Integer, Integer>(lease, caller, null, Exchange.Kind.ROWS)
          .start(exchange -> Flux.empty());
    }

    @Actor
    public void givesBack() {
      Mono.from(lease.close()).subscribe();
    }

    @Arbiter
    public void arbiter(II_Result r) {
      drain();
      r.r1 = caller.ends.get();
      r.r2 = pool.stats().idle();
    }
  }

  /** What a mapper is replaced by while somebody who has no home cancels. */
  @JCStressTest
  @Outcome(id = "0", expect = ACCEPTABLE, desc = "the caller has only seen what the mapper gives")
  @Outcome(expect = FORBIDDEN, desc = "the caller was given the placeholder")
  @State
  public static class SkippedRowVsCancel extends OneConnection.Lent {
    final AtomicInteger placeholders = new AtomicInteger();
    final Exchange<Object, Object> rows =
        new Exchange<>(lease, new Strict(placeholders), null, Exchange.Kind.ROWS);

    public SkippedRowVsCancel() {
      Publisher<Object> quiet = subscriber -> subscriber.onSubscribe(new Quiet());
      rows.start(exchange -> quiet);
      rows.onNext("first");
    }

    @Actor
    public void driver() {
      Object instead = rows.instead();
      rows.onNext(instead == null ? "second" : instead);
    }

    @Actor
    public void caller() {
      rows.cancel();
    }

    @Arbiter
    public void arbiter(I_Result r) {
      r.r1 = placeholders.get();
    }
  }

  /** Counts what is no row. */
  private record Strict(AtomicInteger others) implements CoreSubscriber<Object> {
    @Override
    public void onSubscribe(Subscription subscription) {
      subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(Object row) {
      if (!(row instanceof String)) {
        others.incrementAndGet();
      }
    }

    @Override
    public void onError(Throwable error) {}

    @Override
    public void onComplete() {}
  }

  @JCStressTest
  @Outcome(id = "1, 2", expect = ACCEPTABLE, desc = "back once, and both are told")
  @Outcome(expect = FORBIDDEN, desc = "the connection is lost, or back twice")
  @State
  public static class CloseVsCloseDuringAnExchange extends Rows {
    private final Counting one = new Counting(Long.MAX_VALUE);
    private final Counting other = new Counting(Long.MAX_VALUE);

    @Actor
    public void one() {
      Mono.from(lease.close()).cast(Integer.class).subscribe(one);
    }

    @Actor
    public void other() {
      Mono.from(lease.close()).cast(Integer.class).subscribe(other);
    }

    @Arbiter
    public void arbiter(II_Result r) {
      drain();
      rows.onComplete();
      drain();
      r.r1 = pool.stats().idle();
      r.r2 = one.ends.get() + other.ends.get();
    }
  }
}
