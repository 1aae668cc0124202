/** What the lab found, as records that go to a file and come back. */
package kvm4j.benchmarks.result;
