/** What many machines take that are alive at the same time and do nothing. */
package kvm4j.benchmarks.crowd;
