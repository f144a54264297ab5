/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor.netty;

import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandle;
import io.netty.channel.nio.NioIoHandler;

/**
 * How loops wait for the events of their channels.
 *
 * @since 0.1
 */
public enum Transport {
  /** Linux's epoll through Netty's native library. */
  EPOLL {
    @Override
    public boolean isAvailable() {
      return Epoll.isAvailable();
    }

    @Override
    IoHandlerFactory handlers() {
      Epoll.ensureAvailability();
      return EpollIoHandler.newFactory();
    }

    @Override
    boolean isCompatible(Class<? extends IoHandle> handleType) {
      return EpollIoHandle.class.isAssignableFrom(handleType);
    }

    @Override
    boolean isIoType(Class<? extends IoHandler> handlerType) {
      return handlerType.isAssignableFrom(EpollIoHandler.class);
    }

    @Override
    boolean takesChangesLate() {
      return true;
    }
  },

  /** The selectors of the JDK; everywhere. */
  NIO {
    @Override
    public boolean isAvailable() {
      return true;
    }

    @Override
    IoHandlerFactory handlers() {
      return NioIoHandler.newFactory();
    }

    @Override
    boolean isCompatible(Class<? extends IoHandle> handleType) {
      return NioIoHandle.class.isAssignableFrom(handleType);
    }

    @Override
    boolean isIoType(Class<? extends IoHandler> handlerType) {
      return handlerType.isAssignableFrom(NioIoHandler.class);
    }

    @Override
    boolean takesChangesLate() {
      return false; // its channels ask the selection key; selectors take them late themselves
    }
  };

  /** {@return the first of these that is available} */
  public static Transport best() {
    return EPOLL.isAvailable() ? EPOLL : NIO;
  }

  /** {@return whether it works on this machine, with the libraries that are there} */
  public abstract boolean isAvailable();

  /**
   * Makes what waits.
   *
   * @throws UnsatisfiedLinkError if it is not available
   */
  abstract IoHandlerFactory handlers();

  abstract boolean isCompatible(Class<? extends IoHandle> handleType);

  abstract boolean isIoType(Class<? extends IoHandler> handlerType);

  /**
   * Whether a channel does not mind if its interest is submitted just before events are awaited.
   */
  abstract boolean takesChangesLate();
}
