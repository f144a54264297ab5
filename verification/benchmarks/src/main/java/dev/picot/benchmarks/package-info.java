/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Ours and its peers side by side, with goal and verdict; start with {@link
 * dev.picot.benchmarks.Bench}.
 *
 * <p>A {@link dev.picot.benchmarks.Group} lists {@link dev.picot.benchmarks.Measurement}s, and the
 * goals stand there and nowhere else. Adding a group takes a class and a line in {@code
 * META-INF/services}. All measuring happens in other processes; this package runs on one thread.
 */
package dev.picot.benchmarks;
