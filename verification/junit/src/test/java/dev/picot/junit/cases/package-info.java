/** The applications and test classes that the tests of {@code picot-junit} look at. */
package dev.picot.junit.cases;
