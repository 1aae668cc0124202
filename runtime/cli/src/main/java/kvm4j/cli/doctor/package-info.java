/** {@code kvm4j doctor}: looks at the host and says whether guests can run, and if not, why. */
package kvm4j.cli.doctor;
