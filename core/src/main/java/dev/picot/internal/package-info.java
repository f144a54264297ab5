/**
 * Helpers that several packages of core share. Internal.
 *
 * <p>Start with {@link dev.picot.internal.Check}.
 *
 * <p>Threading: everything here is stateless.
 */
@NullMarked
package dev.picot.internal;

import org.jspecify.annotations.NullMarked;
