/**
 * Callback threads in Project Reactor: tasks as {@code Mono}, loop schedulers as Reactor
 * schedulers.
 *
 * <p>Start with {@link dev.picot.reactor.CallbackMono}; {@link
 * dev.picot.reactor.CallbackSchedulers} is for operators that ask for a scheduler.
 *
 * <p>Threading: everything may be called by any thread; what runs on a loop says so.
 *
 * <p>Memory access: accessors of shared fields carry their mode in the name; a field without such
 * an accessor has an owner, named in its comment.
 */
@NullMarked
package dev.picot.reactor;

import org.jspecify.annotations.NullMarked;
