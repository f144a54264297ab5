package dev.picot.loop;

/** A loop that nobody drives: what is posted to it stays where it can be counted. */
public final class StandingLoop {
  private final Loop loop = new Loop("standing", null, Ticker.system());

  /** {@return the loop} */
  public Loop loop() {
    return loop;
  }

  /** {@return how many tasks were posted} */
  public int posted() {
    return loop.tasksOfOwner().size();
  }
}
