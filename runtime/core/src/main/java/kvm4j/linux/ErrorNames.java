package kvm4j.linux;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.util.Optional;

/**
 * How a C library calls error numbers.
 *
 * @param symbol {@code strerrorname_np(3)}, which glibc has since 2.32
 * @param text {@code strerrordesc_np(3)}, of the same age, or else {@code strerror(3)}
 */
record ErrorNames(Optional<MemorySegment> symbol, MemorySegment text) {

    /**
     * The functions of a library.
     *
     * @param libc the library
     * @return those that it has
     */
    static ErrorNames of(SymbolLookup libc) {
        return new ErrorNames(
                libc.find("strerrorname_np"),
                libc.find("strerrordesc_np").or(() -> libc.find("strerror")).orElseThrow());
    }

    /**
     * The symbolic name of a number.
     *
     * @param errno the positive number
     * @return the name; none if the number has none, or the library does not tell
     */
    Optional<String> symbol(int errno) {
        return symbol.flatMap(function -> call(function, errno));
    }

    /**
     * The text of a number.
     *
     * @param errno the positive number
     * @return the text; none if the number has none
     */
    Optional<String> text(int errno) {
        return call(text, errno);
    }

    /** The string that a function answers with, which lives as long as the thread at least. */
    @SuppressWarnings("restricted")
    private static Optional<String> call(MemorySegment function, int errno) {
        long string = KernelEntry.call(function, errno, 0, MemorySegment.NULL);
        return string == 0
                ? Optional.empty()
                : Optional.of(
                        MemorySegment.ofAddress(string).reinterpret(Long.MAX_VALUE).getString(0));
    }
}
