/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.demo;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import com.fasterxml.jackson.databind.type.LogicalType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** JSON, read strictly: what is not understood is an error of the client and not ignored. */
final class Json {
  private static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .withCoercionConfig(
              LogicalType.Textual,
              config ->
                  config
                      .setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
                      .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
                      .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail))
          .defaultPropertyInclusion(
              JsonInclude.Value.construct(
                  JsonInclude.Include.NON_NULL, JsonInclude.Include.NON_NULL))
          .addModule(
              new SimpleModule()
                  .addSerializer(Instant.class, ToStringSerializer.instance)
                  .addSerializer(LocalDate.class, ToStringSerializer.instance))
          .build();

  private Json() {}

  /**
   * Reads and writes once. The classes behind it take a tenth of a second or more to load: too much
   * for the loop of the first request.
   */
  static void prepare() {
    try {
      MAPPER.readTree(write(Map.of("prepared", Instant.EPOCH)));
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Reads the body of a request.
   *
   * @param request the request
   * @param type what to read it as
   * @param <T> what to read it as
   * @return what was read
   * @throws ProblemException 415 if it is not JSON in UTF-8, 400 if it cannot be read as this type
   */
  static <T> T read(Request request, Class<T> type) {
    requireJson(request.contentType());
    @Nullable T value;
    try {
      value = MAPPER.readValue(request.body(), type);
    } catch (UnrecognizedPropertyException e) {
      throw ProblemException.badRequest(
          "The JSON body has a field '%s' (expected: %s)."
              .formatted(
                  e.getPropertyName(),
                  e.getKnownPropertyIds().stream()
                      .map(Object::toString)
                      .sorted()
                      .collect(Collectors.joining(", "))));
    } catch (JsonMappingException e) {
      throw ProblemException.badRequest(
          "The JSON body does not fit%s (expected: one object whose fields are texts)."
              .formatted(place(e)));
    } catch (JsonProcessingException e) {
      throw ProblemException.badRequest(
          "The body is not JSON: line %d, column %d: %s"
              .formatted(
                  e.getLocation().getLineNr(),
                  e.getLocation().getColumnNr(),
                  e.getOriginalMessage()));
    } catch (IOException e) {
      throw ProblemException.badRequest("The body is not JSON in UTF-8.");
    }
    if (value == null) {
      throw ProblemException.badRequest("The body is null (expected: a JSON object).");
    }
    return value;
  }

  private static String place(JsonMappingException error) {
    return error.getPath().stream()
        .map(reference -> " at '%s'".formatted(reference.getFieldName()))
        .collect(Collectors.joining());
  }

  private static void requireJson(@Nullable String contentType) {
    String type = contentType == null ? "" : contentType.strip().toLowerCase(Locale.ROOT);
    String[] parts = type.split("\\s*;\\s*", -1);
    boolean json = parts[0].equals("application/json");
    for (int i = 1; i < parts.length; i++) {
      json &=
          !parts[i].startsWith("charset=") || parts[i].replace("\"", "").equals("charset=utf-8");
    }
    if (!json) {
      throw ProblemException.unsupportedMediaType(
          "The content type is '%s' (expected: application/json, in UTF-8)."
              .formatted(contentType == null ? "" : contentType));
    }
  }

  /**
   * {@return a value as JSON}
   *
   * @param value the value
   */
  static String write(Object value) {
    try {
      return MAPPER.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }
}
