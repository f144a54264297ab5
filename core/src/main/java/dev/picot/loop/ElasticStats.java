/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

/**
 * Figures of an {@link ElasticPool}, each true at some moment while they were collected.
 *
 * @param threads that live
 * @param idle threads that wait for work
 * @param active threads that run a call
 * @param queued calls that wait for a thread
 * @param completed calls that were run to their end
 * @param rejected calls that were refused because the pool was full
 * @param longestRunningNanos how long the longest call has been running; 0 if none is
 * @param startFailures how often a thread could not be started
 * @since 0.1
 */
public record ElasticStats(
    int threads,
    int idle,
    int active,
    int queued,
    long completed,
    long rejected,
    long longestRunningNanos,
    long startFailures) {}
