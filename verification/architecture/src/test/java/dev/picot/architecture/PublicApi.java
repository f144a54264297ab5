/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.architecture;

import static java.util.stream.Collectors.joining;

import java.io.IOException;
import java.io.InputStream;
import java.lang.module.ModuleDescriptor;
import java.lang.reflect.AnnotatedArrayType;
import java.lang.reflect.AnnotatedParameterizedType;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.AnnotatedTypeVariable;
import java.lang.reflect.AnnotatedWildcardType;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.TypeVariable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The public and protected signatures of a folder of classes, sorted, nullness included. */
final class PublicApi {
  private static final int MODIFIERS =
      Modifier.PUBLIC | Modifier.PROTECTED | Modifier.STATIC | Modifier.ABSTRACT | Modifier.FINAL;

  private PublicApi() {}

  static List<String> of(Path classes) throws IOException {
    Predicate<String> exported = exported(classes);
    try (Stream<Path> files = Files.walk(classes)) {
      return files
          .map(file -> classes.relativize(file).toString())
          .filter(file -> file.endsWith(".class") && !file.endsWith("-info.class"))
          .map(file -> file.replace(".class", "").replace('/', '.'))
          .filter(name -> exported.test(name.substring(0, name.lastIndexOf('.'))))
          .map(PublicApi::load)
          .filter(PublicApi::isVisible)
          .sorted((a, b) -> a.getName().compareTo(b.getName()))
          .flatMap(type -> lines(type).stream())
          .toList();
    }
  }

  private static Predicate<String> exported(Path classes) throws IOException {
    Path module = classes.resolve("module-info.class");
    if (!Files.exists(module)) {
      return name -> !(name + ".").contains(".internal.");
    }
    try (InputStream descriptor = Files.newInputStream(module)) {
      List<String> packages =
          ModuleDescriptor.read(descriptor).exports().stream()
              .filter(export -> !export.isQualified())
              .map(ModuleDescriptor.Exports::source)
              .toList();
      return packages::contains;
    }
  }

  private static Class<?> load(String name) {
    try {
      return Class.forName(name, false, PublicApi.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(name, e);
    }
  }

  private static boolean isVisible(Class<?> type) {
    return isVisible(type.getModifiers())
        && !type.isSynthetic()
        && (type.getDeclaringClass() == null || isVisible(type.getDeclaringClass()));
  }

  private static boolean isVisible(int modifiers) {
    return Modifier.isPublic(modifiers) || Modifier.isProtected(modifiers);
  }

  private static List<String> lines(Class<?> type) {
    var members = new TreeSet<String>();
    for (Constructor<?> constructor : type.getDeclaredConstructors()) {
      if (isListed(constructor, type)) {
        members.add(signature(constructor));
      }
    }
    addMembers(type, type, members);
    // What a public class inherits from a hidden one is as public as what it declares.
    Class<?> parent = type.getSuperclass();
    while (parent != null && !isVisible(parent)) {
      addMembers(parent, type, members);
      parent = parent.getSuperclass();
    }

    var lines = new ArrayList<String>();
    lines.add(signature(type));
    members.forEach(member -> lines.add("  " + member));
    return lines;
  }

  private static void addMembers(Class<?> declaring, Class<?> type, Set<String> members) {
    for (Field field : declaring.getDeclaredFields()) {
      if (isListed(field, type)) {
        members.add(signature(field));
      }
    }
    for (Method method : declaring.getDeclaredMethods()) {
      if (isListed(method, type)) {
        members.add(signature(method));
      }
    }
  }

  /** Nobody can inherit a protected member from a final class. */
  private static boolean isListed(Member member, Class<?> type) {
    int modifiers = member.getModifiers();
    return !member.isSynthetic()
        && (Modifier.isPublic(modifiers)
            || (Modifier.isProtected(modifiers) && !Modifier.isFinal(type.getModifiers())));
  }

  private static String signature(Class<?> type) {
    String parents =
        Stream.concat(
                Stream.ofNullable(type.getAnnotatedSuperclass()),
                Arrays.stream(type.getAnnotatedInterfaces()))
            .filter(parent -> parent.getType() != Object.class && isVisible(raw(parent)))
            .map(PublicApi::text)
            .collect(joining(", "));
    return modifiers(type.getModifiers())
        + (type.isSealed() ? "sealed " : "")
        + kind(type)
        + type.getName()
        + variables(type.getTypeParameters())
        + (parents.isEmpty() ? "" : " : " + parents);
  }

  private static Class<?> raw(AnnotatedType type) {
    return type.getType() instanceof ParameterizedType generic
        ? (Class<?>) generic.getRawType()
        : (Class<?>) type.getType();
  }

  private static String kind(Class<?> type) {
    if (type.isAnnotation()) {
      return "@interface ";
    }
    if (type.isInterface()) {
      return "interface ";
    }
    if (type.isEnum()) {
      return "enum ";
    }
    return type.isRecord() ? "record " : "class ";
  }

  private static String signature(Field field) {
    return modifiers(field.getModifiers()) + text(field.getAnnotatedType()) + " " + field.getName();
  }

  private static String signature(Constructor<?> constructor) {
    return modifiers(constructor.getModifiers()) + "new" + parameters(constructor);
  }

  private static String signature(Method method) {
    String variables = variables(method.getTypeParameters());
    return modifiers(method.getModifiers())
        + (variables.isEmpty() ? "" : variables + " ")
        + text(method.getAnnotatedReturnType())
        + " "
        + method.getName()
        + parameters(method);
  }

  private static String parameters(Executable executable) {
    String thrown = texts(executable.getAnnotatedExceptionTypes());
    return "("
        + texts(executable.getAnnotatedParameterTypes())
        + ")"
        + (thrown.isEmpty() ? "" : " throws " + thrown);
  }

  private static String variables(TypeVariable<?>[] variables) {
    if (variables.length == 0) {
      return "";
    }
    return Arrays.stream(variables)
        .map(variable -> variable.getName() + bounds(" extends ", variable.getAnnotatedBounds()))
        .collect(joining(", ", "<", ">"));
  }

  private static String bounds(String word, AnnotatedType[] bounds) {
    String text = Arrays.stream(bounds).map(PublicApi::text).collect(joining(" & "));
    return text.isEmpty() || text.equals("Object") ? "" : word + text;
  }

  private static String texts(AnnotatedType[] types) {
    return Arrays.stream(types).map(PublicApi::text).collect(joining(", "));
  }

  /** Reflection's own text of a type differs from one JDK to the next; this one does not. */
  private static String text(AnnotatedType type) {
    String nullness = type.isAnnotationPresent(Nullable.class) ? "@Nullable " : "";
    if (type instanceof AnnotatedArrayType array) {
      String suffix = nullness.isEmpty() ? "[]" : " @Nullable []";
      return text(array.getAnnotatedGenericComponentType()) + suffix;
    }
    if (type instanceof AnnotatedParameterizedType generic) {
      String raw = generic.getType().getTypeName().replaceFirst("<.*", "");
      return nullness
          + raw.replaceFirst("^java\\.lang\\.", "")
          + "<"
          + texts(generic.getAnnotatedActualTypeArguments())
          + ">";
    }
    if (type instanceof AnnotatedWildcardType wildcard) {
      AnnotatedType[] lower = wildcard.getAnnotatedLowerBounds();
      return "?"
          + (lower.length > 0
              ? bounds(" super ", lower)
              : bounds(" extends ", wildcard.getAnnotatedUpperBounds()));
    }
    String name = type.getType().getTypeName();
    return nullness
        + (type instanceof AnnotatedTypeVariable
            ? name
            : name.replaceFirst("^java\\.lang\\.(?=[A-Z]\\w*$)", ""));
  }

  private static String modifiers(int modifiers) {
    String text = Modifier.toString(modifiers & MODIFIERS);
    return text.isEmpty() ? "" : text + " ";
  }
}
