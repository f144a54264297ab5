/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import java.time.Duration;

/**
 * One callback thread in a dump.
 *
 * @param id see {@link CallbackThread#id()}
 * @param name see {@link CallbackThread#name()}
 * @param path see {@link CallbackThread#path()}; empty if there are no names
 * @param state what it is doing
 * @param loop the name of its loop
 * @param waitsFor what it waits for; empty unless it waits
 * @param age the time since it first came to its loop; once it has waited, to a quarter of a
 *     second, and modulo 24 days
 * @param waited the time since it began to wait, or was detached; zero in other states
 * @param detachedOn the name of the thread on which its step is stuck; empty unless it is
 * @param parent the id of the callback thread that started it as a child; zero if none did
 * @param step the class of the function that it calls next, or began its slice with; empty if there
 *     is none
 * @param awayOn the name of the elastic thread that makes the blocking call it waits for; empty
 *     unless one does
 * @param suspended whether it is suspended, see {@link Inspection#suspend(CallbackThread)}
 * @since 0.1
 */
public record CallbackThreadInfo(
    long id,
    String name,
    String path,
    CallbackThread.State state,
    String loop,
    String waitsFor,
    Duration age,
    Duration waited,
    String detachedOn,
    long parent,
    String step,
    String awayOn,
    boolean suspended) {}
