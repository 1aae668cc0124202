/** Results for people: a page, and text for a terminal. */
package kvm4j.benchmarks.report;
