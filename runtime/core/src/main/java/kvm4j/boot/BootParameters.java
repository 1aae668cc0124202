package kvm4j.boot;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * What a boot loader hands to an image besides the machine itself.
 *
 * <p>Boot protocols know bytes, which their strings are here: characters from U+0001 to U+00FF.
 *
 * @param name the image's name, which stands in front of the command line where a protocol wants
 *     that
 * @param commandLine the kernel's command line, without the name
 * @param modules files to put into memory, in order; for Linux the initrd is the only one
 */
public record BootParameters(String name, String commandLine, List<Module> modules) {

    /** Neither a command line nor modules, for an image called {@code kernel}. */
    public static final BootParameters NONE = new BootParameters("kernel", "", List.of());

    /**
     * A file that goes into memory beside the image.
     *
     * @param contents its bytes, which must neither change nor go away before the image is loaded,
     *     or, where firmware loads it, before the guest ends
     * @param commandLine the module's own command line, by custom its name first
     */
    public record Module(MemorySegment contents, String commandLine) {

        /**
         * Looks at the command line.
         *
         * @throws IllegalArgumentException if a character of it is not a byte other than zero
         */
        public Module {
            requireBytes("a module's command line", commandLine);
            contents = contents.asReadOnly();
        }
    }

    /**
     * Keeps a copy of the list.
     *
     * @throws IllegalArgumentException if a character of the name or the command line is not a byte
     *     other than zero
     */
    public BootParameters {
        requireBytes("an image's name", name);
        requireBytes("a command line", commandLine);
        modules = List.copyOf(modules);
    }

    private static void requireBytes(String what, String text) {
        text.chars()
                .filter(character -> character == 0 || character > 0xff)
                .findFirst()
                .ifPresent(
                        character -> {
                            throw new IllegalArgumentException(
                                    "%s has no character U+%04X".formatted(what, character));
                        });
    }

    /**
     * These parameters with another name.
     *
     * @param newName the image's name
     * @return a copy
     * @throws IllegalArgumentException if a character of it is not a byte other than zero
     */
    public BootParameters withName(String newName) {
        return new BootParameters(newName, commandLine, modules);
    }

    /**
     * These parameters with another command line.
     *
     * @param newCommandLine the command line
     * @return a copy
     * @throws IllegalArgumentException if a character of it is not a byte other than zero
     */
    public BootParameters withCommandLine(String newCommandLine) {
        return new BootParameters(name, newCommandLine, modules);
    }

    /**
     * These parameters with one more module.
     *
     * @param contents the module's bytes, which must not change before the image is loaded
     * @param moduleCommandLine the module's own command line
     * @return a copy
     * @throws IllegalArgumentException if a character of it is not a byte other than zero
     */
    public BootParameters withModule(byte[] contents, String moduleCommandLine) {
        return withModule(MemorySegment.ofArray(contents), moduleCommandLine);
    }

    /**
     * These parameters with one more module, such as a file that is mapped.
     *
     * @param contents the module's bytes, which must neither change nor go away before the image is
     *     loaded, or, where firmware loads it, before the guest ends
     * @param moduleCommandLine the module's own command line
     * @return a copy
     * @throws IllegalArgumentException if a character of it is not a byte other than zero
     */
    public BootParameters withModule(MemorySegment contents, String moduleCommandLine) {
        List<Module> more = new ArrayList<>(modules);
        more.add(new Module(contents, moduleCommandLine));
        return new BootParameters(name, commandLine, more);
    }

    /** {@return whether there is nothing that an image would have to be told} */
    boolean isEmpty() {
        return commandLine.isEmpty() && modules.isEmpty();
    }
}
