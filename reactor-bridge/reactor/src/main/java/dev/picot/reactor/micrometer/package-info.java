/**
 * Figures of loop schedulers as meters of Micrometer, which is optional.
 *
 * <p>Start with {@link dev.picot.reactor.micrometer.LoopSchedulerMetrics}.
 *
 * <p>Threading: meters ask a scheduler when they are read, on the reader's thread, and wait for
 * nobody.
 */
@NullMarked
package dev.picot.reactor.micrometer;

import org.jspecify.annotations.NullMarked;
