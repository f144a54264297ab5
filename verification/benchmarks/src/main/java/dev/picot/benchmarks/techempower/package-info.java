/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Row P10 and P11: the service of the TechEmpower benchmark under load, ours beside its peers;
 * start with {@link dev.picot.benchmarks.techempower.TechEmpowerGroup}.
 *
 * <p>The servers are in {@link dev.picot.benchmarks.techempower.server}. Each is started when its
 * first turn comes, stays up through all rounds, and ends with the group or with this process. This
 * package runs on one thread, but for the readers of what the processes print.
 */
package dev.picot.benchmarks.techempower;
