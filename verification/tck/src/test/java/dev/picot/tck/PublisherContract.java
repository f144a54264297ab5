/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.tck;

import dev.picot.LoopScheduler;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import org.reactivestreams.tck.PublisherVerification;
import org.reactivestreams.tck.TestEnvironment;
import org.reactivestreams.tck.TestEnvironment.ManualSubscriber;
import org.reactivestreams.tck.TestEnvironment.ManualSubscriberWithSubscriptionSupport;
import org.testng.annotations.AfterClass;
import org.testng.annotations.BeforeClass;
import org.testng.annotations.Test;

/**
 * The rules for a publisher of at most one value.
 *
 * <p>The TCK skips by itself what its tests try with several values. Where the rule means something
 * for one value it is tried with one value here. What is left out, and why:
 *
 * <ul>
 *   <li>{@code createPublisher3}, {@code stochastic_spec103}, {@code optional_spec111_multicast}
 *       three times, {@code spec303}: about the order of values, and about recursion from value to
 *       value, of which there is one at most
 *   <li>{@code optional_spec309}: asks for a certain text in the message
 *   <li>{@code untested_}: rules that no test can verify for any publisher
 * </ul>
 */
abstract class PublisherContract extends PublisherVerification<Integer> {
  private static final long TIMEOUT_MILLIS = 2_000;
  private static final long NO_SIGNAL_MILLIS = 100;
  private static final int MOST_COLLECTIONS = 50;

  private final TestEnvironment environment;
  private LoopScheduler scheduler;
  private LoopScheduler closed;

  PublisherContract() {
    this(new TestEnvironment(TIMEOUT_MILLIS, NO_SIGNAL_MILLIS));
  }

  private PublisherContract(TestEnvironment environment) {
    super(environment);
    this.environment = environment;
  }

  @BeforeClass
  public void open() {
    scheduler = LoopScheduler.create("tck");
    closed = LoopScheduler.create("tck-closed");
    closed.close();
  }

  @AfterClass
  public void close() {
    scheduler.close();
  }

  @Override
  public long maxElementsFromPublisher() {
    return 1;
  }

  @Override
  public Publisher<Integer> createPublisher(long elements) {
    return publisher(scheduler, elements);
  }

  @Override
  public Publisher<Integer> createFailedPublisher() {
    return failed(scheduler, closed);
  }

  /** Of no value, or of one. */
  abstract Publisher<Integer> publisher(LoopScheduler scheduler, long elements);

  /** Signals an error without a value. */
  abstract Publisher<Integer> failed(LoopScheduler scheduler, LoopScheduler closed);

  @Override
  @Test
  public void required_spec101_subscriptionRequestMustResultInTheCorrectNumberOfProducedElements()
      throws Throwable {
    var subscriber = subscribed();
    subscriber.expectNone(NO_SIGNAL_MILLIS);
    subscriber.request(1);
    subscriber.nextElement();
    subscriber.expectCompletion();
    environment.verifyNoAsyncErrors();
  }

  @Override
  @Test
  public void required_spec102_maySignalLessThanRequestedAndTerminateSubscription()
      throws Throwable {
    mustSupportDemands(10);
  }

  @Override
  @Test
  public void required_spec105_mustSignalOnCompleteWhenFiniteStreamTerminates() throws Throwable {
    var subscriber = subscribed();
    subscriber.requestNextElement();
    subscriber.expectCompletion();
    subscriber.expectNone();
    environment.verifyNoAsyncErrors();
  }

  @Override
  @Test
  public void required_spec302_mustAllowSynchronousRequestCallsFromOnNextAndOnSubscribe()
      throws Throwable {
    var subscriber =
        new ManualSubscriberWithSubscriptionSupport<Integer>(environment) {
          @Override
          public void onSubscribe(Subscription subscription) {
            super.onSubscribe(subscription);
            subscription.request(1);
            subscription.request(1);
          }

          @Override
          public void onNext(Integer element) {
            request(1);
            super.onNext(element);
          }
        };
    environment.subscribe(createPublisher(1), subscriber);
    subscriber.nextElement();
    subscriber.expectCompletion();
    environment.verifyNoAsyncErrors();
  }

  @Override
  @Test
  public void required_spec306_afterSubscriptionIsCancelledRequestMustBeNops() throws Throwable {
    var subscriber = subscribed();
    subscriber.cancel();
    subscriber.request(1);
    subscriber.request(1);
    subscriber.expectNone();
    environment.verifyNoAsyncErrors();
  }

  @Override
  @Test
  public void required_spec309_requestZeroMustSignalIllegalArgumentException() throws Throwable {
    mustSignalIllegalArgument(0);
  }

  @Override
  @Test
  public void required_spec309_requestNegativeNumberMustSignalIllegalArgumentException()
      throws Throwable {
    mustSignalIllegalArgument(-1);
  }

  private void mustSignalIllegalArgument(long demand) throws Throwable {
    var subscriber = subscribed();
    subscriber.request(demand);
    subscriber.expectError(IllegalArgumentException.class);
    subscriber.expectNone();
    environment.verifyNoAsyncErrors();
  }

  @Override
  @Test
  public void required_spec312_cancelMustMakeThePublisherToEventuallyStopSignaling()
      throws Throwable {
    var subscriber = subscribed();
    subscriber.cancel();
    subscriber.expectNone();
    environment.verifyNoAsyncErrors();
  }

  @Override
  @Test
  public void
      required_spec313_cancelMustMakeThePublisherEventuallyDropAllReferencesToTheSubscriber()
          throws Throwable {
    Publisher<Integer> publisher = createPublisher(1);
    ReferenceQueue<Object> dropped = new ReferenceQueue<>();
    WeakReference<?> reference = cancelledSubscriberOf(publisher, dropped);
    for (int i = 0; dropped.remove(NO_SIGNAL_MILLIS) == null; i++) {
      if (i == MOST_COLLECTIONS) {
        environment.flop(publisher + " keeps " + reference.get());
      }
      System.gc();
    }
    environment.newManualSubscriber(publisher).requestNextElement(); // it still serves others
    environment.verifyNoAsyncErrors();
  }

  /** In a method of its own, so that no local variable refers to the subscriber. */
  private WeakReference<?> cancelledSubscriberOf(
      Publisher<Integer> publisher, ReferenceQueue<Object> queue) throws InterruptedException {
    var subscriber = environment.newManualSubscriber(publisher);
    subscriber.cancel();
    return new WeakReference<>(subscriber, queue);
  }

  @Override
  @Test
  public void required_spec317_mustSupportAPendingElementCountUpToLongMaxValue() throws Throwable {
    mustSupportDemands(Long.MAX_VALUE);
  }

  @Override
  @Test
  public void required_spec317_mustSupportACumulativePendingElementCountUpToLongMaxValue()
      throws Throwable {
    mustSupportDemands(Long.MAX_VALUE / 2, Long.MAX_VALUE / 2, 1);
  }

  @Override
  @Test
  public void required_spec317_mustNotSignalOnErrorWhenPendingAboveLongMaxValue() throws Throwable {
    mustSupportDemands(Long.MAX_VALUE - 1, Long.MAX_VALUE - 1, Long.MAX_VALUE);
  }

  private void mustSupportDemands(long... demands) throws Throwable {
    var subscriber = subscribed();
    for (long demand : demands) {
      subscriber.request(demand);
    }
    subscriber.nextElement();
    subscriber.expectCompletion();
    environment.verifyNoAsyncErrors();
  }

  private ManualSubscriber<Integer> subscribed() throws InterruptedException {
    return environment.newManualSubscriber(createPublisher(1));
  }
}
