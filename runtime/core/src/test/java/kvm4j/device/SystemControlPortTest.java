package kvm4j.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class SystemControlPortTest {

    private int resets;
    private final SystemControlPort port = new SystemControlPort(() -> resets++);

    @Test
    void addressBit20IsOnAndCanBeReadBack() {
        assertEquals(0x02, port.readByte(0));
        port.writeByte(0, 0x00);
        assertEquals(0x00, port.readByte(0));
        assertEquals(0, resets);
    }

    @Test
    void theRisingResetBitResetsOnce() {
        port.writeByte(0, 0x03);
        port.writeByte(0, 0x01);
        assertEquals(1, resets);
        port.writeByte(0, 0x02);
        port.writeByte(0, 0x03);
        assertEquals(2, resets);
    }

    @Test
    void survivesAHostileGuest() {
        HostileGuest.attack(port, 1, 1);
        assertTrue(resets > 0);
    }
}
