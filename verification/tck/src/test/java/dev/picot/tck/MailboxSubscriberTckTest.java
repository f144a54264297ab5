/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.tck;

import dev.picot.stream.Mailbox;
import org.reactivestreams.Subscriber;
import org.reactivestreams.tck.SubscriberBlackboxVerification;
import org.reactivestreams.tck.TestEnvironment;

/**
 * {@code Mailbox.asSubscriber}, as a black box: the white-box tests want to decide when it requests
 * how much, which the room in its mailbox decides. Those that the TCK skips, all named {@code
 * untested_}, can be verified for no subscriber.
 */
public class MailboxSubscriberTckTest extends SubscriberBlackboxVerification<Integer> {
  private static final long TIMEOUT_MILLIS = 2_000;
  private static final long NO_SIGNAL_MILLIS = 1_000;
  private static final int CAPACITY = 64;

  public MailboxSubscriberTckTest() {
    super(new TestEnvironment(TIMEOUT_MILLIS, NO_SIGNAL_MILLIS));
  }

  @Override
  public Subscriber<Integer> createSubscriber() {
    return Mailbox.<Integer>bounded(CAPACITY).asSubscriber();
  }

  @Override
  public Integer createElement(int element) {
    return element;
  }
}
