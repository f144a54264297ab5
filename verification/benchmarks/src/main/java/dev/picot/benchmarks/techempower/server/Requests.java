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

/** Each request as a callback thread. */
record Requests(LoopScheduler scheduler, R2dbcRows rows) {
  Mono<Answer> answer(Call call) {
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
