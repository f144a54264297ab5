/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit;

import dev.picot.CallbackThreads;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.LifecycleMethodExecutionExceptionHandler;
import org.junit.jupiter.api.extension.PreInterruptCallback;
import org.junit.jupiter.api.extension.PreInterruptContext;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;

/**
 * Adds to the failure of a test that takes too long what all callback threads did when its time was
 * over: before it is interrupted, because then it may close its schedulers.
 */
final class TimeoutExtension
    implements PreInterruptCallback,
        TestExecutionExceptionHandler,
        LifecycleMethodExecutionExceptionHandler {
  private static final ExtensionContext.Namespace NAMESPACE =
      ExtensionContext.Namespace.create(TimeoutExtension.class);

  @Override
  public void beforeThreadInterrupt(PreInterruptContext interrupt, ExtensionContext context) {
    context.getStore(NAMESPACE).put(Dump.class, new Dump());
  }

  @Override
  public void handleTestExecutionException(ExtensionContext context, Throwable failure)
      throws Throwable {
    throw withDump(context, failure);
  }

  @Override
  public void handleBeforeEachMethodExecutionException(ExtensionContext context, Throwable failure)
      throws Throwable {
    throw withDump(context, failure);
  }

  @Override
  public void handleAfterEachMethodExecutionException(ExtensionContext context, Throwable failure)
      throws Throwable {
    throw withDump(context, failure);
  }

  private static Throwable withDump(ExtensionContext context, Throwable failure) {
    if (failure instanceof TimeoutException) {
      Dump before = context.getStore(NAMESPACE).get(Dump.class, Dump.class);
      failure.addSuppressed(before == null ? new Dump() : before); // none if it had its own thread
    }
    return failure;
  }

  /** Only a text, which reports show with the failure. */
  private static final class Dump extends Throwable {
    private static final long serialVersionUID = 1L;

    Dump() {
      super("callback threads at the timeout\n" + CallbackThreads.dump(), null, false, false);
    }
  }
}
