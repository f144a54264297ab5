/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.examples;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.CallbackThread;
import dev.picot.Outcome;
import dev.picot.Task;
import dev.picot.TaskTimeoutException;
import dev.picot.stream.Mailbox;
import dev.picot.stream.MailboxClosedException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A session of a chat, as a WebSocket would have it: one callback thread and its two children. */
class ChatSessionTest {
  private static final Duration HEARTBEAT = ofSeconds(10);
  private static final Duration IDLE = ofSeconds(25);

  private final TimedTrace chat = new TimedTrace("chat");

  /** What is to be sent to those who are in the room. Any thread. */
  private final List<Mailbox<String>> room = new CopyOnWriteArrayList<>();

  /** What the session needs of a WebSocket. */
  private final class Socket {
    private final String client;
    private final Duration timeToWrite;

    /** The network offers them; what does not fit is the client's loss. */
    final Mailbox<String> frames = Mailbox.bounded(16);

    Socket(String client, Duration timeToWrite) {
      this.client = client;
      this.timeToWrite = timeToWrite;
    }

    Task<Void> write(String frame) {
      return Task.sleep(timeToWrite).then(Task.run(() -> chat.note(client + " gets " + frame)));
    }

    void close() {
      frames.closeNow();
      chat.note(client + " is closed");
    }
  }

  // region session
  private Task<String> session(Socket socket) {
    return Task.using(
        Task.call(this::enter),
        toSend -> Task.first(List.of(reading(socket), writing(socket, toSend))),
        (toSend, outcome) -> Task.run(() -> leave(socket, toSend)));
  }

  /** Ends the session when the client says nothing for too long, or has gone. */
  private Task<String> reading(Socket socket) {
    return Task.<String>loop(
            () -> socket.frames.receive().timeout(IDLE).flatMap(frame -> heard(frame)))
        .onErrorResume(TaskTimeoutException.class, idle -> Task.value("was idle"))
        .onErrorResume(MailboxClosedException.class, gone -> Task.value("has gone"));
  }

  /** Sends a heartbeat when there is nothing else to send. */
  private Task<String> writing(Socket socket, Mailbox<String> toSend) {
    return Task.loop(
        () -> toSend.receive(HEARTBEAT).flatMap(line -> socket.write(line.orElse("ping"))));
  }

  private Mailbox<String> enter() {
    Mailbox<String> toSend =
        Mailbox.<String>dropOldest(2).onUndelivered(line -> chat.note("lost: " + line));
    room.add(toSend);
    return toSend;
  }

  private void leave(Socket socket, Mailbox<String> toSend) {
    room.remove(toSend);
    toSend.closeNow();
    socket.close();
  }

  // end region

  private Task<Void> heard(String frame) {
    return frame.equals("pong") ? Task.done() : Task.run(() -> say(frame));
  }

  private void say(String line) {
    room.forEach(toSend -> toSend.offer(line));
  }

  private CallbackThread<String> connect(Socket socket) {
    CallbackThread<String> session = chat.scheduler().spawn(session(socket));
    chat.pass(Duration.ZERO);
    return session;
  }

  @AfterEach
  void close() {
    chat.close();
  }

  @Test
  void aClientThatSaysNothing_isSentHeartbeats_andIsClosed() throws Exception {
    CallbackThread<String> session = connect(new Socket("ann", Duration.ZERO));

    chat.pass(ofSeconds(60));

    assertThat(session.block(Duration.ZERO)).isEqualTo("was idle");
    assertThat(chat)
        .hasToString(
            """
            10000 ann gets ping
            20000 ann gets ping
            25000 ann is closed
            """);
    assertNothingIsLeft();
  }

  @Test
  void aClientThatAnswersHeartbeats_staysConnected() {
    Socket ann = new Socket("ann", Duration.ZERO);
    CallbackThread<String> session = connect(ann);

    for (int i = 0; i < 10; i++) {
      chat.pass(ofSeconds(20));
      assertThat(ann.frames.offer("pong")).isTrue();
    }

    assertThat(session.state()).isEqualTo(CallbackThread.State.WAITING);
  }

  @Test
  void whatOneSays_allHear_andOnlyThenTheirHeartbeatsAreLater() {
    Socket ann = new Socket("ann", Duration.ZERO);
    connect(ann);
    connect(new Socket("bob", Duration.ZERO));

    chat.pass(ofSeconds(4));
    assertThat(ann.frames.offer("hello")).isTrue();
    chat.pass(ofSeconds(10));

    assertThat(chat)
        .hasToString(
            """
            4000 ann gets hello
            4000 bob gets hello
            14000 ann gets ping
            14000 bob gets ping
            """);
  }

  @Test
  void aSlowClient_losesTheOldestLines_andHoldsUpNobody() {
    Socket ann = new Socket("ann", Duration.ZERO);
    connect(ann);
    connect(new Socket("slow", ofSeconds(1)));

    for (int i = 1; i <= 5; i++) {
      assertThat(ann.frames.offer("line " + i)).isTrue();
      chat.pass(ofMillis(100));
    }
    chat.pass(ofMillis(2_500));

    assertThat(chat)
        .hasToString(
            """
            0 ann gets line 1
            100 ann gets line 2
            200 ann gets line 3
            300 lost: line 2
            300 ann gets line 4
            400 lost: line 3
            400 ann gets line 5
            1000 slow gets line 1
            2000 slow gets line 4
            3000 slow gets line 5
            """);
  }

  @Test
  void aClientThatGoes_endsItsSession() throws Exception {
    Socket ann = new Socket("ann", Duration.ZERO);
    CallbackThread<String> session = connect(ann);
    connect(new Socket("bob", Duration.ZERO));

    assertThat(ann.frames.offer("goodbye")).isTrue();
    ann.frames.close();
    chat.pass(Duration.ZERO);

    assertThat(session.block(Duration.ZERO)).isEqualTo("has gone");
    assertThat(chat)
        .hasToString(
            """
            0 bob gets goodbye
            0 ann is closed
            """);
    assertThat(room).hasSize(1);
  }

  @Test
  void cancel_whileWriting_releasesEverything() {
    Socket slow = new Socket("slow", ofSeconds(1));
    CallbackThread<String> session = connect(slow);
    say("line 1");
    chat.pass(ofMillis(100));
    say("line 2");

    assertThat(session.cancel()).isTrue();
    chat.pass(ofSeconds(60));

    assertThat(session.outcome()).contains(new Outcome.Cancelled<>());
    assertThat(chat)
        .hasToString(
            """
            100 lost: line 2
            100 slow is closed
            """);
    assertThat(slow.frames.offer("anybody there?")).isFalse();
    assertNothingIsLeft();
  }

  private void assertNothingIsLeft() {
    assertThat(room).isEmpty();
    assertThat(chat.scheduler().stats().live()).isZero();
  }
}
