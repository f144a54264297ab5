/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static java.time.Duration.ofMillis;

import dev.picot.SimulatedRun.Life;
import dev.picot.stream.Mailbox;
import dev.picot.stream.MailboxClosedException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A mailbox between two children, one that offers or sends and one that receives, and what became
 * of each element. Others offer and close from outside.
 */
final class SimulatedMailbox {
  /** One element, and what happened to it. */
  private static final class Element {
    final Object producer;
    final int number;
    boolean inside;
    int received;
    int undelivered;

    Element(Object producer, int number) {
      this.producer = producer;
      this.number = number;
    }

    @Override
    public String toString() {
      return "element " + number + " of " + producer;
    }
  }

  private static final int POLICIES = 3;
  private static final int ONE_IN = 4;

  private final SimulatedRun run;
  private final int label;
  private final boolean isBounded;
  private final Mailbox<Element> mailbox;
  private final List<Element> elements = new ArrayList<>();
  private final List<Element> received = new ArrayList<>();
  private boolean closed;

  /**
   * An open mailbox.
   *
   * @param run whose seed decides
   * @param label of the part of the program; says which policy
   */
  SimulatedMailbox(SimulatedRun run, int label) {
    this.run = run;
    this.label = label;
    this.isBounded = label % POLICIES == 0;
    this.mailbox =
        isBounded
            ? Mailbox.bounded(1)
            : label % POLICIES == 1 ? Mailbox.dropOldest(2) : Mailbox.latest();
    mailbox.onUndelivered(
        element -> {
          run.simulator.note("undelivered: " + element);
          element.undelivered++;
        });
  }

  /** In a slice: others take part. */
  void open() {
    run.simulator.pause();
    for (int i = run.simulator.choose(ONE_IN); i > 1; i--) {
      Element element = made("outside", i);
      later(() -> offer(element));
    }
    switch (run.simulator.choose(2 * ONE_IN)) {
      case 0 -> later(this::close);
      case 1 -> later(this::closeNow);
      default -> {}
    }
  }

  private void later(Runnable action) {
    run.simulator.outside(TimeUnit.MILLISECONDS.toNanos(run.simulator.choose(4)), action);
  }

  private Element made(Object producer, int number) {
    Element made = new Element(producer, number);
    elements.add(made);
    return made;
  }

  private boolean offer(Element element) {
    element.inside = mailbox.offer(element);
    run.simulator.note("offered: " + element + " " + element.inside);
    run.check(element.inside || closed || isBounded, "refused: " + element);
    return element.inside;
  }

  private void close() {
    run.simulator.note("a mailbox is closed");
    closed = true;
    mailbox.close();
  }

  private void closeNow() {
    run.simulator.note("a mailbox is closed now");
    closed = true;
    mailbox.closeNow();
  }

  /** Gives one element after the other, each after a part. */
  Task<Object> produce(Life life, int count, Task<Object> before) {
    AtomicInteger made = new AtomicInteger();
    return Task.forLoop(
            0,
            count,
            i ->
                before.then(
                    Task.<Object>defer(
                        () -> {
                          Element element = made(life.program.label(), made.getAndIncrement());
                          return run.simulator.choose(2) == 0
                              ? Task.call(() -> offered(life, element))
                              : sent(life, element);
                        })))
        .map(done -> (Object) label)
        .doFinally(outcome -> close());
  }

  private Object offered(Life life, Element element) {
    offer(element);
    return run.stepped(life, "put " + label);
  }

  private Task<Object> sent(Life life, Element element) {
    return mailbox
        .send(element)
        .map(
            done -> {
              element.inside = true;
              return run.stepped(life, "put " + label);
            })
        .onErrorResume(
            MailboxClosedException.class,
            e -> {
              run.check(closed, "not closed: " + e);
              return Task.value(run.stepped(life, "put " + label));
            });
  }

  /** Receives one element after the other, each with a part after it, until the end. */
  Task<Object> consume(Life life, int limitMillis, Task<Object> after) {
    Task<Object> body =
        label % 2 == 0
            ? mailbox.forEach(element -> got(life, element, after)).map(done -> label)
            : Task.whileLoop(() -> true, () -> receive(life, limitMillis, after))
                .map(done -> (Object) label)
                .onErrorResume(MailboxClosedException.class, e -> Task.value(label));
    return body.map(
        done -> {
          run.check(closed, "an end of what is not closed");
          return run.stepped(life, "end " + label);
        });
  }

  private Task<Object> receive(Life life, int limitMillis, Task<Object> after) {
    return limitMillis == 0
        ? mailbox.receive().flatMap(element -> got(life, element, after))
        : mailbox
            .receive(ofMillis(limitMillis))
            .flatMap(
                element ->
                    element.isPresent()
                        ? got(life, element.get(), after)
                        : Task.value(run.stepped(life, "late " + label)));
  }

  private Task<Object> got(Life life, Element element, Task<Object> after) {
    element.received++;
    received.add(element);
    run.simulator.note("received: " + element);
    run.step(life, "got " + label);
    return after;
  }

  /** When nobody uses it any more: where is each element? */
  void audit() {
    mailbox.closeNow();
    for (Element element : elements) {
      int found = element.received + element.undelivered;
      run.check(
          found == 1 || (found == 0 && !element.inside),
          element
              + " was received "
              + element.received
              + " times, undelivered "
              + element.undelivered
              + " times");
    }
    int last = -1;
    for (Element element : received) {
      if (!element.producer.equals("outside")) {
        run.check(element.number > last, element + " came after number " + last);
        last = element.number;
      }
    }
  }
}
