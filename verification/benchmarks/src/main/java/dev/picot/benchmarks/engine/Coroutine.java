/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.engine;

import java.util.concurrent.ExecutorService;
import kotlin.Unit;
import kotlin.coroutines.Continuation;
import kotlin.coroutines.CoroutineContext;
import kotlin.coroutines.EmptyCoroutineContext;
import kotlin.coroutines.jvm.internal.ContinuationImpl;
import kotlin.jvm.functions.Function2;
import kotlinx.coroutines.BuildersKt;
import kotlinx.coroutines.CoroutineScope;
import kotlinx.coroutines.CoroutineScopeKt;
import kotlinx.coroutines.CoroutineStart;
import kotlinx.coroutines.ExecutorsKt;
import kotlinx.coroutines.Job;

/**
 * Kotlin's coroutines as a Kotlin program uses them: {@code launch} on one thread, and suspending
 * functions in the form that Kotlin's compiler gives them.
 */
final class Coroutine {
  private final CoroutineScope scope;

  Coroutine(ExecutorService thread) {
    scope = CoroutineScopeKt.CoroutineScope(ExecutorsKt.from(thread));
  }

  Job launch(Function2<CoroutineScope, Continuation<? super Unit>, Object> block) {
    return BuildersKt.launch(scope, EmptyCoroutineContext.INSTANCE, CoroutineStart.DEFAULT, block);
  }

  /** A suspending function that may suspend many times: a body that is resumed. */
  abstract static class Body extends ContinuationImpl {
    private static final long serialVersionUID = 1L;

    Body(Continuation<? super Unit> caller) {
      super(erased(caller));
    }

    @SuppressWarnings("unchecked") // Kotlin's compiler does not know the type either
    private static Continuation<Object> erased(Continuation<? super Unit> caller) {
      return (Continuation<Object>) (Continuation<?>) caller;
    }

    /** Goes on until it suspends: then the mark of suspension is returned. */
    abstract Object proceed();

    @Override
    protected final Object invokeSuspend(Object result) {
      return proceed();
    }

    @Override
    public final CoroutineContext getContext() {
      return super.getContext();
    }
  }
}
