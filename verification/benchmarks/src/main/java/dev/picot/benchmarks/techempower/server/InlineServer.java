/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.techempower.server;

import reactor.core.publisher.Mono;
import reactor.netty.resources.LoopResources;

/** Plain Reactor Netty and R2DBC: everything happens on Netty's loops. */
final class InlineServer {
  private final R2dbcRows rows;

  private InlineServer(R2dbcRows rows) {
    this.rows = rows;
  }

  static int start(Site site) {
    LoopResources loops = NettyFront.loops(site);
    return NettyFront.listen(loops, new InlineServer(R2dbcRows.pooled(site, loops))::answer);
  }

  private Mono<Answer> answer(Call call) {
    return switch (call.kind()) {
      case PLAINTEXT -> Mono.fromSupplier(Answer::plaintext);
      case JSON -> Mono.fromSupplier(Answer::json);
      case DB -> rows.world(World.randomId()).map(Answer::of);
      case QUERIES -> rows.worlds(World.randomIds(call.count())).map(Answer::of);
      case FORTUNES -> rows.fortunes().map(Answer::ofFortunes);
      case UPDATES -> rows.update(World.distinctRandomIds(call.count())).map(Answer::of);
    };
  }
}
