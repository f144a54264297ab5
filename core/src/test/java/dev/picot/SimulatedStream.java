/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import dev.picot.SimulatedRun.Life;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/**
 * A subscriber of a stream, which requests and cancels as the seed says: from outside and within
 * onNext.
 */
final class SimulatedStream implements Subscriber<Integer> {
  static final String LEFT = "left";
  static final String CANCELLED_BY_OTHERS = "cancelled by others";
  static final String HAS_CANCELLED = "the subscriber of the stream has cancelled";

  private static final String CANCELS = "cancels";
  private static final String ILLEGAL = "illegal request";

  /** What may end a subscription at any time. */
  static final List<String> NOT_THE_END =
      List.of(CANCELS, ILLEGAL, SimulatedRun.REFUSED, SimulatedRun.CLOSED);

  private static final int ONE_IN = 12;

  private final SimulatedRun run;
  private final Life life;
  private final AsyncSink<String> sink;
  private @Nullable Subscription subscription;
  private int requested;
  private int heard;
  private boolean inNext;
  private boolean ended;
  private boolean over;

  /**
   * A subscriber that has not subscribed.
   *
   * @param run whose seed decides
   * @param life of the callback thread that emits
   * @param sink is told how the subscription has ended
   */
  SimulatedStream(SimulatedRun run, Life life, AsyncSink<String> sink) {
    this.run = run;
    this.life = life;
    this.sink = sink;
  }

  @Override
  public void onSubscribe(Subscription given) {
    subscription = given;
    run.simulator.pause();
    if (run.simulator.choose(2) == 0) {
      request(1);
    }
    later();
  }

  private void later() {
    long delay = TimeUnit.MILLISECONDS.toNanos(run.simulator.choose(3));
    run.simulator.outside(delay, this::act);
  }

  private void act() {
    if (over) {
      return;
    }
    switch (run.simulator.choose(ONE_IN)) {
      case 0 -> cancel();
      case 1 -> request(0);
      default -> {
        request(1 + run.simulator.choose(2));
        run.simulator.pause();
        later();
      }
    }
  }

  /** Any thread. */
  void cancel() {
    run.simulator.note("the subscriber cancels");
    life.mayBeCancelled();
    over(CANCELS);
    if (subscription != null) {
      subscription.cancel();
    }
  }

  private void request(int n) {
    run.simulator.note("the subscriber requests " + n);
    if (n == 0) {
      life.mayBeCancelled();
    }
    requested += n;
    if (subscription != null) {
      subscription.request(n);
    }
  }

  @Override
  public void onNext(Integer value) {
    signalled();
    run.check(value == heard, "value " + value + " came as number " + heard);
    run.check(++heard <= requested, heard + " values came, " + requested + " were requested");
    inNext = true;
    run.step(life, "next " + life.program.label() + " " + value);
    if (!over && run.simulator.choose(ONE_IN) == 0) {
      cancel();
    } else if (!over && run.simulator.choose(2) == 0) {
      request(1);
    }
    run.simulator.pause();
    inNext = false;
    if (CallbackThread.current().isEmpty()) { // it was failed meanwhile
      ended = true;
      over(LEFT);
    }
  }

  @Override
  public void onError(Throwable e) {
    end(
        e instanceof CancellationException
            ? CANCELLED_BY_OTHERS
            : e instanceof IllegalArgumentException ? ILLEGAL : SimulatedRun.show(e));
  }

  @Override
  public void onComplete() {
    run.check(heard == life.program.n() + 1, "completed after " + heard + " values");
    end("completed");
  }

  private void end(String how) {
    signalled();
    ended = true;
    run.simulator.note("the subscriber hears: " + how);
    run.simulator.pause();
    over(how);
  }

  private void signalled() {
    run.check(!inNext, "a signal overlaps onNext");
    run.check(!ended, "a signal after the end");
  }

  private void over(String how) {
    if (!over) {
      over = true;
      sink.success(how);
    }
  }
}
