package dev.picot.loop;

/**
 * An {@link ElasticPool} does not take a call because it was closed.
 *
 * @since 0.1
 */
public final class ElasticPoolClosedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Whose pool it is. */
  private final String name;

  ElasticPoolClosedException(String name) {
    super(
        ("The elastic pool of '%s' did not run a blocking call: the pool was closed."
                + " Make blocking calls before close(), or handle SchedulerClosedException.")
            .formatted(name));
    this.name = name;
  }

  /** {@return the name of the pool} */
  public String name() {
    return name;
  }
}
