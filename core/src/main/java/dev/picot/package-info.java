/**
 * Lightweight callback threads: fibers made of callbacks on dedicated event loops.
 *
 * <p>Start with {@link dev.picot.LoopScheduler}, which runs callback threads, and {@link
 * dev.picot.Task}, which describes what one does.
 *
 * <p>Threading: tasks are immutable and may be shared; callback threads and schedulers may be used
 * from any thread; the functions given to a task run on a loop unless the method's name contains
 * {@code blocking}.
 *
 * <p>Memory access: accessors of shared fields carry their mode in the name ({@code Acquire},
 * {@code Release}, {@code Volatile}, {@code cas}); a field without such an accessor has an owner,
 * named in its comment.
 */
@NullMarked
package dev.picot;

import org.jspecify.annotations.NullMarked;
