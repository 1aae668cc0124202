package kvm4j.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.bindings.libc.Libc;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

class MappingTest {

    private static final long SIZE = 4L << 20;

    @Test
    void freshMemoryIsZeroAndWritable() {
        try (Mapping mapping = Mapping.anonymous(SIZE)) {
            MemorySegment memory = mapping.segment();
            assertEquals(SIZE, memory.byteSize());
            assertEquals(0, memory.get(ValueLayout.JAVA_LONG, SIZE - 8));
            memory.set(ValueLayout.JAVA_LONG, SIZE - 8, -1);
            assertEquals(-1, memory.get(ValueLayout.JAVA_LONG, SIZE - 8));
            assertThrows(
                    IndexOutOfBoundsException.class, () -> memory.get(ValueLayout.JAVA_BYTE, SIZE));
        }
    }

    @Test
    void adviceIsTaken() {
        try (Mapping mapping = Mapping.anonymous(SIZE)) {
            mapping.excludeFromCoreDumps();
            try {
                mapping.adviseHugePages();
            } catch (LinuxException withoutHugePages) {
                assertTrue(withoutHugePages.isErrno(Libc.EINVAL()));
            }
            mapping.segment().fill((byte) 1);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -4096, 1, 4095, 4097, Long.MIN_VALUE})
    void sizesThatAreNoPagesAreRefused(long size) {
        assertThrows(IllegalArgumentException.class, () -> Mapping.anonymous(size));
    }

    @Test
    void whatTheHostCannotMapIsAnError() {
        var refused = assertThrows(LinuxException.class, () -> Mapping.anonymous(1L << 60));
        assertTrue(refused.isErrno(Libc.ENOMEM()), refused::getMessage);
        assertThrows(LinuxException.class, () -> Mapping.shared(-1, 0, 4096));
    }

    @Test
    @SuppressWarnings("try") // use after close is what is tested
    void aClosedOneIsOfNoUse() {
        Mapping mapping = Mapping.anonymous(SIZE);
        MemorySegment memory = mapping.segment();
        mapping.close();
        mapping.close();
        assertThrows(IllegalStateException.class, () -> memory.get(ValueLayout.JAVA_BYTE, 0));
        assertThrows(IllegalStateException.class, mapping::adviseHugePages);
    }

    @Test
    void mappingsOfAFileShareItAndOutliveIt() {
        MemoryFile file = MemoryFile.create("kvm4j-test", SIZE);
        try (Mapping one = file.map();
                Mapping other = file.map()) {
            file.close();
            one.segment().set(ValueLayout.JAVA_INT, 4096, 0x1234);
            assertEquals(0x1234, other.segment().get(ValueLayout.JAVA_INT, 4096));
        }
        assertThrows(IllegalStateException.class, file::map);
    }
}
