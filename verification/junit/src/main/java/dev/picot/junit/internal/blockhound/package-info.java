/**
 * What {@code picot-junit} knows of BlockHound, which is optional.
 *
 * <p>Start with {@link dev.picot.junit.internal.blockhound.BlockHoundDetector}. Internal.
 *
 * <p>Threading: installation happens once, on whichever thread comes first; reports come on the
 * thread that is about to block.
 */
@NullMarked
package dev.picot.junit.internal.blockhound;

import org.jspecify.annotations.NullMarked;
