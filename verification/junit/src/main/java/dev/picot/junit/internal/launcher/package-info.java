/**
 * What {@code picot-junit} knows of the JUnit Platform Launcher, which need not be on the class
 * path.
 *
 * <p>Start with {@link dev.picot.junit.internal.launcher.EarlyInstallation}. Internal.
 *
 * <p>Threading: the launcher's thread.
 */
@NullMarked
package dev.picot.junit.internal.launcher;

import org.jspecify.annotations.NullMarked;
