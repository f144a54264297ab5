/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {
  record Note(String author, String text) {}

  private static Note read(String contentType, byte[] body) {
    Request request =
        new Request("POST", "/", contentType, null, null, new ByteArrayInputStream(body));
    return Json.read(request, Note.class);
  }

  private static Note read(String json) {
    return read("application/json", json.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void readsUtf8() {
    assertThat(read("{\"author\": \"Inês\", \"text\": \"\\ud83d\\ude00 😀\"}"))
        .isEqualTo(new Note("Inês", "😀 😀"));
  }

  @Test
  void leavesAMissingFieldNull() {
    assertThat(read("{\"author\":\"a\"}")).isEqualTo(new Note("a", null));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "application/json",
        "Application/JSON; charset=UTF-8",
        "application/json;charset=\"utf-8\"",
        "application/json; profile=x"
      })
  void acceptsJsonInUtf8(String contentType) {
    assertThat(read(contentType, "{}".getBytes(StandardCharsets.UTF_8)))
        .isEqualTo(new Note(null, null));
  }

  @ParameterizedTest
  @NullSource
  @ValueSource(
      strings = {"", "text/plain", "application/jsonp", "application/json; charset=iso-8859-1"})
  void refusesOtherContentTypesWith415(String contentType) {
    assertThatThrownBy(() -> read(contentType, new byte[0]))
        .isInstanceOfSatisfying(
            ProblemException.class, problem -> assertThat(problem.status()).isEqualTo(415));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"author\":          | The body is not JSON: line 1, column",
        "{} {}                 | The JSON body does not fit (expected: one object",
        "{\"text\":1,\"text\":1} | The JSON body does not fit at 'text'",
        "{\"text\":\"\",\"text\":\"\"} | The body is not JSON: line 1, column",
        "nonsense              | The body is not JSON: line 1, column",
        "``                    | The JSON body does not fit",
        "null                  | The body is null (expected: a JSON object).",
        "[]                    | The JSON body does not fit (expected: one object",
        "\"text\"              | The JSON body does not fit (expected: one object",
        "{\"text\":true}       | The JSON body does not fit at 'text'",
        "{\"text\":{}}         | The JSON body does not fit at 'text'",
        "{\"txt\":\"\"}        | The JSON body has a field 'txt' (expected: author, text)."
      })
  void refusesWhatDoesNotFitWith400(String json, String message) {
    assertThatThrownBy(() -> read(json))
        .isInstanceOfSatisfying(
            ProblemException.class, problem -> assertThat(problem.status()).isEqualTo(400))
        .hasMessageStartingWith(message)
        .hasMessageNotContaining("dev.picot");
  }

  @Test
  void refusesBytesThatAreNotUtf8() {
    byte[] latin1 = "{\"text\":\"café\"}".getBytes(StandardCharsets.ISO_8859_1);

    assertThatThrownBy(() -> read("application/json", latin1))
        .isInstanceOfSatisfying(
            ProblemException.class, problem -> assertThat(problem.status()).isEqualTo(400));
  }

  @Test
  void refusesNestingWithoutEnd() {
    assertThatThrownBy(() -> read("[".repeat(30_000)))
        .isInstanceOfSatisfying(
            ProblemException.class, problem -> assertThat(problem.status()).isEqualTo(400));
  }

  @Test
  void writesTimesAsPeopleReadThemAndLeavesNullOut() {
    record Times(Instant at, LocalDate day, String none) {}

    assertThat(
            Json.write(
                List.of(new Times(Instant.ofEpochSecond(0), LocalDate.of(2026, 1, 2), null))))
        .isEqualTo("[{\"at\":\"1970-01-01T00:00:00Z\",\"day\":\"2026-01-02\"}]");
  }
}
