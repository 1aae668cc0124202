/** What jextract prints from the headers of the kernel and of libc, unedited. */
module kvm4j.bindings {}
