/**
 * The kernel and libc, as far as a virtual machine monitor needs them, called through the Foreign
 * Function and Memory API.
 *
 * <p>This is the only package that makes a downcall. Every descriptor and every mapping has one
 * owner here, which is {@link java.lang.AutoCloseable}; a failed call is a {@link
 * kvm4j.linux.LinuxException} that names the call, its arguments and errno.
 */
package kvm4j.linux;
