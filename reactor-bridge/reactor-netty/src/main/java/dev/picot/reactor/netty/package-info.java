/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Loops that are Netty event loops, for Reactor Netty and whatever is built on it.
 *
 * <p>Start with {@link dev.picot.reactor.netty.NettyLoops}.
 */
@NullMarked
package dev.picot.reactor.netty;

import org.jspecify.annotations.NullMarked;
