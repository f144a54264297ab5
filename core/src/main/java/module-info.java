/**
 * Lightweight callback threads: the engine and its public face.
 *
 * <p>Start with {@link dev.picot.LoopScheduler}.
 */
@SuppressWarnings("module") // the bridges are compiled later
module dev.picot.core {
  requires java.management;
  requires static jdk.jfr;
  requires transitive org.reactivestreams;
  requires static transitive org.jspecify;

  // API
  exports dev.picot;
  exports dev.picot.service;
  exports dev.picot.stream;

  // For our own bridges only
  exports dev.picot.internal to
      dev.picot.reactor,
      dev.picot.r2dbc,
      dev.picot.junit;
  exports dev.picot.loop to
      dev.picot.reactor,
      dev.picot.r2dbc,
      dev.picot.junit;
}
