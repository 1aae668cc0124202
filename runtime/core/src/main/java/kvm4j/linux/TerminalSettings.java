package kvm4j.linux;

import kvm4j.bindings.libc.Libc;
import kvm4j.bindings.libc.termios;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;

/**
 * How a terminal treats what passes through it: {@code termios(3)}.
 *
 * <p>The kernel's structure is the beginning of libc's, as far as the control characters that there
 * are.
 */
public final class TerminalSettings {

    private static final Ioctl TCGETS = new Ioctl("TCGETS", Libc.TCGETS());
    private static final Ioctl TCSETS = new Ioctl("TCSETS", Libc.TCSETS());

    /** What would change, hold back or interpret input. */
    private static final int INPUT_PROCESSING =
            Libc.IGNBRK()
                    | Libc.BRKINT()
                    | Libc.PARMRK()
                    | Libc.INPCK()
                    | Libc.ISTRIP()
                    | Libc.INLCR()
                    | Libc.IGNCR()
                    | Libc.ICRNL()
                    | Libc.IXON();

    private static final int LINE_PROCESSING =
            Libc.ECHO() | Libc.ECHONL() | Libc.ICANON() | Libc.ISIG() | Libc.IEXTEN();

    private final byte[] structure;

    private TerminalSettings(byte[] structure) {
        this.structure = structure;
    }

    /** The settings of the terminal that a descriptor is; nothing if it is none. */
    static Optional<TerminalSettings> of(FileDescriptor descriptor) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment segment = arena.allocate(termios.layout());
            return descriptor.tryIoctl(TCGETS, segment) < 0
                    ? Optional.empty()
                    : Optional.of(new TerminalSettings(segment.toArray(ValueLayout.JAVA_BYTE)));
        }
    }

    /**
     * Gives the settings to a terminal.
     *
     * @throws LinuxException if the descriptor is no terminal
     */
    void applyTo(FileDescriptor descriptor) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment segment = copy(arena);
            int result = descriptor.tryIoctl(TCSETS, segment);
            if (result < 0) {
                throw new LinuxException("TCSETS(" + descriptor.name() + ")", -result);
            }
        }
    }

    /**
     * These settings, but with each byte of input passed on as it comes: no echo, no editing of
     * lines, no keys that raise signals or stop the output. Output stays as it is, so that a line
     * feed still begins a line.
     *
     * @return other settings
     */
    public TerminalSettings withRawInput() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment segment = copy(arena);
            termios.c_iflag(segment, termios.c_iflag(segment) & ~INPUT_PROCESSING);
            termios.c_lflag(segment, termios.c_lflag(segment) & ~LINE_PROCESSING);
            int characterSize = Libc.CSIZE() | Libc.PARENB();
            termios.c_cflag(segment, termios.c_cflag(segment) & ~characterSize | Libc.CS8());
            termios.c_cc(segment, Libc.VMIN(), (byte) 1);
            termios.c_cc(segment, Libc.VTIME(), (byte) 0);
            return new TerminalSettings(segment.toArray(ValueLayout.JAVA_BYTE));
        }
    }

    /**
     * These settings, but with all bytes passed on as they come, in both directions: {@code
     * cfmakeraw(3)}.
     *
     * @return other settings
     */
    public TerminalSettings raw() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment segment = withRawInput().copy(arena);
            termios.c_oflag(segment, termios.c_oflag(segment) & ~Libc.OPOST());
            return new TerminalSettings(segment.toArray(ValueLayout.JAVA_BYTE));
        }
    }

    private MemorySegment copy(Arena arena) {
        MemorySegment segment = arena.allocate(termios.layout());
        return segment.copyFrom(MemorySegment.ofArray(structure));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TerminalSettings settings
                && Arrays.equals(structure, settings.structure);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(structure);
    }

    /** The structure's bytes in hexadecimal. */
    @Override
    public String toString() {
        return "termios " + HexFormat.of().formatHex(structure);
    }
}
