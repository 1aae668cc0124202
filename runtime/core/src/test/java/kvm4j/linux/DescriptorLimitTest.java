package kvm4j.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import kvm4j.bindings.libc.Libc;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;

/** What needs several descriptors gives back those that it got where there is not another one. */
class DescriptorLimitTest {

    /** On x86-64 (arch/x86/entry/syscalls/syscall_64.tbl), as is the next one. */
    private static final long GETRLIMIT = 97;

    private static final long SETRLIMIT = 160;
    private static final long DESCRIPTORS = 7;

    /** More than this process has open. */
    private static final long LOW = 1024;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment before = arena.allocate(ValueLayout.JAVA_LONG, 2);
    private final Deque<EventFd> others = new ArrayDeque<>();

    @BeforeEach
    void takeAllDescriptors() {
        loadClasses();
        assertEquals(0, SystemCall.call(GETRLIMIT, DESCRIPTORS, before, 0));
        MemorySegment low = arena.allocate(ValueLayout.JAVA_LONG, 2).copyFrom(before);
        low.setAtIndex(ValueLayout.JAVA_LONG, 0, LOW);
        assertEquals(0, SystemCall.call(SETRLIMIT, DESCRIPTORS, low, 0));
        takeRest();
    }

    /** To load one takes a descriptor. */
    private static void loadClasses() {
        try (PseudoTerminal terminal = PseudoTerminal.open();
                FileDescriptor other = FileDescriptor.open(terminal.path())) {
            new PolledOutput(other.number(), "an output").close();
        }
        LinuxException failure =
                assertThrows(LinuxException.class, () -> FileDescriptor.open(Path.of("/none")));
        assertEquals(Errno.ENOENT, failure.errno());
    }

    @AfterEach
    void giveThemBack() {
        others.forEach(EventFd::close);
        assertEquals(0, SystemCall.call(SETRLIMIT, DESCRIPTORS, before, 0));
        arena.close();
    }

    /** {@return how many that were} */
    private int takeRest() {
        for (int count = 0; ; count++) {
            try {
                others.push(EventFd.create());
            } catch (LinuxException none) {
                assertEquals(Errno.EMFILE, none.errno());
                return count;
            }
        }
    }

    private void free(int count) {
        for (int i = 0; i < count; i++) {
            others.pop().close();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void aPseudoTerminalGivesBackWhatItGot(int count) {
        free(count);
        assertThrows(LinuxException.class, PseudoTerminal::open);
        assertEquals(count, takeRest());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void anOutputGivesBackWhatItGot(int count) {
        free(3);
        try (PseudoTerminal terminal = PseudoTerminal.open()) {
            takeRest();
            int number = otherEnd(terminal);
            free(count);
            assertThrows(LinuxException.class, () -> new PolledOutput(number, "an output"));
            assertEquals(count, takeRest());
            SystemCall.call(Libc.SYS_close(), number);
        }
    }

    private int otherEnd(PseudoTerminal terminal) {
        free(1);
        return FileDescriptor.tryOpen(terminal.path(), Libc.O_RDWR() | Libc.O_NOCTTY());
    }
}
