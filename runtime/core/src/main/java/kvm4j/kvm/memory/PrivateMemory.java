package kvm4j.kvm.memory;

/**
 * Where the private side of a memory slot comes from.
 *
 * @param descriptor the guest memory file's descriptor, which the kernel looks at when the slot is
 *     created; the file may be closed afterwards, and the number another's
 * @param offset where in the file it begins, in bytes
 */
record PrivateMemory(int descriptor, long offset) {

    /** A slot has none. */
    static final PrivateMemory NONE = new PrivateMemory(-1, 0);

    boolean isPresent() {
        return descriptor >= 0;
    }
}
