/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.r2dbc;

import io.r2dbc.spi.ValidationDepth;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What a pool is told by the builder. */
record PoolOptions(
    String name,
    int maxSize,
    int minSize,
    int maxWaiting,
    Duration acquireTimeout,
    Duration connectTimeout,
    Duration cleanupTimeout,
    Duration maxIdle,
    Duration maxAge,
    Duration validateAfter,
    ValidationDepth validation,
    @Nullable String validationQuery) {}
