/**
 * What a machine is at one moment, as data, and the file that it is kept in. Knows no machine that
 * runs: {@code kvm4j.machine} makes such data and goes on from it.
 */
package kvm4j.snapshot;
