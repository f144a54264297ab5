/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import java.util.ArrayList;
import java.util.List;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.Test;

/**
 * Two producers and the owner of an {@link Inbox}: whatever the interleaving, each answer is one
 * that a queue without concurrency gives in some order. {@code -Dlincheck.scenarios=1000} tries
 * more of them.
 */
public class InboxLincheckTest {
  private static final String OWNER = "owner";

  private final Inbox inbox = new Inbox();

  /** The owner asks nothing of an inbox that it has ended. Owner only. */
  private boolean ended;

  /** A task that is known by its number. */
  private static final class Numbered extends LoopTask {
    final int number;

    Numbered(int number) {
      this.number = number;
    }

    @Override
    protected void runSlice(LoopThread thread) {
      throw new IllegalStateException("only lies in an inbox");
    }
  }

  @Operation
  public Inbox.Pushed push(int number) {
    return inbox.push(new Numbered(number));
  }

  @Operation
  public boolean isEmpty() {
    return inbox.isEmpty();
  }

  @Operation
  public boolean isClosed() {
    return inbox.isClosed();
  }

  @Operation(nonParallelGroup = OWNER)
  public List<Integer> takeAll() {
    return ended ? List.of() : numbers(inbox.takeAll());
  }

  @Operation(nonParallelGroup = OWNER)
  public boolean tryPark() {
    return !ended && inbox.tryPark();
  }

  @Operation(nonParallelGroup = OWNER)
  public boolean isParked() {
    return inbox.isParked();
  }

  /** Awake: a loop takes what is there before it ends. */
  @Operation(nonParallelGroup = OWNER)
  public boolean tryClose() {
    boolean closes = !ended && inbox.tryClose();
    ended |= closes;
    return closes;
  }

  @Operation(nonParallelGroup = OWNER)
  public List<Integer> close() {
    if (ended) {
      return List.of();
    }
    ended = true;
    return numbers(inbox.close());
  }

  private static List<Integer> numbers(LoopTask oldest) {
    List<Integer> numbers = new ArrayList<>();
    for (LoopTask task = oldest; task != null; task = task.next) {
      numbers.add(((Numbered) task).number);
    }
    return numbers;
  }

  /** The same without concurrency. */
  public static final class Specification {
    private final List<Integer> inside = new ArrayList<>();
    private boolean parked;
    private boolean closed;

    public Inbox.Pushed push(int number) {
      if (closed) {
        return Inbox.Pushed.REFUSED;
      }
      inside.add(number);
      boolean wakes = parked;
      parked = false;
      return wakes ? Inbox.Pushed.QUEUED_AND_OWNER_SLEEPS : Inbox.Pushed.QUEUED;
    }

    public boolean isEmpty() {
      return inside.isEmpty();
    }

    public boolean isClosed() {
      return closed;
    }

    public List<Integer> takeAll() {
      List<Integer> taken = List.copyOf(inside);
      inside.clear();
      parked = false;
      return taken;
    }

    public boolean tryPark() {
      if (!inside.isEmpty() || parked || closed) {
        return false;
      }
      parked = true;
      return true;
    }

    public boolean isParked() {
      return parked;
    }

    public boolean tryClose() {
      if (!inside.isEmpty() || parked || closed) {
        return false;
      }
      closed = true;
      return true;
    }

    public List<Integer> close() {
      closed = true;
      return takeAll();
    }
  }

  @Test
  void isAQueueWhoseOwnerIsWokenOnceForEachSleep() {
    new ModelCheckingOptions()
        .iterations(Integer.getInteger("lincheck.scenarios", 25))
        .invocationsPerIteration(100)
        .threads(2)
        .actorsPerThread(2)
        .actorsBefore(3)
        .actorsAfter(2)
        .checkObstructionFreedom(true)
        .sequentialSpecification(Specification.class)
        .check(InboxLincheckTest.class);
  }
}
