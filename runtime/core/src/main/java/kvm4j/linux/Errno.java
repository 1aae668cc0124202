package kvm4j.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * An error number of the kernel, with its name and its text as libc gives them.
 *
 * @param number the positive error number, as in {@code errno(3)}
 */
public record Errno(int number) {

    /** glibc's {@code strerrorname_np(3)} and {@code strerrordesc_np(3)}: constant strings. */
    private static final class Names {
        static final MethodHandle SYMBOL = link("strerrorname_np");
        static final MethodHandle TEXT = link("strerrordesc_np");

        @SuppressWarnings("restricted")
        private static MethodHandle link(String function) {
            Linker linker = Linker.nativeLinker();
            return linker.downcallHandle(
                    linker.defaultLookup().findOrThrow(function),
                    FunctionDescriptor.of(ADDRESS, JAVA_INT));
        }
    }

    /**
     * The symbolic name, such as {@code EACCES}; {@code errno 4095} for a number that has none.
     *
     * @return the name
     */
    public String symbol() {
        return lookUp(Names.SYMBOL, "errno " + number);
    }

    /**
     * The text, such as {@code Permission denied}, whatever the locale.
     *
     * @return the text
     */
    public String text() {
        return lookUp(Names.TEXT, "Unknown error");
    }

    @SuppressWarnings("restricted")
    private String lookUp(MethodHandle function, String otherwise) {
        try {
            MemorySegment string = (MemorySegment) function.invokeExact(number);
            return string.address() == 0
                    ? otherwise
                    : string.reinterpret(Long.MAX_VALUE).getString(0);
        } catch (Throwable impossible) {
            throw new AssertionError(impossible);
        }
    }

    /**
     * Symbol, number and text: {@code EACCES (13): Permission denied}.
     *
     * @return all three
     */
    @Override
    public String toString() {
        return symbol() + " (" + number + "): " + text();
    }
}
