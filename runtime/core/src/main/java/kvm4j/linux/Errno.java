package kvm4j.linux;

/**
 * An error number of the kernel, with its name and its text as libc gives them.
 *
 * @param number the positive error number, as in {@code errno(3)}
 */
public record Errno(int number) {

    /**
     * The symbolic name, such as {@code EACCES}; {@code errno 4095} for a number that libc has no
     * name for.
     */
    public String symbol() {
        String name = Libc.strerrorname(number);
        return name == null ? "errno " + number : name;
    }

    /** The text, such as {@code Permission denied}, in the C locale. */
    public String text() {
        String text = Libc.strerrordesc(number);
        return text == null ? "Unknown error" : text;
    }

    /** Symbol, number and text: {@code EACCES (13): Permission denied}. */
    @Override
    public String toString() {
        return symbol() + " (" + number + "): " + text();
    }
}
