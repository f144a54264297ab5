/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import dev.picot.internal.Text;
import dev.picot.loop.Report.Event;
import dev.picot.loop.Report.Subject;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Finds out what an incident is about and hands the report to the log and to the listener of the
 * scheduler. Aux thread only.
 */
// Over 250 lines: the words of all reports, beside each other.
final class Reporter {
  /*
   * What is reported
   *   A stall is announced once, as STALL or TAKEOVER or both, under one number, and its end is told
   *   if its beginning was: to the listener and, unless the rate limit kept the beginning out of it,
   *   in the log. A stall of a step that gets no processor time is nobody's fault and is announced
   *   only if its loop was taken over.
   */
  private static final int MOST_HOPS = 16;
  private static final String REMEDY =
      "\n  do: move blocking calls to Task.blocking(...) or CallbackMono.blocking(...), and split"
          + " long work into steps";

  private final Housekeeping housekeeping;
  private final Stacks stacks = new Stacks();

  Reporter(Housekeeping housekeeping) {
    this.housekeeping = housekeeping;
  }

  void stallSeen(Stall stall) {
    announce(Event.STALL, stall, () -> "nothing yet");
  }

  void takenOver(Stall stall) {
    LoopGroup group = stall.loop().group();
    announce(
        Event.TAKEOVER,
        stall,
        () ->
            Text.format(
                "another thread carries on with the loop; %d of at most %d detached%s",
                group.detached(), group.limits().maxDetached(), sameCause(stall)));
    if (group.limits().interrupt()) {
      interrupt(stall);
    }
  }

  private void announce(Event event, Stall stall, Supplier<String> effect) {
    Thread thread = stall.thread();
    Thread.State state = thread.getState();
    StackTraceElement[] stack = thread.getStackTrace();
    Verdict verdict = Verdict.of(state, stack, stall.runnableNanos(), stall.cpuNanos());
    boolean over = event == Event.STALL && verdict == Verdict.UNKNOWN;
    if (over || (event == Event.STALL && verdict == Verdict.STARVED)) {
      return;
    }
    Subject subject = stall.subject;
    if (subject == null) {
      subject = Subject.of(stall.task());
      stall.subject = subject;
    }
    stall.verdict = verdict;
    stall.announced = true;
    stall.logged = housekeeping.mayLog();
    List<StackTraceElement> folded = Stacks.fold(stack);
    Loop loop = stall.loop();
    StringBuilder text = new StringBuilder();
    if (stall.logged) {
      text.append(head(stall.number(), event, loop.group(), loop.name()))
          .append(
              Text.format(
                  "\n  %s has held the loop for %d ms and %s%s\n  effect: %s",
                  subject.step(), stall.millis(), verdict.text(), lock(thread), effect.get()))
          .append(REMEDY)
          .append(stacks.show(folded, stall.number()));
    }
    publish(loop.group(), report(event, stall, subject, folded, text.toString()), stall.logged);
  }

  /** The step has returned, or the slice has ended before its loop was taken over. */
  void stallEnded(Stall stall) {
    close(
        Event.RETURNED,
        stall,
        stall.hasFailed() ? "has returned too late, and its result was dropped," : "has returned");
  }

  void stallFailed(Stall stall) {
    close(Event.FAILED, stall, "was failed, and its step is still running,");
  }

  private void close(Event event, Stall stall, String what) {
    Subject subject = stall.subject;
    if (stall.announced && subject != null) {
      String text =
          Text.format(
              "picot incident %d [%s]: %s %s after about %d ms",
              stall.number(), name(event), subject.step(), what, stall.millis());
      publish(stall.loop().group(), report(event, stall, subject, List.of(), text), stall.logged);
    }
  }

  private static Report report(
      Event event, Stall stall, Subject subject, List<StackTraceElement> stack, String text) {
    Stall root = stall.root();
    return new Report(
        event,
        stall.number(),
        root == null ? 0 : root.number(),
        stall.loop().group().name(),
        stall.loop().name(),
        stall.thread().getName(),
        subject.callbackThread(),
        subject.step(),
        stall.verdict,
        stall.nanos(),
        stack,
        text);
  }

  void healthChanged(LoopGroup group, int number, boolean unhealthy) {
    Event event = unhealthy ? Event.UNHEALTHY : Event.HEALTHY;
    String text =
        unhealthy
            ? Text.format(
                "\n  %d steps are stuck on detached threads (limit: watchdog.maxDetached = %d)"
                    + "\n  effect: callback threads are refused, and no loop is taken over, until"
                    + " one returns",
                group.detached(), group.limits().maxDetached())
            : Text.format("\n  a stuck step has returned; %d are left", group.detached());
    aboutLoop(event, number, group, "", "", 0, text);
  }

  void loopHung(Loop loop, int number, long nanos) {
    Thread owner = loop.owner();
    StackTraceElement[] stack = owner == null ? new StackTraceElement[0] : owner.getStackTrace();
    String text =
        Text.format(
            "\n  the loop has stood still for %d ms, outside the steps of callback threads (%s)"
                + "\n  effect: it gets no new work; it was woken up, in vain"
                + "\n  do: look at its thread%s",
            TimeUnit.NANOSECONDS.toMillis(nanos),
            Ownership.describe(loop.ownershipAcquire()),
            stacks.show(List.of(stack), number));
    aboutLoop(
        Event.LOOP_HUNG,
        number,
        loop.group(),
        loop.name(),
        owner == null ? "" : owner.getName(),
        nanos,
        text);
  }

  void loopMoves(Loop loop, int number, long nanos) {
    String text =
        Text.format("\n  the loop goes on after about %d ms", TimeUnit.NANOSECONDS.toMillis(nanos));
    aboutLoop(Event.LOOP_MOVES, number, loop.group(), loop.name(), "", nanos, text);
  }

  void loopLost(Loop loop, int number, @Nullable Thread dead) {
    String thread = dead == null ? "" : dead.getName();
    String text =
        Text.format(
            "\n  thread '%s' has died in the middle of the work of the loop itself"
                + "\n  effect: the callback threads of the loop fail with LoopLostException;"
                + " another thread goes on with new ones",
            thread);
    aboutLoop(Event.LOOP_LOST, number, loop.group(), loop.name(), thread, 0, text);
  }

  private void aboutLoop(
      Event event,
      int number,
      LoopGroup group,
      String loop,
      String thread,
      long nanos,
      String text) {
    publish(
        group,
        new Report(
            event,
            number,
            0,
            group.name(),
            loop,
            thread,
            "",
            "",
            Verdict.UNKNOWN,
            nanos,
            List.of(),
            head(number, event, group, loop) + text),
        housekeeping.mayLog());
  }

  /** A blocking call has been running for long. Returns whether the log tells of it. */
  boolean longCall(LoopGroup group, int number, ElasticCall call, long nanos) {
    Thread thread = call.thread();
    Thread.State state = thread.getState();
    StackTraceElement[] stack = thread.getStackTrace();
    List<StackTraceElement> folded = Stacks.fold(stack);
    String text =
        head(number, Event.LONG_CALL, group, "")
            + Text.format(
                "\n  blocking call %s has held thread %s for %d ms\n  effect: none on loops; the"
                    + " elastic pool has one thread less\n  do: give the call a time limit of its"
                    + " own%s",
                call.describe(),
                thread.getName(),
                TimeUnit.NANOSECONDS.toMillis(nanos),
                stacks.show(folded, number));
    boolean logged = housekeeping.mayLog();
    Verdict verdict = Verdict.of(state, stack, 0, 0);
    publish(
        group,
        aboutCall(Event.LONG_CALL, group, number, call, verdict, nanos, folded, text),
        logged);
    return logged;
  }

  void callReturned(LoopGroup group, int number, ElasticCall call, long nanos, boolean logged) {
    String text =
        Text.format(
            "picot incident %d [%s]: blocking call %s has returned after about %d ms",
            number,
            name(Event.CALL_RETURNED),
            call.describe(),
            TimeUnit.NANOSECONDS.toMillis(nanos));
    publish(
        group,
        aboutCall(
            Event.CALL_RETURNED, group, number, call, Verdict.UNKNOWN, nanos, List.of(), text),
        logged);
  }

  private static Report aboutCall(
      Event event,
      LoopGroup group,
      int number,
      ElasticCall call,
      Verdict verdict,
      long nanos,
      List<StackTraceElement> stack,
      String text) {
    return new Report(
        event,
        number,
        0,
        group.name(),
        "",
        call.thread().getName(),
        call.task().callbackThread(),
        call.describe(),
        verdict,
        nanos,
        stack,
        text);
  }

  void poolStuck(LoopGroup group, int number, ElasticStats stats, long nanos) {
    String text =
        Text.format(
            "\n  %d calls are queued for the elastic pool, its %d threads are busy (%d starts"
                + " failed), and no call has returned for %d ms\n  effect: callers wait, and are"
                + " refused once the queue is full\n  do: look at the calls with their stacks;"
                + " raise elastic.maxThreads if they are right",
            stats.queued(),
            stats.threads(),
            stats.startFailures(),
            TimeUnit.NANOSECONDS.toMillis(nanos));
    aboutLoop(Event.POOL_STUCK, number, group, "", "", nanos, text);
  }

  void poolMoves(LoopGroup group, int number, long nanos) {
    String text =
        Text.format(
            "\n  calls of the elastic pool return again after about %d ms",
            TimeUnit.NANOSECONDS.toMillis(nanos));
    aboutLoop(Event.POOL_MOVES, number, group, "", "", nanos, text);
  }

  private void publish(LoopGroup group, Report report, boolean log) {
    group.tell(report);
    if (log) {
      housekeeping.log(System.Logger.Level.WARNING, report::text, null);
    }
  }

  private static String head(int number, Event event, LoopGroup group, String loop) {
    return Text.format(
        "picot incident %d [%s] scheduler=%s%s",
        number, name(event), group.name(), loop.isEmpty() ? "" : " loop=" + loop);
  }

  private static String name(Event event) {
    return event.name().toLowerCase(java.util.Locale.ROOT).replace('_', ' ');
  }

  // Locks

  /** Which lock a thread waits for and who holds it, along the chain of those who wait. */
  private String lock(Thread thread) {
    StringBuilder text = new StringBuilder();
    Set<Long> seen = new LinkedHashSet<>();
    long at = thread.getId();
    while (seen.add(at) && seen.size() <= MOST_HOPS) {
      Verdict.Wanted wanted = Verdict.wantedBy(at);
      if (!wanted.isHeld()) {
        return text.toString();
      }
      at = wanted.holder();
      text.append(seen.size() == 1 ? ": " : ", which waits for ")
          .append(wanted.lock())
          .append(", held by ")
          .append(describe(at, wanted.holderName()));
    }
    return text.append(": a deadlock").toString();
  }

  private String describe(long threadId, @Nullable String name) {
    for (LoopGroup group : housekeeping.groups()) {
      for (Loop loop : group.all()) {
        LoopThread owner = loop.owner();
        LoopTask task = owner == null ? null : owner.task;
        if (owner != null && task != null && owner.getId() == threadId) {
          return task.describe();
        }
      }
      for (Stall stall : group.stalls()) { // after the owners, for one may be taken over meanwhile
        if (stall.thread().getId() == threadId) {
          return Text.format("%s (detached, incident %d)", stall.task().describe(), stall.number());
        }
      }
    }
    return "thread '" + name + "'";
  }

  /** What a step that waits for the lock of another stuck one has in common with others. */
  private String sameCause(Stall stall) {
    Stall root = stall.root();
    if (root == null) {
      return "";
    }
    List<String> others = new ArrayList<>();
    for (LoopGroup group : housekeeping.groups()) {
      for (Stall other : group.stalls()) {
        if (other != stall && other.root() == root) {
          others.add(other.task().describe());
        }
      }
    }
    return Text.format(
        "\n  same cause as incident %d, %s%s: not counted as detached",
        root.number(),
        root.task().describe(),
        others.isEmpty() ? "" : ", which also holds up " + String.join(", ", others));
  }

  // Interrupts

  /** Only who sleeps or waits; a channel would be closed for everybody. */
  private static void interrupt(Stall stall) {
    Thread thread = stall.thread();
    StackTraceElement[] stack = thread.getStackTrace();
    if (Stacks.isSafeToInterrupt(thread.getState(), stack) && !stall.hasReturned()) {
      thread.interrupt();
    }
  }
}
