/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Excuses blocking that is known and accepted from {@link NoBlocking}. Allowances of a method, its
 * class and the enclosing classes add up.
 *
 * @since 0.1
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
@Repeatable(AllowBlocking.List.class)
public @interface AllowBlocking {
  /** {@return why it is accepted, for whoever reads the test next; not blank} */
  String reason();

  /**
   * {@return the method within which blocking is allowed, as in {@code java.util.UUID.randomUUID};
   * its lambdas are part of it. Empty allows it everywhere}
   */
  String within() default "";

  /** {@return how often it is allowed in one test; what goes beyond is an incident} */
  int atMost() default Integer.MAX_VALUE;

  /** Holds the annotations of an element with more than one. */
  @Documented
  @Inherited
  @Retention(RetentionPolicy.RUNTIME)
  @Target({ElementType.TYPE, ElementType.METHOD})
  @interface List {
    /** {@return the annotations} */
    AllowBlocking[] value();
  }
}
