/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.techempower.server;

import dev.picot.LoopScheduler;
import dev.picot.Task;
import dev.picot.reactor.CallbackMono;
import reactor.core.publisher.Mono;
import reactor.netty.resources.LoopResources;

/**
 * Ours, <em>isolated</em>: Netty's loops do the I/O, as in {@link InlineServer}; each request is a
 * callback thread of a service that has as many loops again.
 */
final class IsolatedServer {
  private final LoopScheduler scheduler;
  private final R2dbcRows rows;

  private IsolatedServer(LoopScheduler scheduler, R2dbcRows rows) {
    this.scheduler = scheduler;
    this.rows = rows;
  }

  static int start(Site site) {
    LoopResources loops = NettyFront.loops(site);
    IsolatedServer server =
        new IsolatedServer(
            LoopScheduler.builder("techempower").loops(site.loops()).build(),
            R2dbcRows.pooled(site, loops));
    return NettyFront.listen(loops, server::answer);
  }

  private Mono<Answer> answer(Call call) {
    return CallbackMono.of(scheduler, task(call));
  }

  private Task<Answer> task(Call call) {
    return switch (call.kind()) {
      case PLAINTEXT -> Task.call(Answer::plaintext);
      case JSON -> Task.call(Answer::json);
      case DB -> Task.defer(() -> Task.await(rows.world(World.randomId()))).map(Answer::of);
      case QUERIES ->
          Task.defer(() -> Task.await(rows.worlds(World.randomIds(call.count())))).map(Answer::of);
      case FORTUNES -> Task.defer(() -> Task.await(rows.fortunes())).map(Answer::ofFortunes);
      case UPDATES ->
          Task.defer(() -> Task.await(rows.update(World.distinctRandomIds(call.count()))))
              .map(Answer::of);
    };
  }
}
