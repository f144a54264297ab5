/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.demo;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;

/**
 * Makes up the talk of a room: short dialogues between people who know each other.
 *
 * <p>The same room, seed and end always give the same messages.
 */
final class Talk {
  /** The rooms of a new database, and what they talk about. */
  static final Map<String, List<String>> SUBJECTS =
      Map.of(
          "lobby",
          List.of("the new badge reader", "the lift", "the town run", "the bike shed", "the quiz"),
          "java",
          List.of("the build", "that flaky test", "the new JDK", "the release", "the heap dump"),
          "kitchen",
          List.of("the coffee machine", "sourdough", "the chili", "the lunch order", "plum cake"),
          "garden",
          List.of("the tomatoes", "the compost", "slugs", "the apple tree", "the rain barrel"),
          "night-shift",
          List.of("the pager", "disk space", "the backup", "queue depth", "the failover drill"),
          "café",
          List.of("the poetry evening", "our table", "the crêpes", "live music", "the crossword"));

  private static final List<String> PEOPLE =
      List.of(
          "Amara", "Bo", "Chiara", "Daniel", "Elif", "Farid", "Greta", "Hiro", "Inês", "Jonas",
          "Kalina", "Lars", "Mei", "Noor", "Oskar", "Priya", "Quentin", "Rosa", "Sven", "Tomás",
          "Ulla", "Viktor", "Wanda", "Yusuf", "Zoë");

  private static final List<String> TIMES =
      List.of(
          "in ten minutes", "after lunch", "tonight", "tomorrow at nine", "on Friday", "next week");

  private static final List<String> MOODS =
      List.of(
          "lovely", "a bit odd", "better than last year", "surprisingly good", "a mess", "fine");

  /** Two people take turns; # is the subject, @ the other one, % a time, ~ a mood. */
  private static final List<String> DIALOGUES =
      List.of(
          """
      Does anybody know what happened to #?
      I looked at it this morning. It is ~.
      Thanks, @. I'll have another look %.

      Who is in for # %?
      Me!
      Me too, if @ comes along.
      Of course I come along. Somebody has to keep an eye on you.

      @, did you get my note about #?
      Yes, sorry, I was away. Can we talk %?
      % works for me.

      # is broken again.
      Again?
      Third time this week. I wrote down what I saw: it works for about ten minutes, gets slower \
      and slower, and then it is only ~ until somebody turns it off and on.
      Write it into the ticket, please. I'll take it %.

      Good morning, everybody!
      Morning, @.
      Good morning. How was #?
      Honestly, ~.

      I have a question about #, and I am afraid it is a silly one.
      There are no silly ones. Go ahead.
      How do I know when it is done?
      You'll hear it. And if you don't hear it, it is not done.
      Thank you!

      Reminder: # is %. Bring something to write.
      Noted.
      Can't make it %, @ has my notes.

      Has anyone tried the new way of doing #?
      I have. It is ~.
      Compared to what?
      Compared to doing nothing, mostly.

      I'm looking for somebody to swap with me %.
      What is it about?
      Just #, an hour at most.
      Then I'll take it, @. You owe me one.

      Photos of # are up. Some of them are ~, some should never be shown to anybody.
      Is the one with the ladder there?
      It is the first one, @.
      Oh no.

      Thank you all for helping with # yesterday. It is ~ now, and it would not be without you.
      Any time!
      It was fun.

      Quick poll: # %, yes or no?
      Yes.
      Yes
      No, please, not %.
      Two to one, @, so we do it.
      """
              .split("\n\n", -1));

  private record Line(String author, String text) {}

  private final Random random;
  private final String room;
  private final List<String> subjects;

  /**
   * Makes the talk of a room.
   *
   * @param room a key of {@link #SUBJECTS}
   * @param subjects what it talks about
   */
  Talk(String room, List<String> subjects) {
    this.random = new Random(room.hashCode());
    this.room = room;
    this.subjects = subjects;
  }

  /**
   * Makes up messages, the oldest first.
   *
   * @param count how many
   * @param end when the last one was posted
   * @return the messages, with 0 for their number
   */
  List<Message> until(Instant end, int count) {
    Deque<Message> messages = new ArrayDeque<>(count);
    Instant time = end;
    while (messages.size() < count) {
      List<Line> lines = dialogue();
      for (int i = lines.size() - 1; i >= 0 && messages.size() < count; i--) {
        messages.addFirst(new Message(0, room, lines.get(i).author(), lines.get(i).text(), time));
        time = time.minus(Duration.ofMillis(4_000 + random.nextInt(90_000)));
      }
      time = time.minus(Duration.ofMinutes(2 + random.nextInt(150)));
    }
    return List.copyOf(messages);
  }

  /** The lines of one dialogue with their authors, who take turns. */
  private List<Line> dialogue() {
    String subject = pick(subjects);
    String time = pick(TIMES);
    int first = random.nextInt(PEOPLE.size());
    int second = (first + 1 + random.nextInt(PEOPLE.size() - 1)) % PEOPLE.size();
    String[] people = {PEOPLE.get(first), PEOPLE.get(second)};
    List<String> templates = pick(DIALOGUES).lines().toList();
    List<Line> lines = new ArrayList<>();
    for (int i = 0; i < templates.size(); i++) {
      String text =
          templates
              .get(i)
              .replace("#", subject)
              .replace("@", people[(i + 1) % 2])
              .replace("%", time)
              .replace("~", pick(MOODS));
      lines.add(
          new Line(
              people[i % 2], text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1)));
    }
    return lines;
  }

  private String pick(List<String> words) {
    return words.get(random.nextInt(words.size()));
  }
}
