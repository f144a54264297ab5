/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.Z_Result;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/**
 * The racing pairs of {@link StreamSubscription}: demand against an emission that begins to wait.
 */
public final class StreamSubscriptionStressTest {
  private StreamSubscriptionStressTest() {}

  private static final Subscriber<Object> NOBODY =
      new Subscriber<>() {
        @Override
        public void onSubscribe(Subscription subscription) {}

        @Override
        public void onNext(Object value) {}

        @Override
        public void onError(Throwable error) {}

        @Override
        public void onComplete() {}
      };

  abstract static class Emission {
    final StreamSubscription subscription = new StreamSubscription(NOBODY);
    private final DemandAwait awaiting = new DemandAwait(Awaiters.waiter(), subscription);

    void park() {
      subscription.tell(awaiting);
    }

    boolean isWoken() {
      return awaiting.isDone();
    }
  }

  @JCStressTest
  @Outcome(id = "true", expect = ACCEPTABLE, desc = "woken, or it looked in time")
  @Outcome(expect = FORBIDDEN, desc = "the emission sleeps beside the demand")
  @State
  public static class RequestVsPark extends Emission {
    @Actor
    public void requester() {
      subscription.request(1);
    }

    @Actor
    public void slice() {
      park();
    }

    @Arbiter
    public void arbiter(Z_Result r) {
      r.r1 = isWoken();
    }
  }

  @JCStressTest
  @Outcome(id = "true", expect = ACCEPTABLE, desc = "woken, or it looked in time")
  @Outcome(expect = FORBIDDEN, desc = "a protected emission waits for a subscriber that has gone")
  @State
  public static class CancelVsPark extends Emission {
    @Actor
    public void canceller() {
      subscription.cancel();
    }

    @Actor
    public void slice() {
      park();
    }

    @Arbiter
    public void arbiter(Z_Result r) {
      r.r1 = isWoken();
    }
  }

  @JCStressTest
  @Outcome(id = "true", expect = ACCEPTABLE, desc = "woken, or it looked in time")
  @Outcome(expect = FORBIDDEN, desc = "the emission waits although the stream is to fail")
  @State
  public static class IllegalRequestVsPark extends Emission {
    @Actor
    public void requester() {
      subscription.request(0);
    }

    @Actor
    public void slice() {
      park();
    }

    @Arbiter
    public void arbiter(Z_Result r) {
      r.r1 = isWoken();
    }
  }
}
