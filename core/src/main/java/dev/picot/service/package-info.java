/**
 * Services that do not touch each other, and tasks that are started again when they fail.
 *
 * <p>Start with {@link dev.picot.service.ServiceRouter}, which keeps one compartment for each
 * service, and {@link dev.picot.service.Supervisor}, which keeps long-lived tasks running.
 *
 * <p>Threading: all types may be used from any thread; what a supervisor is given runs in steps of
 * callback threads.
 */
@NullMarked
package dev.picot.service;

import org.jspecify.annotations.NullMarked;
