/**
 * Lightweight callback threads: the engine and its public face.
 *
 * <p>Start with {@link dev.picot.LoopScheduler}.
 */
module dev.picot.core {
  requires java.management;
  requires transitive org.reactivestreams;
  requires static transitive org.jspecify;

  // API
  exports dev.picot;
}
