/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import dev.picot.internal.Text;
import java.time.Duration;

/**
 * A callback thread was refused because its scheduler has as many as it may have, is unhealthy, or
 * is suspended; the message says which.
 *
 * @since 0.1
 */
public final class AdmissionRefusedException extends RefusedException {
  private static final long serialVersionUID = 1L;

  /** Live callback threads when it was refused. */
  private final int live;

  /** The limit. */
  private final int maxCallbackThreads;

  AdmissionRefusedException(String scheduler, int live, int maxCallbackThreads) {
    super(
        Text.format(
            "Scheduler '%s' refused a callback thread: %d are live (limit: maxCallbackThreads = %d). Raise the limit, or handle AdmissionRefusedException, for example by answering 503.",
            scheduler, live, maxCallbackThreads),
        scheduler,
        Duration.ofSeconds(1));
    this.live = live;
    this.maxCallbackThreads = maxCallbackThreads;
  }

  private AdmissionRefusedException(
      String message, String scheduler, int live, int maxCallbackThreads) {
    super(message, scheduler, Duration.ofSeconds(1));
    this.live = live;
    this.maxCallbackThreads = maxCallbackThreads;
  }

  static AdmissionRefusedException unhealthy(
      String scheduler, int live, int maxCallbackThreads, int detached) {
    return new AdmissionRefusedException(
        Text.format(
            "Scheduler '%s' refused a callback thread: %d of its steps are stuck on detached threads (limit: watchdog.maxDetached = %d). See the incidents in the log; it admits work again when one of them returns.",
            scheduler, detached, detached),
        scheduler,
        live,
        maxCallbackThreads);
  }

  static AdmissionRefusedException afterWaiting(
      String scheduler, int live, int maxCallbackThreads, Duration waited) {
    return new AdmissionRefusedException(
        Text.format(
            "Scheduler '%s' refused a callback thread that has waited for %s (limit: maxAdmissionWait): %d are live (limit: maxCallbackThreads = %d). Raise a limit, or handle AdmissionRefusedException, for example by answering 503.",
            scheduler, waited, live, maxCallbackThreads),
        scheduler,
        live,
        maxCallbackThreads);
  }

  static AdmissionRefusedException suspended(String scheduler, int live, int maxCallbackThreads) {
    return new AdmissionRefusedException(
        Text.format(
            "Scheduler '%s' refused a callback thread: it is suspended. It admits work again after inspect().resume().",
            scheduler),
        scheduler,
        live,
        maxCallbackThreads);
  }

  /** {@return how many callback threads were live} */
  public int live() {
    return live;
  }

  /** {@return how many may be} */
  public int maxCallbackThreads() {
    return maxCallbackThreads;
  }
}
