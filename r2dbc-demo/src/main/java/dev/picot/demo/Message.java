/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.demo;

import java.time.Instant;

/**
 * A message of a room.
 *
 * @param id its number; a later message of the same room has a higher one
 * @param room the name of its room
 * @param author who wrote it
 * @param text what was written
 * @param postedAt when it was accepted
 */
record Message(long id, String room, String author, String text, Instant postedAt) {}
