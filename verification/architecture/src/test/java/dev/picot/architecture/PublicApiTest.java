/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** No public signature changes unseen: each module's are listed on a page under version control. */
class PublicApiTest {
  private static final String REMEDY =
      "If the change is meant: mvn -q test -Dtest=PublicApiTest -Dapi.update";

  @TempDir Path found;

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("modules")
  void equalsItsPage(BuiltModule module) throws IOException {
    Path page = BuiltModule.apiPage(module.artifact());
    Path now = Files.write(found.resolve(page.getFileName()), PublicApi.of(module.classes()));

    if (System.getProperty("api.update") != null) {
      Files.createDirectories(page.getParent());
      Files.copy(now, page, StandardCopyOption.REPLACE_EXISTING);
    }

    assertThat(page).as(REMEDY).exists();
    assertThat(now).as(REMEDY).hasSameTextualContentAs(page);
  }

  static List<BuiltModule> modules() {
    return BuiltModule.published();
  }
}
