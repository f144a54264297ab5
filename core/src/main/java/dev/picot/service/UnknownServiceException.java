/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.service;

import dev.picot.internal.Text;
import java.util.Set;

/**
 * A {@link ServiceRouter} was asked for a service that it does not have, and has no default
 * service.
 *
 * @since 0.1
 */
public final class UnknownServiceException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  /** The name that was asked for. */
  private final String service;

  /** The names there were. Immutable. */
  @SuppressWarnings("serial") // as made by Set.copyOf
  private final Set<String> known;

  UnknownServiceException(String service, Set<String> known) {
    super(
        Text.format(
            "service: '%s' (expected: one of %s). Add it to the router, or name a default service.",
            service, known));
    this.service = service;
    this.known = Set.copyOf(known);
  }

  /** {@return the name that was asked for} */
  public String service() {
    return service;
  }

  /** {@return the names of the services that there were} */
  public Set<String> known() {
    return known;
  }
}
