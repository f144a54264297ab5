/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

/** What other threads read of a {@link Loop} all the time, and nobody writes. */
abstract class LoopInbox {
  final Inbox inbox = new Inbox();
}
