/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.demo;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.Callable;
import java.util.logging.LogManager;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import reactor.netty.ChannelBindException;

/**
 * The command line of Rooms.
 *
 * <p>Exit codes: 0 after SIGTERM or SIGINT, when everything was drained and closed; 1 if it cannot
 * start; 2 for arguments that make no sense.
 */
@Command(
    name = "rooms",
    mixinStandardHelpOptions = true,
    versionProvider = RoomsApplication.Version.class,
    sortOptions = false,
    usageHelpAutoWidth = true,
    description = {
      "A chat-history service in which each request is one callback thread.",
      "It fills a new database with a few thousand messages, prints its URL and runs until SIGTERM or Ctrl-C; then it stops listening, finishes the requests in progress (20 s at most) and exits with 0."
    })
public final class RoomsApplication implements Callable<Integer> {
  private static final int MAX_PORT = 65_535;
  private static final int MAX_LOOPS = 1_000;

  @Option(
      names = "--host",
      paramLabel = "ADDRESS",
      description =
          "Address to listen on; 0.0.0.0 means all of them, and lets everybody write (default: ${DEFAULT-VALUE}).")
  private String host = Settings.DEFAULT_HOST;

  @Option(
      names = "--port",
      paramLabel = "PORT",
      description = "Port to listen on; 0 means any free one (default: ${DEFAULT-VALUE}).")
  private int port = 8080;

  @Option(
      names = "--loops",
      paramLabel = "N",
      description = "Loops that run the requests (default here: ${DEFAULT-VALUE}, two or more).")
  private int loops = Math.max(2, Runtime.getRuntime().availableProcessors());

  @Option(
      names = "--placement",
      paramLabel = "WHERE",
      description = {
        "Which loops serve the connections (default: ${DEFAULT-VALUE}):",
        "  isolated: loops of Netty, beside those that run the requests",
        "  colocated: the loops that run the requests; each has its own connections to PostgreSQL"
      })
  private Placement placement = Placement.ISOLATED;

  @Option(
      names = "--database-url",
      paramLabel = "URL",
      description = {
        "Where the rooms are kept (default: ${DEFAULT-VALUE}, the file rooms.mv.db in the working directory). One of",
        "  r2dbc:h2:file:///PATH (relative: ///./PATH)",
        "  r2dbc:h2:mem:///NAME (gone at exit)",
        "  r2dbc:postgresql://USER:PASSWORD@HOST[:PORT]/DATABASE"
      })
  private String databaseUrl = "r2dbc:h2:file:///./rooms";

  @Spec private CommandSpec spec = CommandSpec.create();

  /** Reads the version that the build has written. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() throws IOException {
      Properties properties = new Properties();
      try (InputStream in = resource("version.properties")) {
        properties.load(in);
      }
      return new String[] {"rooms " + properties.getProperty("version")};
    }
  }

  /**
   * Runs Rooms.
   *
   * @param args see {@code --help}
   * @throws IOException if the class path is incomplete
   */
  public static void main(String[] args) throws IOException {
    logQuietly();
    int exitCode = commandLine().execute(args);
    if (exitCode != 0) {
      System.exit(exitCode);
    }
  }

  /** One line for each thing worth knowing, unless the user has other wishes. */
  private static void logQuietly() throws IOException {
    if (System.getProperty("java.util.logging.config.file") == null
        && System.getProperty("java.util.logging.config.class") == null) {
      try (InputStream in = resource("logging.properties")) {
        LogManager.getLogManager().readConfiguration(in);
      }
    }
  }

  private static InputStream resource(String name) {
    return Objects.requireNonNull(RoomsApplication.class.getResourceAsStream(name), name);
  }

  /** {@return the command line, with errors in one line each} */
  static CommandLine commandLine() {
    return new CommandLine(new RoomsApplication())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setParameterExceptionHandler(
            (error, args) -> fail(error.getCommandLine(), message(error), 2))
        .setExecutionExceptionHandler(
            (error, command, parsed) -> fail(command, describe(error), 1));
  }

  private static int fail(CommandLine command, String what, int exitCode) {
    PrintWriter err = command.getErr();
    err.println("rooms: " + what);
    if (exitCode == 2) {
      err.println("Try 'rooms --help'.");
    }
    return exitCode;
  }

  private static String describe(Exception error) {
    if (error instanceof ChannelBindException bind) {
      Throwable cause = Objects.requireNonNullElse(bind.getCause(), bind);
      return "cannot listen on %s:%d (%s). Stop what listens there, or choose another address with --host or --port."
          .formatted(bind.localHost(), bind.localPort(), cause);
    }
    return message(error);
  }

  private static String message(Throwable error) {
    return Objects.requireNonNullElse(error.getMessage(), error.toString());
  }

  @Override
  public Integer call() {
    Settings settings = settings();
    RoomsServer server = RoomsServer.start(settings);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> drain(server), "rooms-drain"));
    spec.commandLine()
        .getOut()
        .printf(
            "Rooms is ready: http://%s:%d/ (%s)%n",
            host.contains(":") ? "[" + host + "]" : host, server.port(), settings.database());
    server.awaitStop();
    return 0;
  }

  private Settings settings() {
    check("--port", port, 0, MAX_PORT);
    check("--loops", loops, 1, MAX_LOOPS);
    try {
      return Settings.of(host, port, DatabaseUrl.parse(databaseUrl), loops).with(placement);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "--database-url: " + e.getMessage(), e);
    }
  }

  private void check(String option, int value, int min, int max) {
    if (value < min || value > max) {
      throw new ParameterException(
          spec.commandLine(), "%s: %d (expected: %d to %d)".formatted(option, value, min, max));
    }
  }

  /** A virtual machine that a signal stops reports the signal; one that has drained reports 0. */
  private static void drain(RoomsServer server) {
    int exitCode = 0;
    try {
      server.close();
    } catch (RuntimeException e) {
      e.printStackTrace();
      exitCode = 1;
    }
    Runtime.getRuntime().halt(exitCode);
  }
}
