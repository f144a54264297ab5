/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * The engine beside the engines of others: rows P1 to P7, P9 and P15 to P17.
 *
 * <p>Start with {@link dev.picot.benchmarks.engine.EngineGroup}: the goals stand there.
 */
package dev.picot.benchmarks.engine;
