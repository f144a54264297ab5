/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.service;

import dev.picot.CallbackThread;
import dev.picot.LoopScheduler;
import dev.picot.RefusedException;
import dev.picot.Task;
import dev.picot.TaskTimeoutException;
import dev.picot.internal.Check;
import dev.picot.internal.Text;
import dev.picot.loop.LoopGroup;
import dev.picot.loop.LoopThread;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A compartment for each service: finds the {@link LoopScheduler} that belongs to the name of a
 * service, and keeps one more, the <em>control</em> scheduler, for looking at the others.
 *
 * <p>A service that is saturated, stuck or crashing refuses, delays or fails its own work only,
 * because no two services share a loop, an elastic pool or a limit. Use a single {@link
 * LoopScheduler} where there is one service; use a {@link Supervisor} for tasks that have to go on
 * after a failure.
 *
 * <p>Unless told otherwise, the services share two loops for each processor, and each has at least
 * one and at most one for each processor; the control scheduler has 1 loop, 2 elastic threads and
 * room for 1,000 callback threads. One line in the log of {@code dev.picot} tells the numbers and
 * this rule.
 *
 * <h2>Threading</h2>
 *
 * Every method may be called by any thread. Finding a service takes no lock. {@link #close()}
 * refuses to wait on a loop; {@link #add} starts threads, so it is better called elsewhere too.
 *
 * <h2>Lifecycle</h2>
 *
 * Open until {@link #shutdown}, {@link #close} or {@link #closeNow}, each of which may be called
 * repeatedly; a shorter grace wins. All services close at the same time, also those that are being
 * removed; then the control scheduler is closed without grace. So health and dumps are answered
 * until the last service has ended.
 *
 * <h2>Errors</h2>
 *
 * An unknown name is an {@link UnknownServiceException}, unless there is a default service. What a
 * service refuses is the {@link RefusedException} of its scheduler, which names it.
 *
 * <pre>
 * try (ServiceRouter services = ServiceRouter.builder().service("checkout").service("search").build()) {
 *   services.scheduler("checkout").spawn(order);
 * }
 * </pre>
 *
 * @since 0.1
 */
// Over 250 lines: one public type with its Javadoc and its builder.
public final class ServiceRouter implements AutoCloseable {
  /** The name of the control scheduler, which no service may have. */
  public static final String CONTROL = "control";

  private static final int CPUS = Runtime.getRuntime().availableProcessors();
  private static final Duration CLOSE_GRACE = Duration.ofSeconds(10);
  private static final int CONTROL_LOOPS = 1;
  private static final int CONTROL_ELASTIC_THREADS = 2;
  private static final int CONTROL_CALLBACK_THREADS = 1_000;

  private final Service control;
  private final @Nullable String defaultService;

  /** By name. Changed while holding {@link #lock}, looked into by any thread. */
  private final Map<String, Service> services = new ConcurrentHashMap<>();

  /** Removed and not closed yet, with what tells of that. Guarded by {@link #lock}. */
  private final Map<LoopScheduler, CompletableFuture<Void>> leaving = new HashMap<>();

  /** Guards what there is and whether that may change. */
  private final Object lock = new Object();

  /** Set once. Guarded by {@link #lock}. */
  private @Nullable CompletionStage<Void> closed;

  private ServiceRouter(Builder builder) {
    this.defaultService = builder.defaultService;
    int share = share(builder.services.size());
    Map<String, LoopScheduler.Builder> options = new LinkedHashMap<>();
    builder.services.forEach((name, change) -> options.put(name, options(name, share, change)));
    LoopScheduler.Builder controlOptions = controlOptions(builder.control);
    List<LoopScheduler> made = new ArrayList<>();
    try {
      LoopScheduler controlScheduler = controlOptions.build();
      made.add(controlScheduler);
      this.control = new Service(controlScheduler);
      options.forEach(
          (name, option) -> {
            LoopScheduler scheduler = option.build();
            made.add(scheduler);
            services.put(name, new Service(scheduler));
          });
    } catch (RuntimeException | Error e) {
      made.forEach(LoopScheduler::closeNow);
      throw e;
    }
    log();
  }

  /** {@return a builder with the defaults and without services} */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Finds the scheduler of a service.
   *
   * @param service its name
   * @return its scheduler; that of the default service if there is no such service
   * @throws UnknownServiceException if there is neither
   */
  public LoopScheduler scheduler(String service) {
    Service found = services.get(Objects.requireNonNull(service, "service"));
    if (found == null && defaultService != null) {
      found = services.get(defaultService);
    }
    if (found == null) {
      throw new UnknownServiceException(service, services.keySet());
    }
    return found.scheduler();
  }

  /** {@return the services of this moment and their schedulers, by name; without control} */
  public Map<String, LoopScheduler> services() {
    return services.entrySet().stream()
        .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, e -> e.getValue().scheduler()));
  }

  /**
   * {@return the control scheduler, for work that must go on whatever happens to the services; give
   * it little and let none of it depend on a service}
   */
  public LoopScheduler control() {
    return control.scheduler();
  }

  /**
   * Adds a service with the defaults.
   *
   * @param service its name
   * @return its scheduler
   * @throws IllegalArgumentException if there is such a service
   * @throws IllegalStateException if the router is closed or being closed
   */
  public LoopScheduler add(String service) {
    return add(service, options -> {});
  }

  /**
   * Adds a service. Its default share of loops is what it would be had all services been there from
   * the beginning; those that are there keep theirs.
   *
   * @param service its name
   * @param options changes the options of its scheduler
   * @return its scheduler
   * @throws IllegalArgumentException if there is such a service, or its options contradict each
   *     other
   * @throws IllegalStateException if the router is closed or being closed
   */
  public LoopScheduler add(String service, Consumer<? super LoopScheduler.Builder> options) {
    checkName(service);
    int share = share(services.size() + 1);
    LoopScheduler.Builder builder =
        options(service, share, Objects.requireNonNull(options, "options"));
    synchronized (lock) {
      if (closed != null) {
        throw new IllegalStateException(
            Text.format(
                "service '%s' cannot be added: the router is closed or being closed. Add services before close().",
                service));
      }
      checkNew(service, services.containsKey(service));
      LoopScheduler made = builder.build();
      services.put(service, new Service(made));
      return made;
    }
  }

  /**
   * Removes a service: it is not found any more, and its scheduler is shut down. The name may be
   * added again at once.
   *
   * @param service its name; the default service does not stand in
   * @param grace for the live callback threads of the service, not negative
   * @return completes when the service has ended
   * @throws UnknownServiceException if there is no such service
   */
  public CompletionStage<Void> remove(String service, Duration grace) {
    Check.notNegative("grace", grace);
    LoopScheduler removed;
    CompletableFuture<Void> gone = new CompletableFuture<>();
    synchronized (lock) {
      Service found = services.remove(Objects.requireNonNull(service, "service"));
      if (found == null) {
        throw new UnknownServiceException(service, services.keySet());
      }
      removed = found.scheduler();
      leaving.put(removed, gone);
    }
    var unused = removed.shutdown(grace).thenRun(() -> left(removed, gone));
    return gone.minimalCompletionStage();
  }

  private void left(LoopScheduler removed, CompletableFuture<Void> gone) {
    synchronized (lock) {
      leaving.remove(removed);
    }
    gone.complete(null);
  }

  /**
   * Asks every service whether it answers, all at the same time: a callback thread has to come
   * through one of its loops.
   *
   * @param within how long to wait for the answers, above zero
   * @return a callback thread of the control scheduler that completes, when all have answered or
   *     the time has passed, with one entry for each service, by name
   * @throws RefusedException if the control scheduler is saturated or closed
   */
  public CallbackThread<List<ServiceHealth>> health(Duration within) {
    Check.positive("within", within);
    return control()
        .spawn(
            "health",
            Task.defer(
                () -> {
                  List<Service> asked = sorted();
                  List<@Nullable CallbackThread<Void>> probes = new ArrayList<>();
                  Task<Void> answers = Task.done();
                  for (Service service : asked) {
                    CallbackThread<Void> probe = service.probe();
                    probes.add(probe);
                    if (probe != null) {
                      answers = answers.then(probe.join().onErrorResume(e -> Task.done()));
                    }
                  }
                  return answers
                      .timeout(within)
                      .onErrorResume(TaskTimeoutException.class, late -> Task.done())
                      .map(waited -> healths(asked, probes));
                }));
  }

  private static List<ServiceHealth> healths(
      List<Service> asked, List<@Nullable CallbackThread<Void>> probes) {
    List<ServiceHealth> healths = new ArrayList<>();
    for (int i = 0; i < asked.size(); i++) {
      healths.add(asked.get(i).health(probes.get(i)));
    }
    return List.copyOf(healths);
  }

  /**
   * Dumps the callback threads of all services and of the control scheduler, also while services
   * are stuck. One that is too busy to be read is named with the reason, and the others are dumped.
   *
   * @return a callback thread of the control scheduler that completes with the text
   * @throws RefusedException if the control scheduler is saturated or closed
   */
  public CallbackThread<String> dump() {
    return control()
        .spawn(
            "dump",
            Task.blocking(
                () ->
                    Stream.concat(sorted().stream(), Stream.of(control))
                        .map(Service::dump)
                        .collect(Collectors.joining("\n"))));
  }

  private List<Service> sorted() {
    return services.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .map(Map.Entry::getValue)
        .toList();
  }

  /**
   * Closes all services, then the control scheduler, without waiting.
   *
   * @param grace for the live callback threads of the services, not negative
   * @return completes when everything has ended, and after the stages of {@link #remove}
   */
  public CompletionStage<Void> shutdown(Duration grace) {
    Check.notNegative("grace", grace);
    synchronized (lock) {
      List<CompletableFuture<Void>> all = new ArrayList<>(leaving.values());
      schedulers().map(s -> s.shutdown(grace).toCompletableFuture()).forEach(all::add);
      if (closed == null) {
        closed =
            CompletableFuture.allOf(all.toArray(CompletableFuture[]::new))
                .thenCompose(ended -> control().shutdown(Duration.ZERO))
                .minimalCompletionStage();
      }
      return closed;
    }
  }

  /** Services and those that are leaving. Guarded by {@link #lock}. */
  private Stream<LoopScheduler> schedulers() {
    return Stream.concat(
        services.values().stream().map(Service::scheduler), leaving.keySet().stream());
  }

  /**
   * Closes everything and waits: 10 seconds for the live callback threads of the services to
   * finish, then for their cancellation. If the calling thread is interrupted it cancels at once
   * and goes on waiting.
   *
   * @throws dev.picot.BlockedOnLoopException on a loop; use {@link #shutdown} or {@link #closeNow}
   */
  @Override
  public void close() {
    if (LoopThread.current() == null) {
      CompletionStage<Void> unused = shutdown(CLOSE_GRACE);
      List<LoopScheduler> all;
      synchronized (lock) {
        all = schedulers().toList();
      }
      all.forEach(LoopScheduler::close); // begun for all: the last waits no longer than the first
    }
    control().close(); // on a loop this refuses
  }

  /** Closes everything without grace and without waiting: cancels what is live. */
  public void closeNow() {
    CompletionStage<Void> unused = shutdown(Duration.ZERO);
  }

  @Override
  public String toString() {
    return "ServiceRouter" + sorted().stream().map(s -> s.scheduler().name()).toList();
  }

  /** What a service has if nothing else is said: ceil(2 x cpus / services), from 1 to cpus. */
  static int share(int services) {
    int shared = 2 * CPUS;
    return services == 0 ? CPUS : Math.min(CPUS, (shared + services - 1) / services);
  }

  private static LoopScheduler.Builder options(
      String name, int loops, Consumer<? super LoopScheduler.Builder> change) {
    LoopScheduler.Builder options = LoopScheduler.builder(name).loops(loops);
    change.accept(options);
    return options;
  }

  private static LoopScheduler.Builder controlOptions(
      Consumer<? super LoopScheduler.Builder> change) {
    LoopScheduler.Builder options =
        LoopScheduler.builder(CONTROL)
            .loops(CONTROL_LOOPS)
            .elastic(elastic -> elastic.maxThreads(CONTROL_ELASTIC_THREADS))
            .maxCallbackThreads(CONTROL_CALLBACK_THREADS);
    change.accept(options);
    return options;
  }

  private static void checkName(String service) {
    if (Check.notBlank("service", service).equals(CONTROL)) {
      throw new IllegalArgumentException(
          Text.format("service: '%s' (expected: another name, this one is taken)", service));
    }
  }

  private static void checkNew(String service, boolean exists) {
    if (exists) {
      throw new IllegalArgumentException(
          Text.format("service: '%s' (expected: a name that no service has yet)", service));
    }
  }

  /** On the aux thread, behind the lines of the schedulers. */
  private void log() {
    LoopGroup.of(control())
        .housekeeping()
        .execute(
            () ->
                System.getLogger("dev.picot")
                    .log(
                        System.Logger.Level.INFO,
                        () ->
                            Text.format(
                                "picot services: %s (default: all services share 2 x cpus = %d loops, each between 1 and cpus); %s is kept for health and dumps: %d loops, %d elastic threads, %d callback threads unless changed",
                                sorted().stream()
                                    .map(Service::scheduler)
                                    .map(s -> s.name() + " " + s.stats().loops() + " loops")
                                    .collect(Collectors.joining(", ")),
                                2 * CPUS,
                                CONTROL,
                                CONTROL_LOOPS,
                                CONTROL_ELASTIC_THREADS,
                                CONTROL_CALLBACK_THREADS)));
  }

  /** Makes a router. Not for use by several threads at a time. */
  public static final class Builder {
    private final Map<String, Consumer<? super LoopScheduler.Builder>> services =
        new LinkedHashMap<>();
    private Consumer<? super LoopScheduler.Builder> control = options -> {};
    private @Nullable String defaultService;

    private Builder() {}

    /**
     * Adds a service with the defaults.
     *
     * @param name of the service and its scheduler
     * @return this
     */
    public Builder service(String name) {
      return service(name, options -> {});
    }

    /**
     * Adds a service.
     *
     * @param name of the service and its scheduler
     * @param options changes the options of its scheduler; applied when the router is built
     * @return this
     */
    public Builder service(String name, Consumer<? super LoopScheduler.Builder> options) {
      Objects.requireNonNull(options, "options");
      checkName(name);
      checkNew(name, services.containsKey(name));
      services.put(name, options);
      return this;
    }

    /**
     * Names the service that stands in for unknown ones. Default: none, so that an unknown name is
     * an error.
     *
     * @param name of one of the services
     * @return this
     */
    public Builder defaultService(String name) {
      defaultService = Check.notBlank("name", name);
      return this;
    }

    /**
     * Changes the control scheduler. Default: 1 loop, 2 elastic threads, 1,000 callback threads.
     *
     * @param options changes its options; applied when the router is built
     * @return this
     */
    public Builder control(Consumer<? super LoopScheduler.Builder> options) {
      control = Objects.requireNonNull(options, "options");
      return this;
    }

    /**
     * {@return a router whose schedulers run}
     *
     * @throws IllegalArgumentException if the default service is none of the services, or options
     *     contradict each other
     */
    public ServiceRouter build() {
      if (defaultService != null && !services.containsKey(defaultService)) {
        throw new IllegalArgumentException(
            Text.format(
                "defaultService: '%s' (expected: one of %s)", defaultService, services.keySet()));
      }
      return new ServiceRouter(this);
    }
  }
}
