package kvm4j.memory;

import kvm4j.linux.FileDescriptor;
import kvm4j.linux.MemoryFile;

/**
 * What stands behind guest memory on the host. In a file the regions lie one behind the other,
 * lowest guest-physical address first, without the holes between them: what one memory of a layout
 * wrote there, another of the same layout finds.
 */
public sealed interface Backing {

    /** Fresh memory of this process alone, all zero. */
    Backing ANONYMOUS = new Anonymous();

    /** Fresh memory of this process alone, all zero; a page that nobody touches costs nothing. */
    record Anonymous() implements Backing {}

    /**
     * A memory file, shared with whoever else maps it, in another process too: each sees what the
     * others write, at once.
     *
     * @param file at least as long as all regions together; may be closed once the memory is built
     */
    record Shared(MemoryFile file) implements Backing {}

    /**
     * What a file holds, copied page by page when a page is first written, and never written back:
     * a fork of whoever wrote the file. Many can have the same file, and share the pages that none
     * of them wrote.
     *
     * <p>The file must not change as long as the memory lives: a change may or may not be seen, and
     * an access behind a new end is an {@link InternalError} here and ends a guest. A {@linkplain
     * MemoryFile#seal() sealed} memory file cannot change.
     *
     * @param file at least as long as all regions together, its last page filled up with zeros; may
     *     be closed once the memory is built
     * @param offset where in the file the first region begins, in bytes, a multiple of 4096
     */
    record CopyOnWrite(FileDescriptor file, long offset) implements Backing {

        /**
         * A fork.
         *
         * @throws IllegalArgumentException if the offset is negative or no multiple of a page
         */
        public CopyOnWrite {
            if (offset < 0 || offset % GuestMemory.PAGE_SIZE != 0) {
                throw new IllegalArgumentException(
                        "memory cannot begin at offset 0x%x of a file".formatted(offset));
            }
        }

        /**
         * A fork of what a memory file holds.
         *
         * @param file the file
         */
        public CopyOnWrite(MemoryFile file) {
            this(file.descriptor(), 0);
        }
    }
}
