/**
 * What {@code picot-junit} knows of Reactor, which is optional.
 *
 * <p>Start with {@link dev.picot.junit.internal.reactor.ReactorThreads}. Internal.
 *
 * <p>Threading: any thread.
 */
@NullMarked
package dev.picot.junit.internal.reactor;

import org.jspecify.annotations.NullMarked;
