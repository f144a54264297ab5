/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.demo;

import dev.picot.Task;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The service {@code rooms}: reads requests, checks them, and asks the store or the report. */
final class Rooms {
  /** How many characters the name of an author may have. */
  static final int MAX_AUTHOR_LENGTH = 80;

  /** How many characters a message may have. */
  static final int MAX_TEXT_LENGTH = 2_000;

  private static final int MAX_PAGE = 200;
  private static final int DEFAULT_PAGE = 50;

  /** Line breaks and tabs are text; other control characters and halves of characters are not. */
  private static final Pattern NOT_TEXT = Pattern.compile("[\\p{Cntrl}&&[^\\n\\r\\t]]|\\p{Cs}");

  private static final Pattern KEY = Pattern.compile("[\\x21-\\x7e]{1,200}");

  /**
   * The body of {@code POST /rooms}.
   *
   * @param name the name of the new room
   */
  private record NewRoom(@Nullable String name) {}

  /**
   * The body of {@code POST /rooms/{room}/messages}.
   *
   * @param author who writes
   * @param text what
   */
  private record NewMessage(@Nullable String author, @Nullable String text) {}

  private final MessageStore store;
  private final ReportDao reports;
  private final Duration limit;

  /**
   * Makes the service.
   *
   * @param store where rooms and messages are
   * @param reports the older part of the application
   * @param limit how long a reading request may take; a write that has begun is left to the
   *     database's own limits, for nobody could tell whether it was done
   */
  Rooms(MessageStore store, ReportDao reports, Duration limit) {
    this.store = store;
    this.reports = reports;
    this.limit = limit;
  }

  /** {@return the routes of this service} */
  Routes routes() {
    return new Routes()
        .route("/rooms", Map.of("GET", this::list, "POST", this::create))
        .route("/rooms/*/messages", Map.of("GET", this::history, "POST", this::post))
        .route("/rooms/*/report", Map.of("GET", this::report));
  }

  private Task<Response> list(Request request, Target target) {
    int size = pageSize(target);
    return store
        .rooms(target.parameter("after").map(Rooms::afterName).orElse(""), size + 1)
        .map(
            rooms ->
                page(
                    "rooms",
                    rooms.stream().map(Rooms::view).toList(),
                    size,
                    () -> "/rooms?after=" + Target.encode(rooms.get(size - 1).name())))
        .timeout(limit);
  }

  private Task<Response> create(Request request, Target target) {
    String name = Room.canonical(required("name", Json.read(request, NewRoom.class).name()));
    if (!Room.isName(name)) {
      throw ProblemException.unprocessable(
          "name: '%s' (expected: %s)".formatted(name, Room.NAME_RULE));
    }
    return store
        .create(name)
        .map(room -> Response.json(201, view(room)).with(Map.of("location", path(name))));
  }

  private Task<Response> history(Request request, Target target) {
    String room = room(target);
    int size = pageSize(target);
    return store
        .messages(room, target.number("before", Long.MAX_VALUE, Long.MAX_VALUE), size + 1)
        .map(
            messages ->
                page(
                    "messages",
                    messages,
                    size,
                    () -> path(room) + "?before=" + messages.get(size - 1).id()))
        .timeout(limit);
  }

  private Task<Response> post(Request request, Target target) {
    String room = room(target);
    NewMessage message = Json.read(request, NewMessage.class);
    MessageStore.Draft draft =
        new MessageStore.Draft(
            room,
            text("author", message.author(), MAX_AUTHOR_LENGTH),
            text("text", message.text(), MAX_TEXT_LENGTH),
            key(request.idempotencyKey()));
    return store
        .post(draft)
        .map(
            posted ->
                Response.json(posted.created() ? 201 : 200, posted.message())
                    .with(
                        Map.of(
                            "location",
                            path(room) + "?limit=1&before=" + (posted.message().id() + 1))));
  }

  private Task<Response> report(Request request, Target target) {
    String room = room(target);
    return Task.blocking(() -> reports.report(room))
        .map(report -> Response.json(200, report.orElseThrow(() -> ProblemException.noRoom(room))))
        .timeout(limit);
  }

  private static String afterName(String after) {
    String name = Room.canonical(after);
    if (!Room.isName(name)) {
      throw ProblemException.badRequest(
          "after: '%s' (expected: the name of a room)".formatted(after));
    }
    return name;
  }

  /** A page of the items, of which one more than its size was asked for. */
  private static Response page(String what, List<?> items, int size, Callable<String> next)
      throws Exception {
    Map<String, Object> page = new LinkedHashMap<>();
    if (items.size() <= size) {
      page.put(what, items);
      return Response.json(200, page);
    }
    String link = next.call() + "&limit=" + size;
    page.put(what, items.subList(0, size));
    page.put("next", link);
    return Response.json(200, page).with(Map.of("link", "<%s>; rel=\"next\"".formatted(link)));
  }

  private static Map<String, Object> view(Room room) {
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("name", room.name());
    view.put("createdAt", room.createdAt());
    view.put("messages", path(room.name()));
    return view;
  }

  private static String path(String room) {
    return "/rooms/%s/messages".formatted(Target.encode(room));
  }

  private static int pageSize(Target target) {
    return (int) target.number("limit", MAX_PAGE, DEFAULT_PAGE);
  }

  /** The room of a path. What cannot be a name is no room, and the database need not be asked. */
  private static String room(Target target) {
    String room = Room.canonical(target.path().get(1));
    if (!Room.isName(room)) {
      throw ProblemException.noRoom(room);
    }
    return room;
  }

  private static String required(String name, @Nullable String value) {
    if (value == null) {
      throw ProblemException.unprocessable("%s: missing (expected: a text)".formatted(name));
    }
    return value;
  }

  private static String text(String name, @Nullable String value, int maxLength) {
    String text = required(name, value);
    int length = text.codePointCount(0, text.length());
    if (text.isBlank() || length > maxLength) {
      throw ProblemException.unprocessable(
          "%s: %s (expected: 1 to %d characters)"
              .formatted(name, text.isBlank() ? "blank" : length + " characters", maxLength));
    }
    if (NOT_TEXT.matcher(text).find()) {
      throw ProblemException.unprocessable(
          "%s: has a control character or half of a surrogate pair (expected: text)"
              .formatted(name));
    }
    return text;
  }

  private static @Nullable String key(@Nullable String key) {
    if (key != null && !KEY.matcher(key).matches()) {
      throw ProblemException.badRequest(
          "Idempotency-Key: '%s' (expected: 1 to 200 visible ASCII characters)".formatted(key));
    }
    return key;
  }
}
