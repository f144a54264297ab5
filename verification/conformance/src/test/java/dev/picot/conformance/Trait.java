/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.conformance;

/** What not every scheduler has, so that some rules mean nothing for some. */
enum Trait {
  /** Tasks run on threads other than the one that schedules. */
  OWN_THREADS("runs tasks on threads of its own"),

  /** Delays and periods are accepted. */
  TIME("knows delays and periods"),

  /** Disposal ends it. */
  END("can be disposed"),

  /** A Worker runs one task at a time. */
  SERIAL_WORKERS("has Workers that run one task at a time");

  private final String words;

  Trait(String words) {
    this.words = words;
  }

  /** {@return what a scheduler with this trait does} */
  String words() {
    return words;
  }
}
