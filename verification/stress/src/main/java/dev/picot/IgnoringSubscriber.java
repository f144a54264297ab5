package dev.picot;

import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/** A subscriber that does nothing. */
final class IgnoringSubscriber implements Subscriber<Object> {
  @Override
  public void onSubscribe(Subscription subscription) {}

  @Override
  public void onNext(Object value) {}

  @Override
  public void onError(Throwable error) {}

  @Override
  public void onComplete() {}
}
