/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.stream;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;
import org.openjdk.jcstress.infra.results.ZII_Result;
import org.openjdk.jcstress.infra.results.ZI_Result;

/** The racing pairs of {@link Mailbox}. */
public final class MailboxStressTest {
  private MailboxStressTest() {}

  /** Only hears that it is woken. */
  static final class Ear implements Receiver<Integer> {
    final AtomicInteger woken = new AtomicInteger();

    @Override
    public void wake(MailboxState<Integer> now) {
      woken.set(1);
    }
  }

  /** Waits for room with element 2. */
  static final class Producer extends Waiting<Integer> {
    final AtomicInteger decided = new AtomicInteger();

    @Override
    MailboxState<Integer> into(MailboxState<Integer> state) {
      return state.plus(2);
    }

    @Override
    void decided() {
      decided.incrementAndGet();
    }

    @Override
    void afterwards() {}
  }

  abstract static class Room {
    final Mailbox<Integer> mailbox = Mailbox.bounded(1);
    final Ear ear = new Ear();

    int inside() {
      return mailbox.state().elements().size();
    }
  }

  @JCStressTest
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "inside, and the receiver knows")
  @Outcome(expect = FORBIDDEN, desc = "the receiver sleeps beside the element")
  @State
  public static class OfferVsReceive extends Room {
    @Actor
    public void producer() {
      mailbox.offer(1);
    }

    @Actor
    public void receiver() {
      mailbox.claim(ear);
    }

    @Arbiter
    public void arbiter(II_Result r) {
      r.r1 = inside();
      r.r2 = ear.woken.get();
    }
  }

  @JCStressTest
  @Outcome(id = "1", expect = ACCEPTABLE, desc = "the receiver hears of the end")
  @Outcome(expect = FORBIDDEN, desc = "the receiver waits at a closed mailbox")
  @State
  public static class CloseVsReceive extends Room {
    @Actor
    public void closer() {
      mailbox.close();
    }

    @Actor
    public void receiver() {
      mailbox.claim(ear);
    }

    @Arbiter
    public void arbiter(I_Result r) {
      r.r1 = ear.woken.get();
    }
  }

  @JCStressTest
  @Outcome(id = "true, 1", expect = ACCEPTABLE, desc = "accepted, and still inside")
  @Outcome(id = "false, 0", expect = ACCEPTABLE, desc = "refused, and not inside")
  @Outcome(expect = FORBIDDEN, desc = "accepted and lost, or refused and inside")
  @State
  public static class OfferVsClose extends Room {
    @Actor
    public void producer(ZI_Result r) {
      r.r1 = mailbox.offer(1);
    }

    @Actor
    public void closer() {
      mailbox.close();
    }

    @Arbiter
    public void arbiter(ZI_Result r) {
      r.r2 = inside();
    }
  }

  @JCStressTest
  @Outcome(id = "false, 1, 1", expect = ACCEPTABLE, desc = "sent before the cancellation")
  @Outcome(id = "true, 0, 0", expect = ACCEPTABLE, desc = "given up, and not inside")
  @Outcome(expect = FORBIDDEN, desc = "given up and inside, or neither")
  @State
  public static class SendCancelVsAccept extends Room {
    private final Producer sending = new Producer();

    public SendCancelVsAccept() {
      mailbox.offer(1);
      mailbox.claim(ear);
      mailbox.enqueue(sending);
    }

    @Actor
    public void sender(ZII_Result r) {
      r.r1 = sending.leave();
    }

    @Actor
    public void receiver() {
      mailbox.take(ear, true);
    }

    @Arbiter
    public void arbiter(ZII_Result r) {
      r.r2 = sending.decided.get();
      r.r3 = inside();
    }
  }

  /** Whoever comes by goes on with what another has begun. */
  @JCStressTest
  @Outcome(id = "1, 1, 0", expect = ACCEPTABLE, desc = "sent, and inside; nobody waits")
  @Outcome(id = "1, 0, 0", expect = ACCEPTABLE, desc = "turned away once; nobody waits")
  @Outcome(expect = FORBIDDEN, desc = "decided twice or never, or left in the queue")
  @State
  public static class AcceptVsClose extends Room {
    private final Producer sending = new Producer();

    public AcceptVsClose() {
      mailbox.offer(1);
      mailbox.claim(ear);
      mailbox.enqueue(sending);
    }

    @Actor
    public void receiver() {
      mailbox.take(ear, true);
    }

    @Actor
    public void closer() {
      mailbox.close();
    }

    @Arbiter
    public void arbiter(III_Result r) {
      r.r1 = sending.decided.get();
      r.r2 = inside();
      r.r3 = mailbox.state().waiting().size();
    }
  }

  @JCStressTest
  @Outcome(id = "true, 1", expect = ACCEPTABLE, desc = "the element is there for the next receiver")
  @Outcome(expect = FORBIDDEN, desc = "a cancelled receive has taken an element")
  @State
  public static class ReceiveCancelVsOffer extends Room {
    public ReceiveCancelVsOffer() {
      mailbox.claim(ear);
    }

    @Actor
    public void receiver(ZI_Result r) {
      r.r1 = mailbox.give(ear);
    }

    @Actor
    public void producer() {
      mailbox.offer(1);
    }

    @Arbiter
    public void arbiter(ZI_Result r) {
      r.r2 = inside();
    }
  }
}
