/**
 * What {@code picot-junit} knows of Netty, which is optional.
 *
 * <p>Start with {@link dev.picot.junit.internal.netty.NettyThreads}. Internal.
 *
 * <p>Threading: any thread.
 */
@NullMarked
package dev.picot.junit.internal.netty;

import org.jspecify.annotations.NullMarked;
