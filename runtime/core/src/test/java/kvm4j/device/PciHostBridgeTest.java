package kvm4j.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PciHostBridgeTest {

    private static final long ALL_ONES = 0xffff_ffffL;

    private final PortBus bus = new PortBus();
    private int resets;
    private final PciHostBridge bridge = new PciHostBridge(() -> resets++);

    @BeforeEach
    void attach() {
        bus.attach(PciHostBridge.PORT, PciHostBridge.PORTS, bridge);
    }

    private long configuration(int address) {
        bus.write(0xcf8, 4, 0x8000_0000L | address);
        return bus.read(0xcfc, 4);
    }

    @Test
    void thereIsAHostBridge() {
        assertEquals(0x0008_1b36, configuration(0x00));
        assertEquals(0x0600_0000, configuration(0x08));
        assertEquals(0x1100_1af4, configuration(0x2c));
        configuration(0x08);
        assertEquals(0x0600, bus.read(0xcfe, 2));
        assertEquals(0x06, bus.read(0xcff, 1));
        assertEquals(0, configuration(0xfc));
    }

    @Test
    void thereIsNothingElse() {
        for (int function = 0x100; function < 0x100_0000; function += 0x100) {
            assertEquals(ALL_ONES, configuration(function));
        }
    }

    @Test
    void theAddressCanBeReadBack() {
        bus.write(0xcf8, 4, ALL_ONES);
        assertEquals(0x80ff_fffcL, bus.read(0xcf8, 4));
        bus.write(0xcfb, 1, 0x01);
        assertEquals(0x80ff_fffcL, bus.read(0xcf8, 4), "only whole accesses are for the address");
        bus.write(0xcf8, 4, 0);
        assertEquals(ALL_ONES, bus.read(0xcfc, 4), "disabled");
    }

    @Test
    void theConfigurationCannotBeWritten() {
        configuration(0);
        bus.write(0xcfc, 4, 0);
        assertEquals(0x0008_1b36, configuration(0));
    }

    @Test
    void theResetControlRegisterResets() {
        bus.write(0xcf9, 1, 0x02);
        assertEquals(0, resets);
        assertEquals(0x02, bus.read(0xcf9, 1));
        bus.write(0xcf9, 1, PciHostBridge.RESET_VALUE);
        assertEquals(1, resets);
        bus.write(0xcf9, 1, PciHostBridge.RESET_VALUE);
        assertEquals(1, resets, "only the rising bit resets");
    }

    @Test
    void survivesAHostileGuest() {
        HostileGuest.attack(bridge, PciHostBridge.PORTS, 1);
        assertTrue(resets > 0);
    }
}
