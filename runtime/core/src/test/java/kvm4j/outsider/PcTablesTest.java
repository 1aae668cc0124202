package kvm4j.outsider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.boot.FlatImage;
import kvm4j.device.PortBus;
import kvm4j.kvm.NeedsKvm;
import kvm4j.machine.IrqchipMode;
import kvm4j.machine.Machine;
import kvm4j.memory.GuestMemory;
import kvm4j.pc.AcpiTables;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What the tables of a PC tell its guest is what it finds. */
@NeedsKvm
class PcTablesTest {

    /** An I/O port descriptor of 16 bits, at one place. */
    private static final int PORTS_DESCRIPTOR = 0x0147;

    private record Ports(long first, long count) {}

    @ParameterizedTest
    @EnumSource(IrqchipMode.class)
    void whatTheTablesTellIsThere(IrqchipMode irqchip) {
        List<PortBus> buses = new ArrayList<>();
        try (Machine machine =
                Machine.builder()
                        .memory(2 << 20)
                        .image(new FlatImage(new byte[] {(byte) 0xf4}))
                        .irqchip(irqchip)
                        .pc()
                        .peripheral(board -> buses.add(board.ports()))
                        .build()) {
            Map<String, Long> tables = tables(machine.memory());
            Set<Ports> attached = new HashSet<>();
            buses.getFirst()
                    .attachments()
                    .forEach(place -> attached.add(new Ports(place.start(), place.length())));
            Set<Ports> told = told(machine.memory(), tables.get("DSDT"));
            assertTrue(told.contains(new Ports(0x3f8, 8)), told::toString);
            assertTrue(attached.containsAll(told), () -> told + " of " + attached);
            assertEquals(irqchip != IrqchipMode.NONE, tables.containsKey("APIC"));
            if (irqchip != IrqchipMode.NONE) {
                int has8259s = machine.memory().getInt(tables.get("APIC") + 40);
                assertEquals(irqchip == IrqchipMode.KERNEL ? 1 : 0, has8259s);
            }
        }
    }

    private static Map<String, Long> tables(GuestMemory memory) {
        long xsdt = memory.getLong(AcpiTables.ROOT_ADDRESS + 24);
        Map<String, Long> tables = new HashMap<>();
        for (int i = 0; i < (memory.getInt(xsdt + 4) - 36) / Long.BYTES; i++) {
            long table = memory.getLong(xsdt + 36 + (long) i * Long.BYTES);
            tables.put(memory.readString(table, 4), table);
        }
        tables.put("DSDT", memory.getLong(tables.get("FACP") + 140));
        return tables;
    }

    private static Set<Ports> told(GuestMemory memory, long dsdt) {
        Set<Ports> told = new HashSet<>();
        long end = dsdt + memory.getInt(dsdt + 4) - 8;
        for (long at = dsdt; at < end; at++) {
            int first = Short.toUnsignedInt(memory.getShort(at + 2));
            if (memory.getShort(at) == PORTS_DESCRIPTOR
                    && memory.getShort(at + 4) == (short) first) {
                told.add(new Ports(first, memory.getByte(at + 7)));
            }
        }
        return told;
    }
}
