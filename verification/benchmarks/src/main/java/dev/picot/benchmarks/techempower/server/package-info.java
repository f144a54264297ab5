/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * The service of the TechEmpower benchmark, by its public rules, in every variant; each runs in a
 * JVM of its own, started by {@link dev.picot.benchmarks.techempower.server.ServerProgram}.
 *
 * <p>What a variant does not have to do in its own way is here once: parsing the request, the rows,
 * the SQL, rendering the answer, and for those on Reactor Netty the whole HTTP side. Adding a
 * variant takes a {@link dev.picot.benchmarks.techempower.server.Server} and a line in {@link
 * dev.picot.benchmarks.techempower.server.Variant}.
 */
package dev.picot.benchmarks.techempower.server;
