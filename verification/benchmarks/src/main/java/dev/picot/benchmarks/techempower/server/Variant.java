/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.techempower.server;

/** The variants of the service, in the order of the table. */
public enum Variant {
  /** All on the loops of one service, which are Netty event loops. */
  COLOCATED("colocated", true, 17, ColocatedServer::start),
  /** Netty's own loops, and a callback thread for each request on loops of its service. */
  ISOLATED("isolated", true, 17, IsolatedServer::start),
  /** All on Netty's loops, as plain Reactor code does it. */
  REACTOR_NETTY("Reactor Netty", false, 17, InlineServer::start),
  /** Blocking calls on Reactor's elastic pool. */
  ELASTIC("JDBC on boundedElastic", false, 17, JdbcServer::startElastic),
  /** Another toolkit, with its own driver. */
  VERTX("Vert.x", false, 17, VertxServer::start),
  /** Blocking calls on a virtual thread for each request; before 25 monitors pin the carrier. */
  VIRTUAL("JDBC on virtual threads", false, 25, JdbcServer::startVirtual);

  private final String label;
  private final boolean isOurs;
  private final int leastJdk;

  @SuppressWarnings("ImmutableEnumChecker") // a static method, without state
  private final Server server;

  Variant(String label, boolean isOurs, int leastJdk, Server server) {
    this.label = label;
    this.isOurs = isOurs;
    this.leastJdk = leastJdk;
    this.server = server;
  }

  /** {@return what it is called in the table} */
  public String label() {
    return label;
  }

  /** {@return whether it is one of ours, to be judged} */
  public boolean isOurs() {
    return isOurs;
  }

  /** {@return the least JDK that it needs} */
  public int leastJdk() {
    return leastJdk;
  }

  Server server() {
    return server;
  }
}
