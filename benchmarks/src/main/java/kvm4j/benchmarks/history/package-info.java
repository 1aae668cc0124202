/** The results that were accepted on each host, in a file that only grows. */
package kvm4j.benchmarks.history;
