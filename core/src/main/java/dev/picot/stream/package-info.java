/**
 * Streams between callback threads and the rest of the world.
 *
 * <p>Start with {@link dev.picot.stream.Mailbox}. The emitter of a cold publisher is {@link
 * dev.picot.Emitter}, in the package of the scheduler that makes it.
 *
 * <p>Threading: everything may be used from any thread and nothing blocks. The shared state of a
 * mailbox is one immutable object, replaced by compare-and-set; other shared fields name their
 * owner.
 */
@NullMarked
package dev.picot.stream;

import org.jspecify.annotations.NullMarked;
