/**
 * Thread-locals of Micrometer's context-propagation in the steps of callback threads.
 *
 * <p>Start with {@link dev.picot.reactor.contextpropagation.ThreadLocalCarrier}. Needs {@code
 * io.micrometer:context-propagation}, which picot-reactor does not bring along.
 *
 * <p>Threading: called in slices and around blocking calls, on any number of threads at a time.
 */
@NullMarked
package dev.picot.reactor.contextpropagation;

import org.jspecify.annotations.NullMarked;
