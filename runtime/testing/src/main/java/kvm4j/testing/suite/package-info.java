/**
 * Many guests as one suite, without a test framework: found in folders, run in parallel, split over
 * runners, and reported in the forms that CI reads.
 */
package kvm4j.testing.suite;
