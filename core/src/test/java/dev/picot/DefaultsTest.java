/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.loop.LoopGroup;
import java.time.Duration;
import java.util.Locale;
import java.util.logging.Level;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Safe without configuration, and told at the start. */
class DefaultsTest {
  private static final int CPUS = Runtime.getRuntime().availableProcessors();
  private static final int LOOPS = Math.max(2, CPUS);
  private static final long LIVE =
      Math.max(10_000, Math.min(1_000_000, Runtime.getRuntime().maxMemory() / 8_192));
  private static final int ELASTIC = Math.max(16, Math.min(64, 10 * CPUS));
  private static final int DETACHED = Math.max(2, Math.min(8, CPUS));

  @RegisterExtension final Schedulers schedulers = new Schedulers();

  /** Without the options of tests. */
  private LoopScheduler asByDefault() {
    return schedulers.build("checkout", options -> LoopScheduler.builder("checkout"));
  }

  private String startUpLine(LoopScheduler scheduler) {
    LogCapture.Entry entry = schedulers.log().take("picot scheduler '" + scheduler.name() + "'");
    assertThat(entry.level()).isEqualTo(Level.INFO);
    assertThat(entry.thread()).isEqualTo("picot-log");
    return entry.message();
  }

  @Test
  void loops_areOneForEachProcessor_atLeastTwo() {
    LoopScheduler scheduler = asByDefault();

    assertThat(scheduler.stats().loops()).isEqualTo(LOOPS);
    assertThat(scheduler.group().loops())
        .extracting(loop -> loop.name())
        .startsWith("checkout-1", "checkout-2");
  }

  @Test
  void limitsOfTheWatchdog() {
    LoopScheduler scheduler = asByDefault();

    LoopGroup.Limits limits = scheduler.group().limits();

    assertThat(limits.warnNanos()).isEqualTo(ofMillis(200).toNanos());
    assertThat(limits.takeoverNanos()).isEqualTo(ofSeconds(1).toNanos());
    assertThat(limits.failNanos()).isEqualTo(ofSeconds(30).toNanos());
    assertThat(limits.maxDetached()).isEqualTo(DETACHED);
    assertThat(limits.quiet()).isEqualTo(ofSeconds(10));
  }

  @Test
  void limitsOfTheElasticPool() {
    var options = new ElasticOptions();

    assertThat(options.maxThreads()).isEqualTo(ELASTIC);
    assertThat(options.maxQueued()).isEqualTo(64 * ELASTIC);
    assertThat(options.keepAlive()).isEqualTo(ofSeconds(60));
  }

  @Test
  void theElasticQueue_growsWithTheThreads() {
    var options = new ElasticOptions().maxThreads(3);

    assertThat(options.maxQueued()).isEqualTo(192);
  }

  @Test
  void timesOfClosing() {
    assertThat(Closing.Times.DEFAULT.grace()).isEqualTo(ofSeconds(10));
    assertThat(Closing.Times.DEFAULT.force()).isEqualTo(ofSeconds(10));
  }

  @Test
  void theStartUpLine_tellsThemAndTheirRules() {
    LoopScheduler scheduler = asByDefault();

    assertThat(startUpLine(scheduler))
        .isEqualTo(
            "picot scheduler 'checkout': "
                + LOOPS
                + " loops (default max(2, cpus)), at most "
                + LIVE
                + " callback threads (default heap / 8 KiB), elastic pool "
                + ELASTIC
                + " threads (default 10 x cpus, 16 to 64), "
                + 64 * ELASTIC
                + " queued (default 64 x threads), keep-alive PT1M, warn after PT30S; watchdog: warn after PT0.2S,"
                + " take over after PT1S, fail after PT30S, at most "
                + DETACHED
                + " detached");
  }

  @Test
  void theStartUpLine_tellsWhatWasSetInstead() {
    LoopScheduler scheduler =
        schedulers.build(
            "checkout",
            b ->
                b.loops(1)
                    .maxCallbackThreads(12_345)
                    .elastic(e -> e.maxThreads(10_000).maxQueued(67_890).keepAlive(ofSeconds(7)))
                    .watchdog(
                        w ->
                            w.warnAfter(ofMillis(100))
                                .takeoverAfter(ofMillis(500))
                                .failAfter(ofSeconds(9))
                                .maxDetached(3)));

    assertThat(startUpLine(scheduler))
        .contains(
            "1 loops (",
            "at most 12345 callback threads",
            "elastic pool 10000 threads",
            "67890 queued",
            "keep-alive PT7S",
            "warn after PT0.1S, take over after PT0.5S, fail after PT9S, at most 3 detached");
  }

  @Test
  void theStartUpLine_isWrittenAlikeInEveryLocale() {
    Locale before = Locale.getDefault();
    Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
    try {
      LoopScheduler scheduler =
          schedulers.build("checkout", b -> b.loops(11).elastic(e -> e.maxThreads(12)));

      assertThat(startUpLine(scheduler)).contains(": 11 loops (", "pool 12 threads");
    } finally {
      Locale.setDefault(before);
    }
  }

  @Test
  void theStartUpLine_keepsOddNames() {
    LoopScheduler scheduler = schedulers.build("it's {0} %s", b -> b.loops(1));

    assertThat(startUpLine(scheduler)).startsWith("picot scheduler 'it's {0} %s': 1 loops");
  }

  @Test
  void create_usesTheDefaults() {
    try (LoopScheduler scheduler = LoopScheduler.create("checkout")) {
      assertThat(scheduler.name()).isEqualTo("checkout");
      assertThat(scheduler.stats().loops()).isEqualTo(LOOPS);
      assertThat(scheduler.group().limits().quiet()).isEqualTo(Duration.ofSeconds(10));
    }
  }

  @Test
  void aBuilder_mayBuildRepeatedly() {
    LoopScheduler.Builder builder = LoopScheduler.builder("checkout").loops(1);

    try (LoopScheduler one = builder.build();
        LoopScheduler other = builder.build()) {
      assertThat(Deadline.value(one.spawn(Task.call(LoopScheduler::current)))).contains(one);
      assertThat(Deadline.value(other.spawn(Task.call(LoopScheduler::current)))).contains(other);
    }
  }
}
