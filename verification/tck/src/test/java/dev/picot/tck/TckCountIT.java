/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.tck;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;

/** A provider that finds no TestNG class passes in silence; this test hears the silence. */
class TckCountIT {
  private static final Path REPORTS = Path.of("target", "surefire-reports");

  @Test
  void asManyTckTestsRanAsThereAre() throws Exception {
    assertThat(executed())
        .as("TCK tests executed; raise tck.count in the POM with each new binding")
        .isEqualTo(Integer.getInteger("tck.count"));
  }

  private static int executed() throws Exception {
    if (!Files.isDirectory(REPORTS)) {
      return 0;
    }
    int executed = 0;
    try (var reports = Files.newDirectoryStream(REPORTS, "TEST-*TckTest.xml")) {
      for (Path report : reports) {
        executed += executed(report);
      }
    }
    return executed;
  }

  private static int executed(Path report) throws Exception {
    Element suite =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(report.toFile())
            .getDocumentElement();
    return Integer.parseInt(suite.getAttribute("tests"))
        - Integer.parseInt(suite.getAttribute("skipped"));
  }
}
