/**
 * The laboratory: contestants that measure the same kind of exit in processes of their own, taking
 * turns, so that whatever else the host does blurs all of them alike.
 */
package kvm4j.benchmarks.lab;
