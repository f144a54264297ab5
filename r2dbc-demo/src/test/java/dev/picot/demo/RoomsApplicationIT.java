/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.demo;

import static dev.picot.demo.RoomsClient.message;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ServerSocket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The application as a process of its own: started, loaded, stopped, started again. */
@Timeout(120)
class RoomsApplicationIT {
  private static final Pattern READY =
      Pattern.compile("Rooms is ready: http://127\\.0\\.0\\.1:(\\d+)/ \\(H2 file:.*rooms\\)");

  @TempDir private Path directory;

  private final List<Process> processes = new ArrayList<>();

  /** A running application. */
  private record Application(Process process, RoomsClient client) {
    int exitCode() throws InterruptedException {
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("ended").isTrue();
      return process.exitValue();
    }
  }

  /** What clients asked for, and which of it the server accepted. */
  private static final class Load {
    private final Map<String, String> asked = new ConcurrentHashMap<>();
    private final Set<String> accepted = ConcurrentHashMap.newKeySet();
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicBoolean over = new AtomicBoolean();

    /** One client: posts a message after the other until the server is gone. */
    void run(RoomsClient client) {
      while (!over.get()) {
        String text = "m" + next.incrementAndGet();
        asked.put(text, "key-" + text);
        try {
          if (post(client, text).statusCode() == 201) {
            accepted.add(text);
          }
        } catch (RuntimeException e) {
          over.set(true); // the server is gone
        }
      }
    }

    HttpResponse<String> post(RoomsClient client, String text) {
      return client.post("/rooms/load/messages", message("A", text), "key-" + text);
    }
  }

  @AfterEach
  void killWhatIsLeft() {
    processes.forEach(Process::destroyForcibly);
  }

  private Process java(String... args) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                RoomsApplication.class.getName()));
    command.addAll(Arrays.asList(args));
    Process process =
        new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true).start();
    processes.add(process);
    return process;
  }

  private Application start() throws IOException {
    Process process = java("--port=0");
    BufferedReader out =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    StringBuilder output = new StringBuilder();
    String line;
    while ((line = out.readLine()) != null) {
      output.append(line).append('\n');
      Matcher ready = READY.matcher(line);
      if (ready.matches()) {
        new Thread(() -> out.lines().forEach(rest -> {}), "drain").start();
        return new Application(process, new RoomsClient(Integer.parseInt(ready.group(1))));
      }
    }
    throw new AssertionError("Not ready: " + output);
  }

  private Load loadUntil(Application application, int accepted, Runnable stop) {
    Load load = new Load();
    List<CompletableFuture<Void>> clients = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      clients.add(
          CompletableFuture.runAsync(
              () -> load.run(application.client()), task -> new Thread(task).start()));
    }
    Waiting.until(
        accepted + " messages", application.client(), () -> load.accepted.size() >= accepted);
    stop.run();
    clients.forEach(CompletableFuture::join);
    return load;
  }

  private static void assertNothingLostOrDoubled(Application application, Load load) {
    List<String> stored = application.client().texts("load");
    assertThat(stored).doesNotHaveDuplicates().containsAll(load.accepted);

    load.asked.keySet().stream()
        .filter(text -> !load.accepted.contains(text))
        .forEach(
            text -> assertThat(load.post(application.client(), text).statusCode()).isIn(200, 201));
    assertThat(application.client().texts("load"))
        .containsExactlyInAnyOrderElementsOf(load.asked.keySet());
  }

  @Test
  void losesNothingAndExitsWithZeroWhenItIsToldToStop() throws Exception {
    Application first = start();
    first.client().createRoom("load");
    Load load = loadUntil(first, 300, first.process()::destroy);
    assertThat(first.exitCode()).isZero();

    Application second = start();
    assertNothingLostOrDoubled(second, load);
    assertThat(second.client().texts("lobby")).hasSize(Seeder.MESSAGES_PER_ROOM);
    second.process().destroy();
    assertThat(second.exitCode()).isZero();
  }

  @Test
  void losesNothingWhenItIsKilled() throws Exception {
    Application first = start();
    first.client().createRoom("load");
    Load load = loadUntil(first, 300, first.process()::destroyForcibly);
    assertThat(first.exitCode()).isNotZero();

    Application second = start();
    assertNothingLostOrDoubled(second, load);
  }

  @Test
  void endsWhenTheDatabaseIsInUse() throws Exception {
    start();

    Process second = java("--port=0");

    assertThat(output(second)).startsWith("rooms: Cannot open the database").contains("locked");
    assertThat(second.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(second.exitValue()).isEqualTo(1);
  }

  @Test
  void endsWhenThePortIsInUse() throws Exception {
    try (ServerSocket taken = new ServerSocket(0)) {
      Process process = java("--port=" + taken.getLocalPort(), "--host=0.0.0.0");

      assertThat(output(process)).contains("cannot listen on", "in use", "--port");
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isEqualTo(1);
    }
  }

  @Test
  void leavesNothingButItsDatabaseBehind() throws Exception {
    Application application = start();
    application.process().destroy();
    application.exitCode();

    try (var files = Files.list(directory)) {
      assertThat(files.map(file -> file.getFileName().toString())).containsExactly("rooms.mv.db");
    }
  }

  private static String output(Process process) throws IOException {
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }
}
