/**
 * Finds blocking calls on loops with BlockHound, which is optional.
 *
 * <p>Start with {@link dev.picot.reactor.blockhound.BlockingDetection}.
 *
 * <p>Threading: detection is installed once, on whichever thread comes first; a call is judged on
 * the thread that is about to block.
 */
@NullMarked
package dev.picot.reactor.blockhound;

import org.jspecify.annotations.NullMarked;
