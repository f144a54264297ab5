/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.r2dbc;

import dev.picot.internal.Nanos;
import dev.picot.internal.StackRoom;
import dev.picot.loop.Loop;
import io.r2dbc.spi.Connection;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Connections that are kept open, and the callers that wait for one, first come first served.
 *
 * <p>Any thread calls it, also a slice that may be taken over at any store; nobody waits for
 * anybody.
 */
// Over 250 lines: one structure, and all that happens to it one at a time.
final class Pool {
  /*
   * One thread at a time works on the plain fields: whoever has raised `turns` from 0. Others leave
   * their event in the queue and raise it further; the worker goes on until it is back at 0. Work is
   * short and calls nothing foreign: what has to be called is collected, and done after the turn by
   * the thread that has collected it.
   *
   * States of a slot                                       counted in
   *   opening   a Connecting                                `connecting`
   *   idle      nobody has it                               `idle`
   *   lent      an Acquire or a Lease has it                `lent`
   *   closing   being closed, in the background             `closing`
   * Transitions
   *   -> opening         a caller waits, or minSize       takes one of the budget
   *   opening -> idle    connected
   *   opening -> -       notConnected                     one back to the budget; fails a caller
   *   idle -> lent       lend, to the caller that waits longest
   *   lent -> idle       cameBack, takeBack
   *   lent -> closing    cameBack of what is doomed, too old or too many; isBad
   *   idle -> closing    too old, too long idle, too many, close
   *   closing -> -       isClosed                         one back to the budget
   * States of the pool
   *   OPEN      lends
   *   RETIRED   its loop is leaving: sends callers elsewhere, as one does that may have nothing,
   *             and closes what is idle and what comes back
   *   CLOSED    the same, but fails callers; `done` completes when nothing is left
   * Invariants
   *   1. connecting + idle + lent + closing <= maxSize, but for a while after maxSize has shrunk.
   *   2. The sum of that over all pools <= the total of the budget.
   *   3. A caller is in the queue of one pool at most, and only while it was WAITING.
   *   4. While callers wait, either nothing is idle or the turn has not ended.
   */
  private enum State {
    OPEN,
    RETIRED,
    CLOSED
  }

  /** Connections that no caller waits for are not opened so soon after one could not be. */
  private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(1);

  private static final long NEVER = Long.MAX_VALUE;

  /** So many bad connections are discarded within each other, before the stack is left. */
  private static final int BAD_PER_STACK = 32;

  private final String name;
  private final Setup setup;
  private final PoolOptions options;
  private final Pools pools;
  private final Budget budget;
  private final Loop loop;
  private final CompletableFuture<Void> done = new CompletableFuture<>();

  /** 0 if nobody works on the fields below; else the events that are queued or at work. */
  private final AtomicInteger turns = new AtomicInteger();

  private final Queue<Runnable> events = new ConcurrentLinkedQueue<>();

  // Owner of all these: whose turn it is.

  private final ArrayDeque<Slot> idle = new ArrayDeque<>();
  private final ArrayDeque<Connecting> connecting = new ArrayDeque<>();
  private int lent;
  private int closing;
  private @Nullable Acquire first;
  private @Nullable Acquire last;
  private int waiting;
  private int maxSize;
  private int minSize;
  private State state = State.OPEN;

  /** Whether minSize counts: from the first caller on. */
  private boolean isInUse;

  /** Until then no connection is opened without a caller. */
  private long retryAt = NEVER;

  /** The next alarm that was set; {@link #NEVER} if none was. */
  private long alarmAt = NEVER;

  private @Nullable Throwable connectError;

  /** What is to be called after the turn; null if nothing. */
  private @Nullable List<Runnable> calls;

  // Written at the end of each turn, for those who look from outside.

  private final AtomicInteger lentNow = new AtomicInteger();
  private final AtomicInteger idleNow = new AtomicInteger();
  private final AtomicInteger waitingNow = new AtomicInteger();
  private final AtomicInteger connectingNow = new AtomicInteger();
  private final AtomicInteger maxSizeNow = new AtomicInteger();
  private final AtomicInteger minSizeNow = new AtomicInteger();
  private final AtomicLong acquires = new AtomicLong();
  private final AtomicLong timeouts = new AtomicLong();

  Pool(String name, Setup setup, Pools pools, Loop loop, int maxSize, int minSize) {
    this.name = name;
    this.setup = setup;
    this.options = setup.options();
    this.pools = pools;
    this.budget = pools.budget();
    this.loop = loop;
    this.maxSize = maxSize;
    this.minSize = minSize;
    publish();
  }

  String name() {
    return name;
  }

  Setup setup() {
    return setup;
  }

  /** Whose timers it uses; of a pool per loop: where its connections are made. */
  Loop loop() {
    return loop;
  }

  Loop placeOfConnecting() {
    return setup.placement() == Placement.PER_LOOP ? loop : setup.group().choose();
  }

  /** How many it may have, as of the last turn. */
  int maxSize() {
    return maxSizeNow.get();
  }

  /** How many it keeps open, as of the last turn. */
  int minSize() {
    return minSizeNow.get();
  }

  /** How many wait and how many are lent, as of the last turn: less is better. */
  long pressure() {
    return ((long) waitingNow.get() << 32) + ((long) lentNow.get() << 10) / Math.max(1, maxSize());
  }

  PoolStats.Pool stats() {
    return new PoolStats.Pool(
        name,
        maxSize(),
        lentNow.get(),
        idleNow.get(),
        waitingNow.get(),
        connectingNow.get(),
        acquires.get(),
        timeouts.get());
  }

  /** Completes when the pool was closed and nothing is left of it. */
  CompletableFuture<Void> done() {
    return done;
  }

  // Events, from any thread

  void acquire(Acquire caller) {
    caller.pool = this;
    StackRoom.claim();
    if (!turns.compareAndSet(0, 1)) {
      leaveToOthers(() -> admit(caller));
      return;
    }
    long now = loop.now();
    Slot slot = first == null && state == State.OPEN ? takeIdle(now) : null;
    if (slot == null) {
      admit(caller);
    } else if (caller.claim()) {
      countLent(1);
    } else {
      idle.addLast(slot);
      slot = null;
    }
    endTurn();
    if (slot != null) {
      handOver(slot, caller, now);
    }
  }

  /** A caller that has waited here does not want to any more. */
  void forget(Acquire caller) {
    happened(() -> remove(caller));
  }

  /** A lease has ended. */
  void giveBack(Slot slot) {
    happened(slot);
  }

  /** A slot was lent to a caller that has gone. */
  void takeBack(Slot slot) {
    happened(
        () -> {
          acquires.lazySet(acquires.get() - 1);
          cameBack(slot);
        });
  }

  void connected(Connecting opened, Connection connection, @Nullable Lane lane) {
    Slot slot = new Slot(this, connection, lane, loop.now());
    pools.landed(this);
    happened(
        () -> {
          connecting.remove(opened);
          connectError = null;
          settle(slot);
        });
  }

  void notConnected(Connecting failed, Throwable error) {
    happened(
        () -> {
          connecting.remove(failed);
          connectError = error;
          returnPermit();
          Acquire caller = state == State.OPEN ? takeFirst() : null;
          if (caller != null) {
            call(() -> caller.fail(error));
          }
          if (state == State.OPEN) {
            retryAt = loop.now() + RETRY_NANOS;
            wakeAt(retryAt);
          }
          serve();
        });
  }

  /** Something may be possible now that was not before. */
  void poke() {
    happened(this::serve);
  }

  void resize(int max, int min) {
    happened(
        () -> {
          maxSize = max;
          minSize = min;
          while (size() - closing > maxSize && !idle.isEmpty()) {
            discard(idle.pollFirst());
          }
          if (max == 0) {
            sendCallersElsewhere();
          }
          serve();
        });
  }

  /** Its loop is leaving. */
  void retire() {
    happened(
        () -> {
          if (state == State.OPEN) {
            state = State.RETIRED;
            maxSize = 0;
            minSize = 0;
            sendCallersElsewhere();
            discardAll();
            tellIfEmpty();
          }
        });
  }

  void close() {
    happened(
        () -> {
          state = State.CLOSED;
          maxSize = 0;
          minSize = 0;
          for (Acquire caller = takeFirst(); caller != null; caller = takeFirst()) {
            Acquire refused = caller;
            call(() -> refused.fail(new PoolClosedException(name)));
          }
          discardAll();
          tellIfEmpty();
        });
  }

  // Turns

  private void happened(Runnable event) {
    StackRoom.claim();
    if (turns.compareAndSet(0, 1)) {
      event.run();
      endTurn();
    } else {
      leaveToOthers(event);
    }
  }

  private void leaveToOthers(Runnable event) {
    events.add(event);
    if (turns.getAndIncrement() == 0) {
      endTurn();
    }
  }

  /** Works off what has happened meanwhile, then does what was collected. */
  private void endTurn() {
    List<Runnable> collected = null;
    int seen;
    do {
      seen = turns.get();
      for (Runnable event = events.poll(); event != null; event = events.poll()) {
        event.run();
      }
      publish();
      if (collected == null) {
        collected = calls;
      } else if (calls != null) {
        collected.addAll(calls);
      }
      calls = null;
    } while (turns.addAndGet(-seen) != 0);
    if (collected != null) {
      runAll(collected);
    }
  }

  /** All of them, whatever a driver or a caller throws: each is somebody's connection. */
  private void runAll(List<Runnable> actions) {
    Error serious = null;
    for (Runnable action : actions) {
      try {
        action.run();
      } catch (RuntimeException e) {
        setup()
            .log(
                System.Logger.Level.WARNING,
                "The driver of pool '" + name + "', or a caller, has thrown",
                e);
      } catch (Error e) {
        serious = e;
      }
    }
    if (serious != null) {
      throw serious;
    }
  }

  private void publish() {
    lentNow.lazySet(lent);
    idleNow.lazySet(idle.size());
    waitingNow.lazySet(waiting);
    connectingNow.lazySet(connecting.size());
    maxSizeNow.lazySet(maxSize);
    minSizeNow.lazySet(minSize);
  }

  private void call(Runnable action) {
    if (calls == null) {
      calls = new ArrayList<>();
    }
    calls.add(action);
  }

  // Within a turn

  private int size() {
    return connecting.size() + idle.size() + lent + closing;
  }

  private void countLent(int more) {
    lent += more;
    acquires.lazySet(acquires.get() + more);
  }

  private void sendCallersElsewhere() {
    for (Acquire caller = first; caller != null; caller = first) {
      remove(caller);
      Acquire moved = caller;
      call(() -> pools.again(moved));
    }
  }

  private void admit(Acquire caller) {
    if (state == State.RETIRED || (state == State.OPEN && maxSize == 0)) {
      call(() -> pools.again(caller));
    } else if (state == State.CLOSED) {
      refuse(caller, new PoolClosedException(name));
    } else {
      isInUse = true;
      append(caller);
      serve();
      if (caller.isQueued && waiting > options.maxWaiting() + connecting.size()) {
        remove(caller);
        refuse(caller, new AcquireRefusedException(name, waiting, options.maxWaiting()));
      }
    }
  }

  private void refuse(Acquire caller, Throwable reason) {
    if (caller.claim()) {
      call(() -> caller.fail(reason));
    }
  }

  /** Lends what is idle, and opens what is missing. */
  private void serve() {
    long now = loop.now();
    while (first != null && !idle.isEmpty()) {
      Slot slot = takeIdle(now);
      if (slot != null) {
        Acquire caller = takeFirst();
        if (caller == null) {
          idle.addLast(slot);
        } else {
          countLent(1);
          call(() -> handOver(slot, caller, now));
        }
      }
    }
    while (isShort(now) && size() < maxSize && budget.take()) {
      open(now);
    }
  }

  private boolean isShort(long now) {
    return state == State.OPEN
        && (connecting.size() < waiting
            || (isInUse && size() - closing < minSize && (retryAt == NEVER || now >= retryAt)));
  }

  private void open(long now) {
    long limit = now + Nanos.of(options.connectTimeout());
    Connecting opening = new Connecting(this, limit);
    connecting.addLast(opening);
    wakeAt(limit);
    call(opening::start);
  }

  /** The one that was used last; null if none is left that may be used. */
  private @Nullable Slot takeIdle(long now) {
    for (Slot slot = idle.pollLast(); slot != null; slot = idle.pollLast()) {
      if (!slot.isTooOld(now)) {
        return slot;
      }
      discard(slot);
    }
    return null;
  }

  /** After a turn: to the caller, if the connection can be used. */
  private void handOver(Slot slot, Acquire caller, long now) {
    if (now - slot.idleSince < Nanos.of(options.validateAfter())) {
      caller.give(slot);
    } else {
      slot.validate(
          isGood -> {
            if (isGood) {
              caller.give(slot);
            } else {
              tryAnother(slot, caller);
            }
          });
    }
  }

  /** The next one may be bad, too, and so on: now and then that goes on from a fresh stack. */
  private void tryAnother(Slot bad, Acquire caller) {
    Runnable event = () -> happened(() -> isBad(bad, caller));
    caller.bad++;
    if (caller.bad % BAD_PER_STACK != 0 || !Alarm.set(loop, loop.now(), event)) {
      event.run();
    }
  }

  private void isBad(Slot slot, Acquire caller) {
    countLent(-1);
    discard(slot);
    if (caller.unclaim()) {
      if (state == State.OPEN && maxSize > 0) {
        prepend(caller);
        failLateCallers(loop.now()); // before another one is looked at for just as long
      } else {
        admit(caller);
      }
    }
    serve();
  }

  /** A lent slot has come back. */
  void cameBack(Slot slot) {
    lent--;
    settle(slot);
  }

  private void settle(Slot slot) {
    long now = loop.now();
    if (slot.doomed || state != State.OPEN || size() >= maxSize || slot.isTooOld(now)) {
      discard(slot);
    } else {
      slot.idleSince = now;
      idle.addLast(slot);
      if (!options.maxIdle().isZero()) {
        wakeAt(now + Nanos.of(options.maxIdle()));
      }
      wakeAt(slot.expiresAt);
    }
    serve();
  }

  private void discardAll() {
    for (Slot slot = idle.pollFirst(); slot != null; slot = idle.pollFirst()) {
      discard(slot);
    }
    for (Connecting opening : connecting) {
      call(() -> opening.abandon(false));
    }
  }

  private void discard(Slot slot) {
    closing++;
    call(() -> slot.close(() -> happened(this::isClosed)));
  }

  private void isClosed() {
    closing--;
    returnPermit();
    serve();
  }

  /** One connection less. */
  private void returnPermit() {
    if (budget.giveBack()) {
      call(pools::poke);
    }
    tellIfEmpty();
  }

  private void tellIfEmpty() {
    if (size() > 0) {
      return;
    }
    if (state == State.CLOSED) {
      call(() -> done.complete(null));
    } else if (state == State.RETIRED) {
      call(() -> pools.gone(this));
    }
  }

  // The queue of callers

  private void append(Acquire caller) {
    if (!caller.isWaiting()) {
      return;
    }
    Acquire tail = last;
    caller.before = tail;
    if (tail == null) {
      first = caller;
    } else {
      tail.after = caller;
    }
    last = caller;
    joined(caller);
  }

  private void prepend(Acquire caller) {
    Acquire head = first;
    caller.after = head;
    if (head == null) {
      last = caller;
    } else {
      head.before = caller;
    }
    first = caller;
    joined(caller);
  }

  private void joined(Acquire caller) {
    caller.isQueued = true;
    waiting++;
    wakeAt(caller.waitsUntil);
  }

  private void remove(Acquire caller) {
    if (caller.pool != this || !caller.isQueued) { // in this order
      return;
    }
    Acquire previous = caller.before;
    Acquire next = caller.after;
    if (previous == null) {
      first = next;
    } else {
      previous.after = next;
    }
    if (next == null) {
      last = previous;
    } else {
      next.before = previous;
    }
    caller.before = null;
    caller.after = null;
    caller.isQueued = false;
    waiting--;
  }

  /** Claims the caller that waits longest; null if nobody waits. */
  private @Nullable Acquire takeFirst() {
    for (Acquire caller = first; caller != null; caller = first) {
      remove(caller);
      if (caller.claim()) {
        return caller;
      }
    }
    return null;
  }

  // Time

  /** Looks again at a time; later if nothing is left to look at then. */
  private void wakeAt(long at) {
    if (at < alarmAt) {
      alarmAt = at;
      call(() -> Alarm.set(loop, at, () -> happened(() -> alarmRang(at))));
    }
  }

  private void alarmRang(long at) {
    if (at == alarmAt) {
      alarmAt = NEVER;
    }
    long now = loop.now();
    failLateCallers(now);
    for (Connecting opening : connecting) {
      if (now - opening.givenUpAt >= 0) {
        call(() -> opening.abandon(true));
      } else {
        wakeAt(opening.givenUpAt);
        break;
      }
    }
    if (retryAt != NEVER && now >= retryAt) {
      retryAt = NEVER;
    }
    closeOldOnes(now);
    serve();
  }

  private void failLateCallers(long now) {
    while (first != null && now - first.waitsUntil >= 0) {
      Acquire late = first;
      remove(late);
      if (late.claim()) {
        timeouts.lazySet(timeouts.get() + 1);
        publish();
        Throwable reason =
            new AcquireTimeoutException(options.acquireTimeout(), stats(), connectError);
        call(() -> late.fail(reason));
      }
    }
    if (first != null) {
      wakeAt(first.waitsUntil);
    }
  }

  private void closeOldOnes(long now) {
    Duration maxIdle = options.maxIdle();
    long longest = Nanos.of(maxIdle);
    int seen = idle.size();
    for (int i = 0; i < seen; i++) { // all of them, in their order
      Slot slot = idle.removeFirst();
      boolean isSpare = size() - closing >= minSize; // without this one, which is in no list now
      if (slot.isTooOld(now) || (isSpare && !maxIdle.isZero() && now - slot.idleSince >= longest)) {
        discard(slot);
      } else {
        idle.addLast(slot);
        wakeAt(slot.expiresAt);
        if (isSpare && !maxIdle.isZero()) {
          wakeAt(slot.idleSince + longest);
        }
      }
    }
  }
}
