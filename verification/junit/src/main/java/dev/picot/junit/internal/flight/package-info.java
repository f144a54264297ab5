/**
 * What {@code picot-junit} knows of Java Flight Recorder, whose module may be missing.
 *
 * <p>Start with {@link dev.picot.junit.internal.flight.FlightRecording}. Internal.
 *
 * <p>Threading: any thread may begin and end work; the log is read by one at a time.
 */
@NullMarked
package dev.picot.junit.internal.flight;

import org.jspecify.annotations.NullMarked;
