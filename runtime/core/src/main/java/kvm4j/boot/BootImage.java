package kvm4j.boot;

import kvm4j.memory.GuestMemory;

/**
 * What a machine boots: a program in a format that says where in memory it goes and how it is
 * entered. {@link ImageFormat} makes one from a file's bytes.
 */
@FunctionalInterface
public interface BootImage {

    /**
     * Adds the memory that the image needs beside RAM, such as the ROM of firmware.
     *
     * @param layout the guest's memory, to which RAM is added by whoever builds it
     */
    default void reserve(GuestMemory.Builder layout) {}

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
