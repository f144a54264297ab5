/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import dev.picot.Interpreter.Pause;
import dev.picot.internal.LateValue;
import dev.picot.internal.Nanos;
import dev.picot.loop.Loop;
import dev.picot.loop.LoopThread;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.NullUnmarked;

/** One slice of a callback thread: the steps that are frequent. An interpreter makes the others. */
@NullUnmarked // what an operand is, and whether it is there, is decided by the tag
@SuppressWarnings({"unchecked", "rawtypes"}) // Task types what is untyped here
final class Slice {
  /*
   * Everything is in local variables, so a slice of frequent steps makes no object of its own, and
   * nothing that it changes is seen before it has won exitSlice() or comeHome().
   *
   * An interpreter is made for the first step that is not frequent, or has to be looked at before.
   * It is given the state (enter), makes that step, those that follow until there is a plain value
   * or a task again, and gives the state back. It knows all kinds of steps, the frequent ones too.
   */

  /** So many frames in a row count as one step: no function of a user is called. */
  private static final int PUSHES = 4;

  private Slice() {}

  static void run(CallbackThreadCore self, LoopThread thread) {
    Loop loop = thread.loop();
    Object slot = self.slotAcquire(); // before the state, which may tell that it was failed
    boolean timed = Scope.of(self.scopePlain()).deadline() != Scope.NO_DEADLINE;
    Task<?> task = null;
    Object value = null;
    Frame stack = self.stackPlain();
    Frame popped = null;
    int steps = 0;
    int nextLook = Interpreter.FIRST_LOOK;
    long sleepUntil = 0;
    Pause pause = null;
    Interpreter others = null;
    boolean undisturbed = !timed && !self.needsAttention();
    if (undisturbed && slot instanceof Task<?> next && !isLate(next)) {
      task = next;
    } else if (!undisturbed || slot != CallbackThreadCore.SLEEPING || !self.hasSlept(loop)) {
      others = new Interpreter(self, thread);
      pause = others.begin(slot);
    }
    while (pause == null) {
      if (others != null) {
        task = others.task();
        value = others.value();
        stack = others.stack();
        steps = others.steps();
        nextLook = others.nextLook();
      }
      Throwable thrown = null;
      try {
        frequent:
        while (++steps < nextLook || (others == null && !timed)) {
          if (self.needsAttention()) {
            break;
          }
          if (steps >= nextLook) {
            nextLook = Interpreter.nextLook(steps, loop);
            if (nextLook == steps) {
              task = task == null ? Task.constant(value) : task;
              pause = Pause.YIELD;
              break;
            }
          }
          if (task != null) {
            switch (task.tag) {
              case Tag.VALUE -> {
                value = task.a;
                task = null;
              }
              case Tag.CALL -> {
                value = ((Callable<?>) task.a).call();
                task = null;
              }
              case Tag.RUN -> {
                ((Action) task.a).run();
                value = null;
                task = null;
              }
              case Tag.DEFER -> task = Task.made(((Callable<Task<?>>) task.a).call(), task.a);
              case Tag.MAP, Tag.FLAT_MAP, Tag.THEN, Tag.DO_ON_SUCCESS -> {
                Task<?> source = (Task<?>) task.a;
                if (source.tag == Tag.VALUE && task.tag == Tag.FLAT_MAP) { // needs no frame
                  task = Task.made((Task<?>) ((Step) task.b).apply(source.a), task.b);
                } else {
                  stack = push(task.tag, task.b, stack, popped);
                  for (int i = 1; i < PUSHES && Tag.isFrequentFrame(source.tag); i++) {
                    stack = new Frame(source.tag, source.b, stack);
                    source = (Task<?>) source.a;
                  }
                  task = source;
                }
              }
              case Tag.YIELD -> {
                task = Task.done();
                pause = Pause.YIELD;
                break frequent;
              }
              case Tag.SLEEP -> {
                sleepUntil = loop.now() + Nanos.of((Duration) task.a);
                if (others == null && !timed && !loop.isFar(sleepUntil)) {
                  pause = Pause.WAIT;
                }
                break frequent;
              }
              default -> {
                break frequent;
              }
            }
          } else if (stack != null) {
            Frame top = stack;
            popped = top;
            Object operand = top.operand;
            switch (top.tag) {
              case Tag.MAP -> {
                stack = top.next;
                value = ((Step) operand).apply(value);
              }
              case Tag.FLAT_MAP -> {
                stack = top.next;
                task = Task.made((Task<?>) ((Step) operand).apply(value), operand);
                if (task.tag == Tag.VALUE) {
                  value = task.a;
                  task = null;
                }
              }
              case Tag.THEN -> {
                stack = top.next;
                task = (Task<?>) operand;
              }
              case Tag.DO_ON_SUCCESS -> {
                stack = top.next;
                ((Effect) operand).accept(value);
              }
              default -> {
                break frequent;
              }
            }
          } else {
            pause = self.closeChildren().isEmpty() ? Pause.END : null;
            break;
          }
        }
      } catch (Throwable e) {
        thrown = e;
      }
      if (pause == null || others != null) {
        others = others == null ? new Interpreter(self, thread) : others;
        others.enter(task, value, stack, steps - 1);
      }
      if (thrown != null) {
        pause = others.fail(thrown);
      } else if (pause == null) {
        pause = others.goOn();
      }
    }
    if (others != null) {
      others.end(pause);
    } else if (thread.exitSlice()) {
      self.tell(TraceEvent.Kind.SLICE_END, pause.text);
      switch (pause) {
        case YIELD -> self.yieldIn(loop, task, stack);
        case WAIT -> self.waitIn(loop, CallbackThreadCore.SLEEPING, stack, sleepUntil);
        default -> self.finish(CallbackThreadState.COMPLETED, value);
      }
    } else {
      others = new Interpreter(self, thread);
      others.enter(task, value, stack, steps);
      others.sleepUntil(sleepUntil);
      others.comeHome(pause);
    }
  }

  /** A frame; who repeats a task pushes the one that was popped last. */
  private static Frame push(int tag, Object operand, Frame next, Frame popped) {
    return popped != null && popped.operand == operand && popped.next == next && popped.tag == tag
        ? popped
        : new Frame(tag, operand, next);
  }

  private static boolean isLate(Task<?> task) {
    return task.tag == Tag.VALUE && task.a instanceof LateValue;
  }
}
