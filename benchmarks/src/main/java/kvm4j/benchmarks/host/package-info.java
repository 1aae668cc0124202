/** The host as the lab finds it: what it is, and what about it blurs figures. */
package kvm4j.benchmarks.host;
