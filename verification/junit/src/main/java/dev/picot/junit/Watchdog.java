/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The second detector: looks at the stacks of the non-blocking threads every 20 ms while a test is
 * observed, and reports the ones that one piece of work has held for too long.
 *
 * <p>A pause of the whole process makes a look late; a late look counts as one period, no more.
 * What BlockHound has seen is not reported again; its duration is added.
 */
final class Watchdog {
  private static final long PERIOD = TimeUnit.MILLISECONDS.toNanos(20);
  private static final long SHORTEST_RECHECK = TimeUnit.MILLISECONDS.toNanos(1);

  /** What a busy thread gets at the end of a test, beyond a few times the threshold. */
  private static final long LONGEST_SETTLING = TimeUnit.MILLISECONDS.toNanos(500);

  private final BlockingCallRecorder blockHound;
  private final FlightDetector flights;

  /** What busy threads do, by thread id. Guarded by this. */
  private Map<Long, Episode> episodes = new HashMap<>();

  /** When the threads were last looked at. Guarded by this. */
  private long lastLook = System.nanoTime();

  /** How many tests are observed. Guarded by this. */
  private int users;

  /** Runs while there are users. Guarded by this. */
  private @Nullable Thread sampler;

  Watchdog(BlockingCallRecorder blockHound, FlightDetector flights) {
    this.blockHound = blockHound;
    this.flights = flights;
  }

  synchronized void begin() {
    if (users++ == 0) {
      flights.begin();
    }
    look();
    if (sampler == null) {
      sampler = new Thread(this::run, "picot-junit-watchdog-0");
      sampler.setDaemon(true);
      sampler.start();
    }
  }

  /**
   * The test has ended. A thread that is busy now gets the time to become idle or to be reported.
   */
  void end(ObservedTest test) {
    try {
      settle(test);
      flights.report();
    } finally {
      synchronized (this) {
        users--;
      }
    }
  }

  private void settle(ObservedTest test) {
    long left = 3 * test.stallAfter().toNanos() + LONGEST_SETTLING;
    List<Episode> unsettled = unsettled(test, null);
    for (long wait = SHORTEST_RECHECK;
        !unsettled.isEmpty() && left > 0;
        wait = Math.min(2 * wait, PERIOD)) {
      long before = System.nanoTime();
      LockSupport.parkNanos(this, wait);
      left -= counted(System.nanoTime() - before);
      unsettled = unsettled(test, unsettled);
    }
  }

  /** Looks, and returns what is neither over nor reported; of the earlier ones if given. */
  private synchronized List<Episode> unsettled(ObservedTest test, @Nullable List<Episode> earlier) {
    look();
    List<Episode> unsettled = new ArrayList<>();
    for (Episode episode : episodes.values()) {
      if (!episode.isSettledFor(test) && (earlier == null || earlier.contains(episode))) {
        unsettled.add(episode);
      }
    }
    return unsettled;
  }

  private void run() {
    do {
      LockSupport.parkNanos(this, PERIOD);
    } while (looksAgain());
  }

  /** False if nobody needs the sampler, which ends then, as it does if it fails. */
  private synchronized boolean looksAgain() {
    boolean goesOn = false;
    try {
      if (users > 0) {
        look();
        goesOn = true;
      }
    } finally {
      if (!goesOn) {
        sampler = null;
      }
    }
    return goesOn;
  }

  private synchronized void look() {
    long now = System.nanoTime();
    long counted = counted(now - lastLook);
    lastLook = now;
    Map<Long, Episode> busy = new HashMap<>();
    List<Thread> alive = NonBlockingThreads.alive();
    flights.saw(alive);
    for (Sample sample : Sample.of(alive)) {
      if (!IdleRules.isIdle(sample.state(), sample.stack())) {
        busy.put(sample.thread().getId(), follow(sample, counted, now));
      }
    }
    blockHound.forgetOthers(busy.keySet(), now);
    episodes = busy;
    List<ObservedTest> tests = ObservedTest.running();
    for (Episode episode : busy.values()) {
      tests.forEach(episode::reportTo);
    }
  }

  /**
   * What of the time since the last look counts: a late look means that the process stood still.
   */
  static long counted(long elapsed) {
    return elapsed > 2 * PERIOD ? PERIOD : elapsed;
  }

  private Episode follow(Sample sample, long counted, long now) {
    BlockingCallRecorder.OpenCall call =
        blockHound.openCall(sample.thread().getId(), sample.stack());
    if (call != null) {
      call.isStillGoingOn(now);
    }
    Episode episode = episodes.get(sample.thread().getId());
    if (episode == null || !episode.continuesWith(sample)) {
      return new Episode(sample, call != null);
    }
    episode.grow(sample, counted, call != null);
    return episode;
  }
}
