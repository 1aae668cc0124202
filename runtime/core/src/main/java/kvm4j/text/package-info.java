/** Texts that others chose, as people are shown them. For kvm4j's own applications. */
package kvm4j.text;
