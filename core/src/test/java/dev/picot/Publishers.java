/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import java.util.function.Consumer;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/** Publishers that signal while they are subscribed to. */
final class Publishers {
  /** Takes no notice. */
  static final Subscription NONE =
      new Subscription() {
        @Override
        public void request(long n) {}

        @Override
        public void cancel() {}
      };

  private Publishers() {}

  /** Gives the values and completes, without looking at demand. */
  @SafeVarargs
  static <T> Publisher<T> of(T... values) {
    return to -> {
      to.onSubscribe(NONE);
      for (T value : values) {
        to.onNext(value);
      }
      to.onComplete();
    };
  }

  /** Counts from 0 as requested, within the request itself. */
  static Publisher<Integer> counting(int count) {
    return to ->
        to.onSubscribe(
            new Subscription() {
              private int at;

              @Override
              public void request(long n) {
                for (long left = n; left > 0 && at < count; left--) {
                  to.onNext(at++);
                }
                if (at == count) {
                  at++;
                  to.onComplete();
                }
              }

              @Override
              public void cancel() {}
            });
  }

  static <T> Publisher<T> failing(Throwable error) {
    return to -> {
      to.onSubscribe(NONE);
      to.onError(error);
    };
  }

  /** Does to its subscriber whatever it likes. */
  static Publisher<Object> wild(Consumer<Subscriber<? super Object>> behaviour) {
    return behaviour::accept;
  }
}
