/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static dev.picot.SimulatedRun.end;

import dev.picot.SimulatedRun.Family;
import dev.picot.SimulatedRun.Life;
import dev.picot.SimulatedRun.Note;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Tells whether what one callback thread did is something that its program allows: plain recursion
 * over the program that follows every possible course through the notes at once.
 *
 * <p>A course ends a part with a value, with an error, by leaving it for a cancellation or a
 * timeout, or, after a failed stall, anywhere. Times are bounded below: nothing is early.
 */
final class SimulatedModel {
  private static final String COMPLETED = "completed";

  /**
   * How a part ends: with COMPLETED, an error, or left for a timeout, a cancellation or a stall.
   */
  private record End(String shown, @Nullable Object leavingTo) {
    boolean isValue() {
      return leavingTo == null && shown.equals(COMPLETED);
    }

    boolean isError() {
      return leavingTo == null && !shown.equals(COMPLETED);
    }
  }

  private static final End VALUE = new End(COMPLETED, null);
  private static final End REFUSED = new End(SimulatedRun.REFUSED, null);
  private static final End CANCELLED = new End("cancelled", "bottom");
  private static final End STALLED = new End("stalled", "stall");

  /** A course: so many notes are explained, not before a time, and the part has ended so. */
  private record At(int notes, long nanos, End end) {}

  /** A timeout around a part. */
  private record Limit(Object id, long nanos) {}

  /** What holds for a part. */
  private record Around(boolean guarded, List<Limit> limits) {
    static final Around BOTTOM = new Around(false, List.of());
    static final Around GUARDED = new Around(true, List.of());

    Around with(Limit limit) {
      List<Limit> more = new ArrayList<>(limits);
      more.add(limit);
      return new Around(guarded, more);
    }
  }

  private final Life life;
  private final List<Note> notes;
  private final String end;

  /** Whether it was ended wherever it was. */
  private final boolean isCutOff;

  private final long endNanos;

  SimulatedModel(Life life, long endNanos) {
    this.life = life;
    this.notes = life.notes;
    this.end = end(life);
    this.isCutOff = end.equals(STALLED.shown) || end.equals(SimulatedRun.CLOSED);
    this.endNanos = endNanos;
  }

  boolean allows() {
    return eval(life.program, 0, 0, Around.BOTTOM).stream()
        .anyMatch(
            at ->
                at.notes == notes.size()
                    && (at.end.shown.equals(end) || isCutOff)
                    && at.nanos <= endNanos);
  }

  private static long nanos(int millis) {
    return TimeUnit.MILLISECONDS.toNanos(millis);
  }

  private static Set<At> one(At at) {
    Set<At> set = new LinkedHashSet<>();
    set.add(at);
    return set;
  }

  /** With a note, if it comes next. */
  private Set<At> note(int done, long nanos, String text, Function<Note, Set<At>> next) {
    if (done == notes.size() && isCutOff) {
      return one(new At(done, nanos, STALLED));
    }
    if (done < notes.size()
        && notes.get(done).text().equals(text)
        && notes.get(done).nanos() >= nanos) {
      return next.apply(notes.get(done));
    }
    return Set.of();
  }

  private Set<At> note(int done, long nanos, String text, End then) {
    return note(done, nanos, text, note -> one(new At(done + 1, note.nanos(), then)));
  }

  private Set<At> leave(int done, long nanos, Around around) {
    Set<At> left = new LinkedHashSet<>();
    if (done == notes.size() && isCutOff) {
      left.add(new At(done, nanos, STALLED));
    }
    if (!around.guarded && life.notesAtCancel <= done) {
      left.add(new At(done, nanos, CANCELLED));
    }
    for (Limit limit : around.limits) {
      left.add(new At(done, Math.max(nanos, limit.nanos), new End("cancelled", limit.id)));
    }
    return left;
  }

  /** Goes on from each course. */
  private static Set<At> each(Set<At> courses, Function<At, Set<At>> next) {
    Set<At> all = new LinkedHashSet<>();
    courses.forEach(
        at -> {
          if (at.end.equals(STALLED)) {
            all.add(at);
          } else {
            all.addAll(next.apply(at));
          }
        });
    return all;
  }

  private static Set<At> afterValue(Set<At> courses, Function<At, Set<At>> next) {
    return each(courses, at -> at.end.isValue() ? next.apply(at) : one(at));
  }

  private static Set<At> afterError(Set<At> courses, Function<At, Set<At>> next) {
    return each(courses, at -> at.end.isError() ? next.apply(at) : one(at));
  }

  private Set<At> eval(SimulatedProgram program, int done, long nanos, Around around) {
    Set<At> all = leave(done, nanos, around);
    for (At at : course(program, done, nanos, around)) {
      all.add(at);
      if (at.end.leavingTo == null) {
        all.addAll(leave(at.notes, at.nanos, around));
      }
    }
    return all;
  }

  private Set<At> part(SimulatedProgram program, int i, At from, Around around) {
    return eval(program.part(i), from.notes, from.nanos, around);
  }

  private Set<At> course(SimulatedProgram program, int done, long nanos, Around around) {
    int label = program.label();
    int n = program.n();
    At here = new At(done, nanos, VALUE);
    return switch (program.kind()) {
      case STEP -> note(done, nanos, "step " + label, VALUE);
      case FAIL -> one(new At(done, nanos, new End("failure " + label, null)));
      case SLEEP -> one(new At(done, nanos + nanos(n), VALUE));
      case YIELD -> one(here);
      case HOP -> note(done, nanos, "hop " + label, VALUE);
      case AWAIT -> note(done, nanos + nanos(n), "await " + label, VALUE);
      case ASYNC -> note(done, nanos + nanos(n), "async " + label, VALUE);
      case MAP ->
          afterValue(
              part(program, 0, here, around),
              at -> note(at.notes, at.nanos, "map " + label, VALUE));
      case FINALLY ->
          each(
              part(program, 0, here, around),
              at -> note(at.notes, at.nanos, "finally " + label + " " + at.end.shown, at.end));
      case TIMEOUT -> {
        Limit limit = new Limit(new Object(), nanos + nanos(n + 1));
        yield each(
            part(program, 0, here, around.with(limit)),
            at ->
                one(
                    at.end.leavingTo == limit.id
                        ? new At(at.notes, at.nanos, new End("timeout of " + (n + 1), null))
                        : at));
      }
      case UNCANCELLABLE -> part(program, 0, here, Around.GUARDED);
      case NAMED -> part(program, 0, here, around);
      case FOR, WHILE, ITERATE -> {
        Set<At> courses = one(here);
        for (int i = 0; i < n; i++) {
          courses = afterValue(courses, at -> part(program, 0, at, around));
        }
        yield courses;
      }
      case RETRY -> {
        Set<At> courses = part(program, 0, here, around);
        for (int i = 0; i < n; i++) {
          courses =
              afterError(
                  courses,
                  at -> {
                    At later = new At(at.notes, at.nanos + nanos(n), VALUE);
                    Set<At> again = part(program, 0, later, around);
                    again.addAll(leave(at.notes, at.nanos, around));
                    return again;
                  });
        }
        yield courses;
      }
      case THEN -> afterValue(part(program, 0, here, around), at -> part(program, 1, at, around));
      case RESUME ->
          afterError(
              part(program, 0, here, around),
              at ->
                  note(
                      at.notes,
                      at.nanos,
                      "resume " + label + " from " + at.end.shown,
                      note -> part(program, 1, new At(at.notes + 1, note.nanos(), VALUE), around)));
      case FORK_JOIN ->
          family(
              here,
              label,
              around,
              (at, family) ->
                  afterValue(
                      part(program, 1, at, around),
                      then ->
                          waiting(
                              one(new At(then.notes, then.nanos, ended(family.children().get(0)))),
                              then,
                              around)));
      case ZIP, ALL -> family(here, label, around, SimulatedModel::all);
      case FIRST -> family(here, label, around, SimulatedModel::any);
      case FIRST_SUCCESS -> family(here, label, around, SimulatedModel::anySuccess);
      case USING -> using(program, here, around);
      case STREAM ->
          family(
              here,
              label,
              around,
              (at, family) -> streamed(at, label, family.children().get(0), around));
      case EMIT -> emitted(program, here, around);
      case MAILBOX -> family(here, label, around, SimulatedModel::all);
      case PRODUCE -> {
        Set<At> courses = one(here);
        for (int i = 0; i <= n; i++) {
          courses =
              afterValue(
                  afterValue(courses, at -> part(program, 0, at, around)),
                  at -> waiting(note(at.notes, at.nanos, "put " + label, VALUE), at, around));
        }
        yield courses;
      }
      case CONSUME -> consumed(program, here, around);
    };
  }

  private Set<At> using(SimulatedProgram program, At here, Around around) {
    int label = program.label();
    return afterValue(
        part(program, 0, here, around),
        at -> {
          Set<At> used =
              note(
                  at.notes,
                  at.nanos,
                  "use " + label,
                  note -> part(program, 1, new At(at.notes + 1, note.nanos(), VALUE), around));
          Set<At> all = new LinkedHashSet<>(used);
          all.addAll(leave(at.notes, at.nanos, around));
          return each(all, use -> released(program, use));
        });
  }

  private Set<At> released(SimulatedProgram program, At use) {
    return note(
        use.notes,
        use.nanos,
        "release " + program.label() + " " + use.end.shown,
        note ->
            each(
                part(program, 2, new At(use.notes + 1, note.nanos(), VALUE), Around.GUARDED),
                at -> one(new At(at.notes, at.nanos, use.end))));
  }

  /** The subscriber hears how the callback thread has ended, unless that is stuck in onNext. */
  private Set<At> streamed(At at, int label, Life emitting, Around around) {
    Set<At> all = leave(at.notes, at.nanos, around);
    List<String> heard = new ArrayList<>(SimulatedStream.NOT_THE_END);
    if (end(emitting).equals(STALLED.shown)) {
      heard.add(SimulatedStream.LEFT);
    }
    heard.add(
        end(emitting).equals("cancelled") ? SimulatedStream.CANCELLED_BY_OTHERS : end(emitting));
    for (String how : heard) {
      all.addAll(note(at.notes, at.nanos, "streamed " + label + " " + how, VALUE));
    }
    return all;
  }

  private Set<At> emitted(SimulatedProgram program, At here, Around around) {
    Set<At> courses = one(here);
    for (int i = 0; i <= program.n(); i++) {
      String next = "next " + program.label() + " " + i;
      courses =
          afterValue(
              afterValue(courses, at -> part(program, 0, at, around)),
              at -> {
                Set<At> ends = waiting(note(at.notes, at.nanos, next, VALUE), at, around);
                if (life.notesAtCancel <= at.notes) {
                  ends.add(
                      new At(at.notes, at.nanos, new End(SimulatedStream.HAS_CANCELLED, null)));
                }
                return ends;
              });
    }
    return courses;
  }

  /** SimulatedMailbox knows which elements. */
  private Set<At> consumed(SimulatedProgram program, At here, Around around) {
    int label = program.label();
    Set<At> ended = new LinkedHashSet<>();
    for (Set<At> courses = one(here); !courses.isEmpty(); ) {
      Set<At> more = new LinkedHashSet<>();
      for (At at : courses) {
        if (at.end.isValue()) {
          ended.addAll(waiting(note(at.notes, at.nanos, "end " + label, VALUE), at, around));
          more.addAll(note(at.notes, at.nanos + nanos(program.n()), "late " + label, VALUE));
          more.addAll(
              note(
                  at.notes,
                  at.nanos,
                  "got " + label,
                  got -> part(program, 0, new At(at.notes + 1, got.nanos(), VALUE), around)));
        } else {
          ended.add(at);
        }
      }
      courses = more;
    }
    return ended;
  }

  // Children: each is checked by itself, and its parent against how it ended

  private interface Together {
    Set<At> end(At at, Family family);
  }

  private Set<At> family(At here, int label, Around around, Together together) {
    return note(
        here.notes,
        here.nanos,
        "family " + label,
        note ->
            note.family() == null
                ? Set.of()
                : begun(
                    new At(here.notes + 1, note.nanos(), VALUE), note.family(), around, together));
  }

  /** One that did not begin may have been refused, and the others with it. */
  private Set<At> begun(At at, Family family, Around around, Together together) {
    Set<At> all = waiting(together.end(at, family), at, around);
    if (family.children().stream().anyMatch(child -> child.thread == null)) {
      all.add(new At(at.notes, at.nanos, REFUSED));
    }
    return all;
  }

  /** The children may have been left. */
  private Set<At> waiting(Set<At> ends, At from, Around around) {
    Set<At> all = new LinkedHashSet<>(ends);
    all.addAll(leave(from.notes, from.nanos, around));
    return all;
  }

  private static End ended(Life child) {
    String end = end(child);
    return end.equals(COMPLETED) ? VALUE : new End(end, null);
  }

  /** One that never began may be cancelled, or stalled: nobody knows it. */
  private static boolean isError(Life child) {
    String end = end(child);
    return !end.equals(COMPLETED) && !end.equals("cancelled");
  }

  private static Set<At> all(At at, Family family) {
    Set<At> ends = new LinkedHashSet<>();
    boolean completed = true;
    for (Life child : family.children()) {
      completed &= ended(child).isValue();
      if (isError(child)) {
        ends.add(new At(at.notes, at.nanos, ended(child)));
      }
    }
    return completed ? one(new At(at.notes, at.nanos, VALUE)) : ends;
  }

  private static Set<At> any(At at, Family family) {
    Set<At> ends = new LinkedHashSet<>();
    for (Life child : family.children()) {
      if (ended(child).isValue() || isError(child)) {
        ends.add(new At(at.notes, at.nanos, ended(child)));
      }
    }
    return ends;
  }

  private static Set<At> anySuccess(At at, Family family) {
    for (Life child : family.children()) {
      if (ended(child).isValue()) {
        return one(new At(at.notes, at.nanos, VALUE));
      }
    }
    return any(at, family);
  }
}
