/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Reactor's operators on our loops beside the same on Reactor's own schedulers: row P8.
 *
 * <p>Start with {@link dev.picot.benchmarks.reactor.ReactorGroup}: the goals stand there.
 */
package dev.picot.benchmarks.reactor;
