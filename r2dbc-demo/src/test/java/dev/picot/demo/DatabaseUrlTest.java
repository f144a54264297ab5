/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.r2dbc.spi.ConnectionFactoryOptions;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DatabaseUrlTest {
  @Test
  void givesBothDriversTheSameAbsoluteFile() {
    DatabaseUrl url = DatabaseUrl.parse("r2dbc:h2:file:///./some/rooms");

    String path = Path.of("some/rooms").toAbsolutePath().toString();
    assertThat(url.jdbcUrl()).startsWith("jdbc:h2:file:" + path + ";");
    assertThat(url.options().getValue(ConnectionFactoryOptions.DATABASE)).isEqualTo(path);
    assertThat(url.isEmbedded()).isTrue();
    assertThat(url.isFile()).isTrue();
    assertThat(url).hasToString("H2 file:" + path);
  }

  @Test
  void keepsAnAbsoluteFileAndOneOfTheHomeDirectory() {
    assertThat(DatabaseUrl.parse("r2dbc:h2:file:////var/lib/rooms").jdbcUrl())
        .startsWith("jdbc:h2:file:/var/lib/rooms;");
    assertThat(DatabaseUrl.parse("r2dbc:h2:file:///~/rooms").jdbcUrl())
        .startsWith("jdbc:h2:file:~/rooms;");
  }

  @Test
  void knowsADatabaseInMemory() {
    DatabaseUrl url = DatabaseUrl.parse("r2dbc:h2:mem:///rooms");

    assertThat(url.jdbcUrl()).startsWith("jdbc:h2:mem:rooms;");
    assertThat(url.isEmbedded()).isTrue();
    assertThat(url.isFile()).isFalse();
    assertThat(url.user()).isEqualTo("sa");
    assertThat(url.password()).isEmpty();
  }

  @Test
  void translatesPostgresql() {
    DatabaseUrl url = DatabaseUrl.parse("r2dbc:postgresql://me:s%40cret@db:5433/chat");

    assertThat(url.jdbcUrl()).isEqualTo("jdbc:postgresql://db:5433/chat");
    assertThat(url.user()).isEqualTo("me");
    assertThat(url.password()).isEqualTo("s@cret");
    assertThat(url.isEmbedded()).isFalse();
    assertThat(url).hasToString("PostgreSQL //db:5433/chat");
  }

  @Test
  void keepsPostgresqlEncrypted() {
    assertThat(DatabaseUrl.parse("r2dbcs:postgresql://me@db/chat").jdbcUrl())
        .isEqualTo("jdbc:postgresql://db/chat?sslmode=require");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "rooms",
        "jdbc:h2:mem:rooms",
        "r2dbc:h2:mem:rooms",
        "r2dbc:h2:tcp://host/rooms",
        "r2dbc:h2:file:///rooms;INIT=RUNSCRIPT",
        "r2dbc:h2:mem:///",
        "r2dbc:postgresql://db/chat",
        "r2dbc:postgresql://me@db",
        "r2dbc:mysql://me:secret@db/chat"
      })
  void refusesOtherUrlsWithoutRepeatingAPassword(String url) {
    assertThatThrownBy(() -> DatabaseUrl.parse(url))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("(expected: " + DatabaseUrl.FORMS + ")")
        .hasMessageNotContaining("secret");
  }
}
