/** What people are shown, by kvm4j's own applications. */
package kvm4j.text;
