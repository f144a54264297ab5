/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.Task;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The way of a request through the threads, with the parts put together as the server does. */
@Timeout(60)
class FollowOneRequestIT {
  private final Map<String, String> seen = new ConcurrentHashMap<>();
  private RoomsParts parts;

  @BeforeEach
  void start() throws Exception {
    parts = new RoomsParts("follow", source -> seeing("jdbc", source), this::watched);
  }

  @AfterEach
  void stop() {
    parts.close();
  }

  private Task<Response> watched(Request request, Task<Response> answer) {
    see("request");
    return Task.run(() -> see("first step")).then(answer).doOnSuccess(response -> see("last step"));
  }

  private void see(String where) {
    seen.put(where, Thread.currentThread().getName());
  }

  private DataSource seeing(String where, DataSource source) {
    return (DataSource)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {DataSource.class},
            (proxy, method, args) -> {
              see(where);
              try {
                return method.invoke(source, args);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private static void get(RawConnection connection, String path) throws IOException {
    assertThat(connection.send("GET %s HTTP/1.1\r\nHost: test\r\n\r\n".formatted(path)).read())
        .startsWith("HTTP/1.1 200 ");
  }

  @Test
  void goesFromTheIoLoopToOneLoopToAnElasticThreadAndHome() throws IOException {
    try (RawConnection connection = new RawConnection(parts.port())) {
      get(connection, "/rooms/java/report");
    }

    assertThat(seen.get("request")).startsWith("rooms-io-");
    assertThat(seen.get("first step")).startsWith("rooms-").isNotEqualTo(seen.get("request"));
    assertThat(seen.get("jdbc")).startsWith("rooms-elastic-");
    assertThat(seen.get("last step")).isEqualTo(seen.get("first step"));
  }

  @Test
  void createsNoThreadOnceItIsWarm() throws IOException {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    try (RawConnection connection = new RawConnection(parts.port())) {
      requests(connection, 300);
      Set<Long> before = ids(threads);
      long startedBefore = threads.getTotalStartedThreadCount();

      requests(connection, 1_000);

      assertThat(before).containsAll(ids(threads));
      assertThat(threads.getTotalStartedThreadCount()).isEqualTo(startedBefore);
    }
  }

  private static Set<Long> ids(ThreadMXBean threads) {
    return Arrays.stream(threads.getAllThreadIds()).boxed().collect(Collectors.toSet());
  }

  private static void requests(RawConnection connection, int count) throws IOException {
    List<String> paths =
        List.of("/rooms", "/rooms/java/messages?limit=10", "/rooms/java/report", "/rooms?limit=1");
    for (int i = 0; i < count; i++) {
      get(connection, paths.get(i % paths.size()));
    }
  }
}
