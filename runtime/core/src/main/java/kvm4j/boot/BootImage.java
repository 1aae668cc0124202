package kvm4j.boot;

import kvm4j.memory.GuestMemory;

/**
 * What a machine boots: a program in a format that says where in memory it goes and how it is
 * entered. {@link ImageFormat} makes one from a file's bytes.
 */
@FunctionalInterface
public interface BootImage {

    /**
     * Puts the image into memory, and beside it what its format promises the program: tables, a
     * command line, modules.
     *
     * @param memory the guest's memory, which nobody runs on yet
     * @return the state in which the first vCPU starts
     * @throws ImageException if the image does not fit into this memory; some of it may have been
     *     written
     */
    EntryState load(GuestMemory memory);
}
