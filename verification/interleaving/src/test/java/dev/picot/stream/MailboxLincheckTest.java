/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.stream;

import java.util.ArrayDeque;
import java.util.Objects;
import java.util.Queue;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.Test;

/**
 * Two who send and one who receives, while anybody offers and closes: whatever the interleaving of
 * a {@link Mailbox}, each answer is one that a queue without concurrency gives in some order.
 * {@code -Dlincheck.scenarios=1000} tries more of them.
 *
 * <p>There is room for one element. With more room an {@code offer} may be refused for the sake of
 * a {@code send} that has begun and is not inside yet, as its Javadoc says.
 */
public class MailboxLincheckTest {
  private static final String FIRST = "the first who sends";
  private static final String SECOND = "the second who sends";
  private static final String RECEIVER = "receiver";

  private final Mailbox<Integer> mailbox = Mailbox.bounded(1);
  private final Sender first = new Sender();
  private final Sender second = new Sender();

  /** What has become of an element. */
  public enum Fate {
    NONE,
    INSIDE,

    /** Given up by who sent it, or turned away by a closed mailbox. */
    UNDELIVERED
  }

  /** Sends one element after the other, as {@link Send} does. */
  private final class Sender {
    private Fate fate = Fate.NONE;
    private Waiting<Integer> waiting;

    void send(int element) {
      if (fate == Fate.NONE && waiting == null) {
        if (mailbox.put(element, false)) {
          fate = Fate.INSIDE;
        } else {
          waiting = new Producer(element);
          mailbox.enqueue(waiting);
        }
      }
    }

    Fate giveUp() {
      Fate now = waiting == null ? fate : fateOf(waiting);
      waiting = null;
      fate = Fate.NONE;
      return now;
    }

    private Fate fateOf(Waiting<Integer> it) {
      return !it.leave() && it.isAdmitted() ? Fate.INSIDE : Fate.UNDELIVERED;
    }
  }

  private static final class Producer extends Waiting<Integer> {
    private final int element;

    Producer(int element) {
      this.element = element;
    }

    @Override
    MailboxState<Integer> into(MailboxState<Integer> state) {
      return state.plus(element);
    }

    @Override
    void decided() {}

    @Override
    void afterwards() {}
  }

  /** Hears whether there is something to receive. */
  private static final class Ear implements Receiver<Integer> {
    private volatile boolean woken;

    @Override
    public void wake(MailboxState<Integer> now) {
      woken = true;
    }
  }

  @Operation
  public boolean offer(int element) {
    return mailbox.offer(element);
  }

  @Operation
  public void close() {
    mailbox.close();
  }

  @Operation(nonParallelGroup = FIRST)
  public void sendFirst(int element) {
    first.send(element);
  }

  @Operation(nonParallelGroup = FIRST)
  public Fate giveUpFirst() {
    return first.giveUp();
  }

  @Operation(nonParallelGroup = SECOND)
  public void sendSecond(int element) {
    second.send(element);
  }

  @Operation(nonParallelGroup = SECOND)
  public Fate giveUpSecond() {
    return second.giveUp();
  }

  /**
   * A receive that waits for the end of a closed mailbox only, which may be held up by somebody who
   * is about to be turned away.
   */
  @Operation(nonParallelGroup = RECEIVER)
  public String receive() {
    boolean closed;
    do {
      Ear ear = new Ear();
      closed = mailbox.state().isClosed();
      mailbox.claim(ear);
      if (ear.woken) {
        Integer element = mailbox.take(ear, false);
        return element == null && mailbox.give(ear) ? "the end" : String.valueOf(element);
      }
      mailbox.give(ear);
    } while (closed);
    return "nothing";
  }

  @Operation(nonParallelGroup = RECEIVER)
  public void closeNow() {
    mailbox.closeNow();
  }

  /** The same without concurrency. */
  public static final class Specification {
    private final Queue<Integer> inside = new ArrayDeque<>();
    private final Queue<Slot> waiting = new ArrayDeque<>();
    private final Slot first = new Slot();
    private final Slot second = new Slot();
    private boolean closed;

    private static final class Slot {
      Fate fate = Fate.NONE;
      int element;
      boolean waits;
    }

    public boolean offer(int element) {
      return !closed && waiting.isEmpty() && inside.isEmpty() && inside.add(element);
    }

    public void close() {
      closed = true;
      for (Slot slot = waiting.poll(); slot != null; slot = waiting.poll()) {
        decide(slot, Fate.UNDELIVERED);
      }
    }

    public void sendFirst(int element) {
      send(first, element);
    }

    public void sendSecond(int element) {
      send(second, element);
    }

    private void send(Slot slot, int element) {
      if (slot.fate != Fate.NONE || slot.waits) {
        return;
      }
      slot.element = element;
      slot.waits = true;
      waiting.add(slot);
      if (closed) {
        close();
      } else {
        letIn();
      }
    }

    public Fate giveUpFirst() {
      return giveUp(first);
    }

    public Fate giveUpSecond() {
      return giveUp(second);
    }

    private Fate giveUp(Slot slot) {
      if (slot.waits) {
        waiting.remove(slot);
        decide(slot, Fate.UNDELIVERED);
      }
      Fate fate = slot.fate;
      slot.fate = Fate.NONE;
      return fate;
    }

    public String receive() {
      Integer element = inside.poll();
      letIn();
      return element != null ? element.toString() : closed ? "the end" : "nothing";
    }

    public void closeNow() {
      close();
      inside.clear();
    }

    private void letIn() {
      if (inside.isEmpty() && !waiting.isEmpty()) {
        Slot slot = Objects.requireNonNull(waiting.poll());
        inside.add(slot.element);
        decide(slot, Fate.INSIDE);
      }
    }

    private static void decide(Slot slot, Fate fate) {
      slot.waits = false;
      slot.fate = fate;
    }
  }

  @Test
  void isABoundedQueueThatServesThoseWhoWaitInTurn() {
    new ModelCheckingOptions()
        .iterations(Integer.getInteger("lincheck.scenarios", 25))
        .invocationsPerIteration(100)
        .threads(2)
        .actorsPerThread(2)
        .actorsBefore(3)
        .actorsAfter(2)
        .checkObstructionFreedom(true)
        .sequentialSpecification(Specification.class)
        .check(MailboxLincheckTest.class);
  }
}
