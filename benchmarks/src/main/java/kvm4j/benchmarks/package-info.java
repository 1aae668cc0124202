/**
 * The command {@code kvm4j bench}: how long a VM exit takes on this host, which kind, how it
 * spreads, and what of it is Java's.
 */
package kvm4j.benchmarks;
