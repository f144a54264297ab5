/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.techempower.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class AnswerTest {
  @Test
  void greetingIsTheSameAsTextAndInJson() {
    assertThat(text(Answer.plaintext())).isEqualTo("Hello, World!");
    assertThat(text(Answer.json())).isEqualTo("{\"message\":\"Hello, World!\"}");
  }

  @Test
  void worldIsAnObjectAndWorldsAreAnArray() {
    assertThat(text(Answer.of(new World(1, 10_000))))
        .isEqualTo("{\"id\":1,\"randomNumber\":10000}");
    assertThat(text(Answer.of(List.of(new World(1, 2)))))
        .isEqualTo("[{\"id\":1,\"randomNumber\":2}]");
    assertThat(text(Answer.of(List.of(new World(1, 2), new World(3, 4)))))
        .isEqualTo("[{\"id\":1,\"randomNumber\":2},{\"id\":3,\"randomNumber\":4}]");
  }

  @Test
  void contentTypesAreThoseOfTheRules() {
    assertThat(Answer.plaintext().contentType()).startsWith("text/plain");
    assertThat(Answer.json().contentType()).isEqualTo("application/json");
    assertThat(Answer.of(new World(1, 2)).contentType()).isEqualTo("application/json");
    assertThat(Answer.ofFortunes(List.of()).contentType()).isEqualTo("text/html; charset=utf-8");
  }

  @Test
  void fortuneIsAddedWithEachRequest() {
    assertThat(text(Answer.ofFortunes(List.of())))
        .isEqualTo(
            "<!DOCTYPE html><html><head><title>Fortunes</title></head><body><table>"
                + "<tr><th>id</th><th>message</th></tr>"
                + "<tr><td>0</td><td>Additional fortune added at request time.</td></tr>"
                + "</table></body></html>");
  }

  @Test
  void fortunesAreSortedByMessage() {
    String html =
        text(
            Answer.ofFortunes(
                List.of(
                    new Fortune(1, "フ"),
                    new Fortune(2, "Zebra"),
                    new Fortune(3, "a"),
                    new Fortune(4, "Aardvark"))));

    assertThat(html)
        .containsSubsequence(
            "<td>4</td>", "<td>0</td>", "<td>2</td>", "<td>3</td>", "<td>1</td><td>フ</td>");
  }

  @Test
  void fortunesAreEscaped() {
    assertThat(text(Answer.ofFortunes(List.of(new Fortune(1, "<b class=\"x\">&'</b>")))))
        .contains("<td>&lt;b class=&quot;x&quot;&gt;&amp;&#39;&lt;/b&gt;</td>");
  }

  private static String text(Answer answer) {
    return new String(answer.body(), StandardCharsets.UTF_8);
  }
}
