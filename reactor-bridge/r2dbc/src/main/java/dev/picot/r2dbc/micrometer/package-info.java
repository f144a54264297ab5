/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Meters of connection pools for Micrometer, which is an optional dependency.
 *
 * <p>Start with {@link dev.picot.r2dbc.micrometer.ConnectionPoolMetrics}. Any thread may call it.
 */
@NullMarked
package dev.picot.r2dbc.micrometer;

import org.jspecify.annotations.NullMarked;
