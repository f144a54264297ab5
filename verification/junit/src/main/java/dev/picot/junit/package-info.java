/**
 * Finds blocking calls on non-blocking threads in the tests of any reactive application.
 *
 * <p>Start with {@link dev.picot.junit.NoBlocking}. Reactor, Netty, BlockHound and the JUnit
 * Platform Launcher may be absent at run time; each is known to one package below this one.
 *
 * <p>Threading: a test begins and ends on its own thread; incidents are taken down on the threads
 * that block and on the watchdog's.
 */
@NullMarked
package dev.picot.junit;

import org.jspecify.annotations.NullMarked;
