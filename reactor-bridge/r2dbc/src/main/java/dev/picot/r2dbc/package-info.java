/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * R2DBC connections beside the callback threads that use them.
 *
 * <p>Start with {@link dev.picot.r2dbc.LoopConnectionFactory}, a {@code ConnectionFactory} that
 * keeps connections open and brings their signals home. It is used through R2DBC's own interfaces.
 *
 * <h2>Threading</h2>
 *
 * What a callback thread subscribes to signals in slices of that callback thread's loop; what is
 * subscribed to elsewhere signals wherever the driver does. A mapper of rows runs where the driver
 * decodes: it is short and never blocks.
 */
@NullMarked
package dev.picot.r2dbc;

import org.jspecify.annotations.NullMarked;
