package kvm4j.pc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.boot.EntryState;
import kvm4j.memory.GuestMemory;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Optional;

class WakingVectorTest {

    private static final long VECTOR = AcpiTables.FACS_ADDRESS + 12;
    private static final long EXTENDED_VECTOR = AcpiTables.FACS_ADDRESS + 24;

    private final GuestMemory memory = GuestMemory.ofSize(2 << 20);

    @BeforeEach
    void write() {
        AcpiTables.write(memory, Platform.usual(1, InterruptControllers.APICS_AND_PICS));
    }

    @AfterEach
    void close() {
        memory.close();
    }

    private EntryState entry() {
        return WakingVector.entry(memory).orElseThrow();
    }

    @Test
    void nobodyHasSetIt() {
        assertEquals(Optional.empty(), WakingVector.entry(memory));
    }

    @Test
    void realMode() {
        memory.putInt(VECTOR, 0x9_abcd);
        assertEquals(0x9abc, entry().special().cs().selector());
        assertEquals(0x9_abc0, entry().special().cs().base());
        assertEquals(0xd, entry().registers().rip());
        assertFalse((entry().special().cr0() & 1) != 0);
    }

    @Test
    void protectedMode() {
        memory.putInt(VECTOR, 0x9_abcd);
        memory.putLong(EXTENDED_VECTOR, 0x12_3456);
        assertEquals(0x12_3456, entry().registers().rip());
        assertTrue((entry().special().cr0() & 1) != 0);
        assertEquals(0, entry().special().cs().base());
    }

    @ParameterizedTest
    @ValueSource(longs = {0x10_0000, 0xffff_ffffL})
    void realModeDoesNotReachThere(long vector) {
        memory.putInt(VECTOR, (int) vector);
        assertEquals(Optional.empty(), WakingVector.entry(memory));
    }

    @ParameterizedTest
    @ValueSource(longs = {0x1_0000_0000L, -1})
    void protectedModeDoesNotReachThere(long vector) {
        memory.putLong(EXTENDED_VECTOR, vector);
        assertEquals(Optional.empty(), WakingVector.entry(memory));
    }

    @Test
    void theTablesAreGone() {
        memory.putInt(VECTOR, 0x9000);
        memory.putByte(AcpiTables.FACS_ADDRESS, (byte) 0);
        assertEquals(Optional.empty(), WakingVector.entry(memory));
    }
}
