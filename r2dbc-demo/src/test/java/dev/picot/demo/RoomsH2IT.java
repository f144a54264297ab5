package dev.picot.demo;

/** The contract on embedded H2, in memory. */
class RoomsH2IT extends RoomsContract {
  @Override
  DatabaseUrl database() {
    return DatabaseUrl.parse("r2dbc:h2:mem:///contract");
  }
}
