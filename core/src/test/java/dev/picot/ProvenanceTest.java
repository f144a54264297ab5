/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.internal.Provenance;
import dev.picot.loop.LoopGroup;
import dev.picot.loop.LoopThread;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Who has started what runs, for those who want to know. */
class ProvenanceTest {
  private static final String ME = "me";

  @RegisterExtension final Schedulers schedulers = new Schedulers();

  private final Thread caller = Thread.currentThread();

  @BeforeEach
  void ask() {
    Provenance.ask(() -> Thread.currentThread() == caller ? ME : null);
  }

  @AfterEach
  void askNoMore() {
    Provenance.ask(() -> null);
  }

  private static String mine() {
    return String.valueOf(LoopThread.provenanceOf(Thread.currentThread()));
  }

  private static String valueOf(CallbackThread<String> thread) {
    return Deadline.value(thread);
  }

  @Test
  void aCallbackThread_isOfWhoSpawnsIt_andSoAreItsChildren() {
    LoopScheduler scheduler = schedulers.one();
    Task<String> child = Task.call(ProvenanceTest::mine);
    Task<String> parent = Task.fork(child).flatMap(CallbackThread::join);

    assertThat(valueOf(scheduler.spawn(child))).isEqualTo(ME);
    assertThat(valueOf(scheduler.spawn(parent))).isEqualTo(ME);
  }

  @Test
  void itStaysSo_afterAWait_andOnAnotherScheduler() {
    LoopScheduler other = schedulers.build("other", builder -> builder.loops(1));
    Task<String> away = Task.call(ProvenanceTest::mine).runIn(other);

    assertThat(valueOf(schedulers.one().spawn(Task.blocking(() -> "price").then(away))))
        .isEqualTo(ME);
  }

  @Test
  void anExecutorTask_isOfWhoExecutesIt() throws Exception {
    CompletableFuture<String> told = new CompletableFuture<>();

    schedulers.one().executor().execute(() -> told.complete(mine()));

    assertThat(told.get(5, TimeUnit.SECONDS)).isEqualTo(ME);
  }

  @Test
  void aScheduler_isOfWhoMakesIt() {
    assertThat(LoopGroup.of(schedulers.one()).provenance()).isEqualTo(ME);
  }

  @Test
  void whatNobodyKnows_isOfNobody() {
    LoopScheduler scheduler = schedulers.one();
    Task<String> spawnsAnother =
        Task.call(() -> scheduler.spawn(Task.call(ProvenanceTest::mine)))
            .flatMap(CallbackThread::join);

    assertThat(valueOf(scheduler.spawn(spawnsAnother))).isEqualTo("null");
    assertThat(LoopThread.provenanceOf(caller)).isNull();
  }
}
