/**
 * What figures from a noisy machine allow to say: medians with confidence intervals, and whether
 * two runs differ by more than chance.
 */
package kvm4j.benchmarks.statistics;
