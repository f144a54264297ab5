/** Runs the tests of other modules under BlockHound, and remembers what blocked a loop. */
@NullMarked
package dev.picot.blockhound;

import org.jspecify.annotations.NullMarked;
