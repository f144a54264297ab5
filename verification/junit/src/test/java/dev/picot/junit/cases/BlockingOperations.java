/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit.cases;

import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.FileChannel;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/** The ways to block a thread with the JDK, for the table of who sees them. Unix only. */
public final class BlockingOperations {
  /** What cannot be let go takes so long. */
  private static final Duration LONG = Duration.ofMillis(400);

  /** Lets go of what is blocked, on a thread of its own, when it has been blocked for long. */
  public interface Releases {
    /** Does something then; until then the thread that does it holds what the others wait for. */
    void hold(Callable<?> acquire, Callable<?> release) throws InterruptedException;

    /** Does something then. */
    default void later(Callable<?> release) throws InterruptedException {
      hold(() -> null, release);
    }
  }

  /** Makes the preparations, and gives what blocks. */
  public interface Preparation {
    Callable<?> prepare(Releases releases, Path folder) throws Exception;
  }

  /**
   * One way.
   *
   * @param name as the table calls it
   * @param isBrief whether it blocks for a moment only, whatever one does
   * @param preparation makes it
   */
  public record Operation(String name, boolean isBrief, Preparation preparation) {}

  private BlockingOperations() {}

  public static List<Operation> all() {
    List<Operation> all = new ArrayList<>(threads());
    all.addAll(files());
    all.addAll(sockets());
    return all;
  }

  private static Operation lasting(String name, Preparation preparation) {
    return new Operation(name, false, preparation);
  }

  private static Operation brief(String name, Preparation preparation) {
    return new Operation(name, true, preparation);
  }

  private static List<Operation> threads() {
    return List.of(
        lasting(
            "`Thread.sleep`",
            (releases, folder) ->
                () -> {
                  Blockers.sleep(LONG);
                  return null;
                }),
        lasting(
            "`LockSupport.park`",
            (releases, folder) ->
                () -> {
                  Thread self = Thread.currentThread();
                  AtomicBoolean released = new AtomicBoolean();
                  releases.later(
                      () -> {
                        released.set(true);
                        LockSupport.unpark(self);
                        return null;
                      });
                  while (!released.get()) {
                    LockSupport.park(released);
                  }
                  return null;
                }),
        lasting(
            "`Object.wait`",
            (releases, folder) -> {
              Object lock = new Object();
              AtomicBoolean released = new AtomicBoolean();
              releases.later(
                  () -> {
                    synchronized (lock) {
                      released.set(true);
                      lock.notifyAll();
                    }
                    return null;
                  });
              return () -> {
                synchronized (lock) {
                  while (!released.get()) {
                    lock.wait();
                  }
                }
                return null;
              };
            }),
        lasting(
            "`synchronized`, contended",
            (releases, folder) -> {
              Object lock = new Object();
              CountDownLatch release = new CountDownLatch(1);
              releases.hold(() -> holdMonitor(lock, release), countDown(release));
              return () -> {
                Blockers.enter(lock);
                return null;
              };
            }),
        lasting(
            "`ConcurrentHashMap.computeIfAbsent`, contended",
            (releases, folder) -> {
              ConcurrentHashMap<String, String> map = new ConcurrentHashMap<>();
              CountDownLatch computing = new CountDownLatch(1);
              CountDownLatch release = new CountDownLatch(1);
              start(
                  () ->
                      map.computeIfAbsent(
                          "key",
                          key -> {
                            computing.countDown();
                            return awaited(release);
                          }));
              computing.await();
              releases.later(countDown(release));
              return () -> map.computeIfAbsent("key", key -> "mine");
            }),
        lasting(
            "`ReentrantLock.lock`, contended",
            (releases, folder) -> {
              ReentrantLock lock = new ReentrantLock();
              releases.hold(
                  () -> {
                    lock.lock();
                    return null;
                  },
                  () -> {
                    lock.unlock();
                    return null;
                  });
              return () -> {
                lock.lock();
                try {
                  return null;
                } finally {
                  lock.unlock();
                }
              };
            }),
        lasting(
            "`CountDownLatch.await`",
            (releases, folder) -> {
              CountDownLatch latch = new CountDownLatch(1);
              releases.later(countDown(latch));
              return () -> {
                latch.await();
                return null;
              };
            }),
        lasting(
            "`CompletableFuture.get`",
            (releases, folder) -> {
              CompletableFuture<String> future = new CompletableFuture<>();
              releases.later(() -> future.complete("done"));
              return () -> future.get();
            }),
        lasting(
            "`BlockingQueue.take`",
            (releases, folder) -> {
              LinkedBlockingQueue<String> queue = new LinkedBlockingQueue<>();
              releases.later(() -> queue.add("element"));
              return () -> queue.take();
            }),
        lasting(
            "`Thread.join`",
            (releases, folder) -> {
              CountDownLatch latch = new CountDownLatch(1);
              Thread thread = start(() -> awaited(latch));
              releases.later(countDown(latch));
              return () -> {
                thread.join();
                return null;
              };
            }),
        lasting(
            "`Process.waitFor`",
            (releases, folder) -> {
              Process process = new ProcessBuilder("sleep", "0.4").start();
              return () -> process.waitFor();
            }),
        brief(
            "`ProcessBuilder.start`",
            (releases, folder) -> {
              ProcessBuilder builder = new ProcessBuilder("true");
              builder.start().waitFor(); // which starts what starts processes
              return () -> builder.start();
            }),
        lasting(
            "a class that another thread initializes",
            (releases, folder) -> {
              SlowClass.Gate.RELEASE.set(new CountDownLatch(1));
              start(() -> SlowClass.VALUE);
              SlowClass.Gate.BEGUN.await();
              releases.later(countDown(SlowClass.Gate.RELEASE.get()));
              return () -> SlowClass.VALUE;
            }),
        lasting(
            "a computation",
            (releases, folder) -> {
              AtomicBoolean enough = new AtomicBoolean();
              releases.later(
                  () -> {
                    enough.set(true);
                    return null;
                  });
              return () -> {
                Blockers.spinUntil(enough::get);
                return null;
              };
            }));
  }

  private static List<Operation> files() {
    return List.of(
        lasting(
            "`FileInputStream.read`",
            (releases, folder) -> {
              Path pipe = pipe(releases, folder);
              return () -> {
                try (InputStream in = new FileInputStream(pipe.toFile())) {
                  return in.read();
                }
              };
            }),
        lasting(
            "`RandomAccessFile.read`",
            (releases, folder) -> {
              Path pipe = pipe(releases, folder);
              return () -> {
                try (RandomAccessFile in = new RandomAccessFile(pipe.toFile(), "r")) {
                  return in.read();
                }
              };
            }),
        lasting(
            "`FileChannel.read`",
            (releases, folder) -> {
              Path pipe = pipe(releases, folder);
              return () -> {
                try (FileChannel in = FileChannel.open(pipe)) {
                  return in.read(ByteBuffer.allocate(1));
                }
              };
            }),
        brief(
            "`Files.readString`, `Files.newInputStream`",
            (releases, folder) -> {
              Path file = Files.writeString(folder.resolve("text"), "text");
              return () -> Files.readString(file);
            }),
        brief(
            "`FileOutputStream.write`",
            (releases, folder) ->
                () -> {
                  try (FileOutputStream out =
                      new FileOutputStream(folder.resolve("out").toFile())) {
                    out.write(1);
                  }
                  return null;
                }),
        brief(
            "`Files.writeString`, `FileChannel.write`",
            (releases, folder) -> () -> Files.writeString(folder.resolve("written"), "text")),
        brief(
            "`FileChannel.force`",
            (releases, folder) -> {
              FileChannel channel =
                  FileChannel.open(
                      Files.writeString(folder.resolve("forced"), "text"),
                      StandardOpenOption.WRITE);
              return () -> {
                channel.force(true);
                return null;
              };
            }),
        brief(
            "`Files.exists`, `Files.size`",
            (releases, folder) -> () -> Files.exists(folder.resolve("nothing"))),
        brief("`Files.list`", (releases, folder) -> () -> entries(folder)));
  }

  private static List<Operation> sockets() {
    return List.of(
        brief(
            "`InetAddress.getByName`",
            (releases, folder) -> () -> InetAddress.getByName("localhost")),
        lasting(
            "`Socket.connect` with a timeout",
            (releases, folder) -> {
              ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
              for (int i = 0; i < 3; i++) { // then nobody answers
                SocketChannel waiting = SocketChannel.open();
                waiting.configureBlocking(false);
                waiting.connect(full.getLocalSocketAddress());
              }
              try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                  Socket first = new Socket()) { // which reads how this machine is configured
                first.connect(other.getLocalSocketAddress(), (int) LONG.toMillis());
              }
              return () -> {
                try (Socket socket = new Socket()) {
                  socket.connect(full.getLocalSocketAddress(), (int) LONG.toMillis());
                } catch (SocketTimeoutException e) {
                  full.close();
                }
                return null;
              };
            }),
        brief(
            "`new Socket(host, port)`",
            (releases, folder) -> {
              ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
              new Socket(server.getInetAddress(), server.getLocalPort()).close();
              return () -> new Socket(server.getInetAddress(), server.getLocalPort());
            }),
        lasting(
            "`Socket` read",
            (releases, folder) -> {
              ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
              Socket client = new Socket(server.getInetAddress(), server.getLocalPort());
              Socket accepted = server.accept();
              releases.later(
                  () -> {
                    accepted.getOutputStream().write(1);
                    return null;
                  });
              return () -> client.getInputStream().read();
            }),
        lasting(
            "`ServerSocket.accept`",
            (releases, folder) -> {
              ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
              releases.later(() -> new Socket(server.getInetAddress(), server.getLocalPort()));
              return () -> server.accept();
            }),
        lasting(
            "`SocketChannel` read, blocking",
            (releases, folder) -> {
              ServerSocketChannel server = ServerSocketChannel.open();
              server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
              SocketChannel client = SocketChannel.open(server.getLocalAddress());
              SocketChannel accepted = server.accept();
              releases.later(() -> accepted.write(ByteBuffer.allocate(1)));
              return () -> client.read(ByteBuffer.allocate(1));
            }),
        lasting(
            "`DatagramChannel.receive`",
            (releases, folder) -> {
              DatagramChannel receiver = DatagramChannel.open();
              receiver.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
              releases.later(
                  () ->
                      DatagramChannel.open()
                          .send(ByteBuffer.allocate(1), receiver.getLocalAddress()));
              return () -> receiver.receive(ByteBuffer.allocate(1));
            }),
        lasting(
            "`DatagramSocket.receive`",
            (releases, folder) -> {
              DatagramSocket receiver = new DatagramSocket(0, InetAddress.getLoopbackAddress());
              releases.later(
                  () ->
                      DatagramChannel.open()
                          .send(ByteBuffer.allocate(1), receiver.getLocalSocketAddress()));
              return () -> {
                receiver.receive(new DatagramPacket(new byte[1], 1));
                return null;
              };
            }),
        lasting(
            "`Selector.select`",
            (releases, folder) -> {
              Selector selector = Selector.open();
              releases.later(selector::wakeup);
              return () -> selector.select();
            }));
  }

  /** A pipe with a name: who reads it waits for what is written into it later. */
  private static Path pipe(Releases releases, Path folder) throws Exception {
    Path pipe = Files.createTempDirectory(folder, "pipe").resolve("pipe");
    new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor();
    FileChannel writer = FileChannel.open(pipe, StandardOpenOption.READ, StandardOpenOption.WRITE);
    releases.later(() -> writer.write(ByteBuffer.allocate(1)));
    return pipe;
  }

  private static long entries(Path folder) throws Exception {
    try (var entries = Files.list(folder)) {
      return entries.count();
    }
  }

  private static Thread start(Callable<?> action) {
    Thread thread =
        new Thread(
            () -> {
              try {
                action.call();
              } catch (Exception e) {
                throw new IllegalStateException(e);
              }
            },
            "peer-0");
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  private static Callable<?> countDown(CountDownLatch latch) {
    return () -> {
      latch.countDown();
      return null;
    };
  }

  private static String awaited(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return "done";
  }

  /** Holds it on a thread of its own, until the latch is open. */
  private static Object holdMonitor(Object lock, CountDownLatch release)
      throws InterruptedException {
    CountDownLatch holding = new CountDownLatch(1);
    start(
        () -> {
          synchronized (lock) {
            holding.countDown();
            return awaited(release);
          }
        });
    holding.await();
    return lock;
  }
}
