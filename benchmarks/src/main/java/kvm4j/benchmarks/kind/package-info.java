/** The kinds of exit that the lab knows, and what is done to measure each. */
package kvm4j.benchmarks.kind;
