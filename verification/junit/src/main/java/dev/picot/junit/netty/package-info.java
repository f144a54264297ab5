/**
 * What {@code picot-junit} knows of Netty, which is optional.
 *
 * <p>Start with {@link dev.picot.junit.netty.NettyThreads}. Internal.
 *
 * <p>Threading: any thread.
 */
@NullMarked
package dev.picot.junit.netty;

import org.jspecify.annotations.NullMarked;
