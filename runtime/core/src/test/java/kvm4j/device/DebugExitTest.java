package kvm4j.device;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

class DebugExitTest {

    private final List<Integer> codes = new ArrayList<>();
    private final PortBus bus = new PortBus();

    @Test
    void aWriteIsTheExitCode() {
        bus.attach(0xf4, 4, new DebugExit(codes::add));
        bus.write(0xf4, 1, 0xfff);
        bus.write(0xf4, 4, 0x8000_0000L);
        assertEquals(List.of(0xff, Integer.MIN_VALUE), codes);
    }

    @Test
    void aWideCodeIsNotCut() {
        bus.attach(DebugExit.PORT, DebugExit.PORTS, new DebugExit(codes::add));
        bus.write(0xf4, 2, 0x100);
        bus.write(0xf4, 4, 0x100);
        bus.write(0xf4, 4, 0xffff_ff00L);
        assertEquals(List.of(0x100, 0x100, 0xffff_ff00), codes);
    }

    @Test
    void thePortsBehindItEndNothing() {
        bus.attach(DebugExit.PORT, DebugExit.PORTS, new DebugExit(codes::add));
        bus.write(0xf5, 1, 1);
        bus.write(0xf6, 2, 1);
        bus.write(0xf7, 4, 1);
        assertEquals(List.of(), codes);
        bus.write(0xf2, 4, 0x0102_0304);
        assertEquals(List.of(2), codes, "across devices it is made byte by byte");
    }

    @Test
    void aReadIsNone() {
        bus.attach(0xf4, 1, new DebugExit(codes::add));
        assertEquals(0xff, bus.read(0xf4, 1));
        assertEquals(List.of(), codes);
    }

    @Test
    void anIsaDebugExitIsNeverZero() {
        bus.attach(0xf4, 4, DebugExit.isaDebugExit(codes::add));
        bus.write(0xf4, 4, 0);
        bus.write(0xf4, 4, 1);
        assertEquals(List.of(1, 3), codes);
    }

    @Test
    void survivesAHostileGuest() {
        HostileGuest.attack(new DebugExit(codes::add), 4, 1);
    }
}
