/**
 * The guest kernels that come with kvm4j, built from the sources under {@code
 * guests/src/main/guest}.
 */
package kvm4j.guests;
