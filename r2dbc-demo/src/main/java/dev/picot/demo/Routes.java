/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.demo;

import dev.picot.LoopScheduler;
import dev.picot.RefusedException;
import dev.picot.Task;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Finds the handler of a request and turns whatever it does into a response.
 *
 * <p>Threading: immutable once the routes are added. Making a task for a request only makes the
 * task; decoding, dispatching and handling are its steps.
 */
final class Routes {
  private static final Logger LOG = System.getLogger(Routes.class.getName());

  /** Handles the requests of one route and method, in a step. */
  @FunctionalInterface
  interface Handler {
    /**
     * Handles a request.
     *
     * @param request the request
     * @param target its decoded target
     * @return a task that gives the response
     */
    Task<Response> handle(Request request, Target target);
  }

  private record Route(List<String> pattern, Map<String, Handler> handlers) {
    boolean matches(List<String> path) {
      if (path.size() != pattern.size()) {
        return false;
      }
      for (int i = 0; i < path.size(); i++) {
        if (!pattern.get(i).equals("*") && !pattern.get(i).equals(path.get(i))) {
          return false;
        }
      }
      return true;
    }

    Set<String> allowed() {
      Set<String> allowed = new TreeSet<>(handlers.keySet());
      if (allowed.contains("GET")) {
        allowed.add("HEAD");
      }
      return allowed;
    }
  }

  private final List<Route> routes = new ArrayList<>();

  /**
   * Adds a route.
   *
   * @param path its path; a segment {@code *} stands for any one segment
   * @param handlers what handles it, by method; GET handles HEAD as well
   * @return this
   */
  Routes route(String path, Map<String, Handler> handlers) {
    routes.add(new Route(Target.parse(path).path(), new TreeMap<>(handlers)));
    return this;
  }

  /**
   * Answers a request.
   *
   * @param request the request
   * @return a task that gives a response, whatever happens
   */
  Task<Response> answer(Request request) {
    return Task.defer(() -> dispatch(request))
        .onErrorResume(error -> failed(request, error))
        .named(request.label());
  }

  private Task<Response> dispatch(Request request) {
    Target target = Target.parse(request.uri());
    Route route =
        routes.stream()
            .filter(candidate -> candidate.matches(target.path()))
            .findFirst()
            .orElseThrow(
                () ->
                    ProblemException.notFound(
                        "There is nothing at this path. GET / lists what there is."));
    String method = request.method().equals("HEAD") ? "GET" : request.method();
    Handler handler = route.handlers().get(method);
    if (handler == null) {
      throw ProblemException.methodNotAllowed(request.method(), route.allowed());
    }
    return handler.handle(request, target);
  }

  private static Task<Response> failed(Request request, Throwable error) {
    ProblemException problem = ProblemException.of(error);
    if (problem.status() >= 500 && !(error instanceof RefusedException)) {
      logLater(request, problem, error);
    }
    return Task.value(problem.response(request.rawPath()));
  }

  /** Writing a log may block, and the client need not wait for it: a callback thread of its own. */
  private static void logLater(Request request, ProblemException problem, Throwable error) {
    Task<Void> log =
        Task.blockingRun(() -> log(request, problem, error))
            .onErrorResume(
                RefusedException.class, full -> Task.run(() -> log(request, problem, error)));
    try {
      LoopScheduler.current().orElseThrow().spawn("log", log);
    } catch (RefusedException full) {
      log(request, problem, error);
    }
  }

  private static void log(Request request, ProblemException problem, Throwable error) {
    if (problem.status() == 500) {
      LOG.log(Level.ERROR, request.label() + " failed", error);
    } else {
      LOG.log(Level.WARNING, "{0} failed with {1}: {2}", request.label(), problem.status(), error);
    }
  }
}
