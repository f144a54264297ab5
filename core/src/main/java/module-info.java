/**
 * Lightweight callback threads: the engine and its public face.
 *
 * <p>Start with {@link dev.picot.LoopScheduler}.
 */
module dev.picot.core {
  requires java.management;
  requires org.jctools.core.jdk11;
  requires transitive org.reactivestreams;
  requires static transitive org.jspecify;

  // API
  exports dev.picot;
}
