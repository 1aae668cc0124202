/**
 * Image formats: from the bytes of a file to the contents of guest memory and the state in which
 * the first vCPU enters it.
 *
 * <p>Images come from anywhere, so every one is taken to be damaged: whatever is wrong with it is
 * an {@link kvm4j.boot.ImageException} that says so in one line.
 */
package kvm4j.boot;
