/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.techempower.server;

/**
 * A row of the table that is rendered as HTML.
 *
 * @param id 0 for the one that each request adds
 * @param message not escaped
 */
record Fortune(int id, String message) {
  static final Fortune ADDED = new Fortune(0, "Additional fortune added at request time.");
}
