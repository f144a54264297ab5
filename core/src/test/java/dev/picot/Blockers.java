/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/** The ways in which a step can hold its thread up; the one class of the tests that may sleep. */
enum Blockers {
  SLEEP {
    @Override
    void hold(CountDownLatch released) throws InterruptedException {
      while (released.getCount() != 0) {
        Thread.sleep(1); // a step that sleeps is what the tests of takeover are about
      }
    }
  },
  SPIN {
    @Override
    void hold(CountDownLatch released) {
      while (released.getCount() != 0) {
        Thread.onSpinWait();
      }
    }
  },
  MONITOR {
    @Override
    void hold(CountDownLatch released) throws InterruptedException {
      Object monitor = new Object();
      CountDownLatch entered = new CountDownLatch(1);
      Thread holder =
          new Thread(
              () -> {
                synchronized (monitor) {
                  entered.countDown();
                  awaitUninterruptibly(released);
                }
              },
              "holder of the monitor");
      holder.setDaemon(true);
      holder.start();
      entered.await();
      synchronized (monitor) {
        released.await();
      }
    }
  },
  PARK {
    @Override
    void hold(CountDownLatch released) {
      while (released.getCount() != 0) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
      }
    }
  },
  SOCKET_READ {
    @Override
    void hold(CountDownLatch released) throws IOException {
      try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
          Socket reader = new Socket(server.getInetAddress(), server.getLocalPort());
          Socket writer = server.accept()) {
        Thread answer =
            new Thread(
                () -> {
                  awaitUninterruptibly(released);
                  try {
                    writer.getOutputStream().write(1);
                  } catch (IOException e) {
                    throw new UncheckedIOException(e);
                  }
                },
                "writer to the socket");
        answer.setDaemon(true);
        answer.start();
        int unused = reader.getInputStream().read();
      }
    }
  },
  LOCK {
    @Override
    void hold(CountDownLatch released) throws InterruptedException {
      ReentrantLock lock = new ReentrantLock();
      CountDownLatch entered = new CountDownLatch(1);
      Thread holder =
          new Thread(
              () -> {
                lock.lock();
                try {
                  entered.countDown();
                  awaitUninterruptibly(released);
                } finally {
                  lock.unlock();
                }
              },
              "holder of the lock");
      holder.setDaemon(true);
      holder.start();
      entered.await();
      lock.lock();
      try {
        released.await();
      } finally {
        lock.unlock();
      }
    }
  },
  CHANNEL_READ {
    @Override
    void hold(CountDownLatch released) throws IOException {
      Pipe pipe = Pipe.open();
      try (Pipe.SourceChannel source = pipe.source();
          Pipe.SinkChannel sink = pipe.sink()) {
        Thread answer =
            new Thread(
                () -> {
                  awaitUninterruptibly(released);
                  try {
                    sink.write(ByteBuffer.wrap(new byte[1]));
                  } catch (IOException e) {
                    throw new UncheckedIOException(e);
                  }
                },
                "writer to the channel");
        answer.setDaemon(true);
        answer.start();
        int unused = source.read(ByteBuffer.allocate(1));
      }
    }
  },
  /** Allocates nothing and, once compiled, looks at no safepoint within a counted loop. */
  COUNTED_LOOP {
    @Override
    void hold(CountDownLatch released) {
      int total = 0;
      while (released.getCount() != 0) {
        total = count(total);
      }
      sum = total; // else the loop could be left out
    }
  };

  private static final int ROUNDS = 100_000_000;

  @SuppressWarnings("unused") // written only
  private static volatile int sum;

  private static int count(int seed) {
    int total = seed;
    for (int i = 0; i < ROUNDS; i++) {
      total = total * 31 + (total ^ i);
    }
    return total;
  }

  /** Holds the calling thread up until the latch opens. */
  abstract void hold(CountDownLatch released) throws Exception;

  private static void awaitUninterruptibly(CountDownLatch latch) {
    boolean interrupted = false;
    while (latch.getCount() != 0) {
      try {
        latch.await();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
