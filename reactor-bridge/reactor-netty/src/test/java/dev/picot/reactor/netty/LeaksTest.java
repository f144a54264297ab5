/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import org.junit.jupiter.api.Test;

class LeaksTest {
  @Test
  void aBufferThatNobodyReleases_isReported() {
    allocate(PooledByteBufAllocator.DEFAULT);
    allocate(ByteBufAllocator.DEFAULT);

    assertThat(Leaks.take()).hasSize(2);
  }

  private static void allocate(ByteBufAllocator allocator) {
    assertThat(allocator.directBuffer(16).writableBytes()).isEqualTo(16);
  }
}
