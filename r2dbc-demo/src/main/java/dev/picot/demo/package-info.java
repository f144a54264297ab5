/**
 * Rooms: a chat-history service in which each HTTP request is one callback thread.
 *
 * <p>Start with {@link dev.picot.demo.RoomsApplication}; {@link dev.picot.demo.RoomsServer} shows
 * how the parts fit together.
 *
 * <p>Threading: Reactor Netty's own loops read and write the connections and collect request
 * bodies, nothing more. What a request asks for is done by one callback thread of the service it
 * belongs to: {@code rooms}, or {@code control} for health and thread dumps, which therefore answer
 * when {@code rooms} is full or stuck. Whatever blocks (JDBC, and R2DBC on embedded H2) runs on the
 * elastic pool of that service and comes home.
 */
@NullMarked
package dev.picot.demo;

import org.jspecify.annotations.NullMarked;
