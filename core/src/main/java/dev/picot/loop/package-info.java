/**
 * Event loops: ownership, takeover, inbox, timers, the elastic pool, and the threads that watch
 * over them. Internal; knows nothing of callback threads.
 *
 * <p>Start with {@link dev.picot.loop.Loop}; what it schedules is a {@link
 * dev.picot.loop.LoopTask}.
 *
 * <p>Threading: a loop's structures belong to its <em>owner</em>, the one thread that holds the
 * current generation of the loop's ownership word. Everybody else goes through the inbox.
 */
@NullMarked
package dev.picot.loop;

import org.jspecify.annotations.NullMarked;
