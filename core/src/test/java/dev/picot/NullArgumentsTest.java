/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.picot.service.ServiceRouter;
import dev.picot.service.Supervisor;
import java.lang.reflect.Executable;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;

/** Every public method refuses null by the name of the argument, before it does anything. */
class NullArgumentsTest {
  private static final Set<Class<?>> TYPES =
      Set.of(
          Task.class,
          CallbackThread.class,
          LoopScheduler.class,
          LoopScheduler.Builder.class,
          ElasticOptions.class,
          WatchdogOptions.class,
          Inspection.class,
          ContextKey.class,
          Backoff.class,
          ServiceRouter.class,
          ServiceRouter.Builder.class,
          Supervisor.class,
          Supervisor.Builder.class,
          Outcome.class,
          Outcome.Failed.class);

  /** Where null is a value. */
  private static final Set<String> MAY_BE_NULL =
      Set.of(
          "Task.value(Object) argument 0",
          "Task.iterate(Object, Step) argument 0",
          "equals(Object) argument 0");

  private static final Map<Class<?>, Object> LEGAL =
      Map.ofEntries(
          Map.entry(Duration.class, Duration.ofSeconds(1)),
          Map.entry(String.class, "text"),
          Map.entry(Class.class, String.class),
          Map.entry(Object.class, "value"),
          Map.entry(Throwable.class, new IllegalStateException()),
          Map.entry(Callable.class, (Callable<Object>) () -> "a"),
          Map.entry(Action.class, (Action) () -> {}),
          Map.entry(Effect.class, (Effect<Object>) value -> {}),
          Map.entry(Step.class, (Step<Object, Object>) value -> value),
          Map.entry(Step2.class, (Step2<Object, Object, Object>) (a, b) -> a),
          Map.entry(AsyncStart.class, (AsyncStart<Object>) sink -> {}),
          Map.entry(Task.class, Task.done()),
          Map.entry(Backoff.class, Backoff.fixed(Duration.ZERO)),
          Map.entry(ContextKey.class, ContextKey.of("key", Object.class)),
          Map.entry(ContextCarrier.class, new NoCarrier()),
          Map.entry(Supervisor.RestartPolicy.class, Supervisor.RestartPolicy.PERMANENT),
          Map.entry(Publisher.class, Publishers.of("a")),
          Map.entry(CompletionStage.class, new CompletableFuture<>()),
          Map.entry(Subscriber.class, new TestSubscriber<>()),
          Map.entry(Runnable.class, (Runnable) () -> {}),
          Map.entry(Consumer.class, (Consumer<Object>) value -> {}),
          Map.entry(Function.class, (Function<Object, Object>) value -> value),
          Map.entry(Iterable.class, List.of(Task.done())),
          Map.entry(Supplier.class, (Supplier<Object>) () -> "a"),
          Map.entry(int.class, 1));

  @RegisterExtension final Schedulers schedulers = new Schedulers();

  private final LoopScheduler scheduler = schedulers.one();

  /** Made on demand. */
  private @Nullable ServiceRouter router;

  @AfterEach
  void closeRouter() {
    if (router != null) {
      router.closeNow();
    }
  }

  private static final class NoCarrier implements ContextCarrier<Object> {
    @Override
    public ContextKey<Object> key() {
      return ContextKey.of("none", Object.class);
    }

    @Override
    public @Nullable Object capture() {
      return null;
    }

    @Override
    public Action install(Object context) {
      return () -> {};
    }
  }

  record Argument(Executable method, int index) {
    @Override
    public String toString() {
      return name(method) + " argument " + index;
    }
  }

  static Stream<Argument> arguments() {
    List<Argument> all = new ArrayList<>();
    for (Class<?> type : TYPES) {
      Stream.concat(Arrays.stream(type.getDeclaredMethods()), Arrays.stream(type.getConstructors()))
          .filter(method -> Modifier.isPublic(method.getModifiers()) && !method.isSynthetic())
          .forEach(method -> add(method, all));
    }
    return all.stream();
  }

  private static void add(Executable method, List<Argument> all) {
    for (int i = 0; i < method.getParameterCount(); i++) {
      var argument = new Argument(method, i);
      if (!method.getParameterTypes()[i].isPrimitive()
          && MAY_BE_NULL.stream().noneMatch(argument.toString()::endsWith)) {
        all.add(argument);
      }
    }
  }

  private static String name(Executable method) {
    return method.getDeclaringClass().getSimpleName()
        + (method instanceof Method ? "." + method.getName() : "")
        + Arrays.stream(method.getParameterTypes())
            .map(Class::getSimpleName)
            .collect(java.util.stream.Collectors.joining(", ", "(", ")"));
  }

  @ParameterizedTest
  @MethodSource("arguments")
  void isRefusedByName(Argument argument) {
    Object[] values =
        Arrays.stream(argument.method().getParameterTypes()).map(this::legal).toArray();
    assertThat(values).as("a legal value for each type").doesNotContainNull();
    values[argument.index()] = null;

    Throwable thrown = catchThrowable(() -> call(argument.method(), values));

    assertThat(thrown)
        .isInstanceOf(NullPointerException.class)
        .message()
        .matches("[a-z][A-Za-z.]*");
  }

  private Object legal(Class<?> type) {
    if (type == CallbackThread.class) {
      return scheduler.spawn(Task.never());
    }
    return type == LoopScheduler.class ? scheduler : LEGAL.get(type);
  }

  @ParameterizedTest
  @MethodSource("executors")
  void isRefusedByAnExecutor(Function<LoopScheduler, Executor> executor) {
    assertThat(catchThrowable(() -> executor.apply(scheduler).execute(null)))
        .isInstanceOf(NullPointerException.class)
        .hasMessage("action");
  }

  static Stream<Function<LoopScheduler, Executor>> executors() {
    return Stream.of(LoopScheduler::executor);
  }

  private void call(Executable executable, Object[] values) throws Throwable {
    try {
      if (executable instanceof Method method) {
        method.invoke(receiver(method), values);
      } else {
        ((java.lang.reflect.Constructor<?>) executable).newInstance(values);
      }
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  private Object receiver(Method method) {
    Class<?> type = method.getDeclaringClass();
    if (Modifier.isStatic(method.getModifiers())) {
      return type;
    } else if (type == Task.class) {
      return Task.done();
    } else if (type == CallbackThread.class) {
      return scheduler.spawn(Task.done());
    } else if (type == LoopScheduler.class) {
      return scheduler;
    } else if (type == Inspection.class) {
      return scheduler.inspect();
    } else if (type == LoopScheduler.Builder.class) {
      return LoopScheduler.builder("other");
    } else if (type == ElasticOptions.class) {
      return new ElasticOptions();
    } else if (type == WatchdogOptions.class) {
      return new WatchdogOptions();
    } else if (type == Backoff.class) {
      return Backoff.fixed(Duration.ZERO);
    } else if (type == ServiceRouter.class) {
      router = ServiceRouter.builder().service("text").build();
      return router;
    } else if (type == ServiceRouter.Builder.class) {
      return ServiceRouter.builder();
    } else if (type == Supervisor.class) {
      return Supervisor.builder("other").child("child", Task::never).build();
    } else if (type == Supervisor.Builder.class) {
      return Supervisor.builder("other");
    } else if (type == Outcome.class) {
      return new Outcome.Completed<>("a");
    }
    throw new AssertionError("no receiver for " + method);
  }
}
