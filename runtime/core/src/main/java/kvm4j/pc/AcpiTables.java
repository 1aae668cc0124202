package kvm4j.pc;

import kvm4j.boot.AcpiRoot;
import kvm4j.device.Hpet;
import kvm4j.device.PciHostBridge;
import kvm4j.device.PowerManagement;
import kvm4j.memory.GuestMemory;
import kvm4j.memory.StructWriter;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * The tables by which a kernel learns of processors, interrupts and power management (ACPI 6.5,
 * chapter 5): the root pointer at {@link #ROOT_ADDRESS}, where BIOSes have it, and behind it RSDT,
 * XSDT, FADT with FACS, DSDT and, where there are APICs, MADT and the HPET's.
 *
 * <p>The DSDT names a PCI root bridge (PNP0A03: configuration by ports, so there is no MCFG), with
 * the hole below 4 GiB up to the I/O APIC for what may be behind it, and its interrupt pins on
 * inputs 16 to 19 of the I/O APIC in turn.
 */
public final class AcpiTables {

    /** Guest-physical address of the root pointer (RSDP). */
    public static final long ROOT_ADDRESS = AcpiRoot.ADDRESS;

    /** Guest-physical address of the firmware's control structure (FACS). */
    static final long FACS_ADDRESS = ROOT_ADDRESS + 64;

    /** What it begins with. */
    static final String FACS_SIGNATURE = "FACS";

    private static final int ROOT_OLD_SIZE = 20;
    private static final int ROOT_CHECKSUM = 8;
    private static final int ROOT_EXTENDED_CHECKSUM = 32;

    private static final int HEADER_SIZE = 36;
    private static final int HEADER_CHECKSUM = 9;
    private static final String OEM = "KVM4J ";
    private static final int ALIGNMENT = 64;

    private static final int FACS_SIZE = 64;
    private static final int FADT_SIZE = 276;
    private static final int FADT_REVISION = 6;
    private static final int FADT_MINOR_REVISION = 5;
    private static final int LEGACY_DEVICES = 1 << 0;
    private static final int HAS_8042 = 1 << 1;
    private static final int NO_VGA = 1 << 2;
    private static final int WBINVD = 1 << 0;
    private static final int C1_ON_ALL_PROCESSORS = 1 << 2;
    private static final int NO_SLEEP_BUTTON = 1 << 5;
    private static final int TIMER_32_BITS = 1 << 8;
    private static final int RESET_REGISTER = 1 << 10;
    private static final int NO_C2 = 101;
    private static final int NO_C3 = 1001;
    private static final int CMOS_CENTURY = 0x32;
    private static final int IN_PORTS = 1;

    private static final int LAST_PORT = 0xffff;
    private static final int PCI_LAST_BUS = 0xff;
    private static final int PCI_DEVICES = 32;
    private static final int PCI_PINS = 4;
    private static final int PCI_FIRST_INPUT = 16;
    private static final int PCI_ANY_FUNCTION = 0xffff;

    private static final int HPET_SIZE = 56;

    private static final int MADT_REVISION = 5;
    private static final int HAS_8259 = 1;
    private static final int ACTIVE_HIGH_LEVEL = 0b1101;
    private static final int ALL_PROCESSORS = 0xff;

    private final GuestMemory memory;
    private final Platform platform;
    private long next = ROOT_ADDRESS + ALIGNMENT;

    private AcpiTables(GuestMemory memory, Platform platform) {
        this.memory = memory;
        this.platform = platform;
    }

    /**
     * Writes the tables.
     *
     * @param memory the guest's memory, which has RAM up to 1 MiB
     * @param platform what there is
     * @throws kvm4j.memory.GuestAddressException if the memory is smaller
     */
    public static void write(GuestMemory memory, Platform platform) {
        new AcpiTables(memory, platform).write();
    }

    private void write() {
        long facs = writeFacs();
        long dsdt = writeTable("DSDT", 2, dsdt());
        List<Long> tables = new ArrayList<>();
        tables.add(writeTable("FACP", FADT_REVISION, fadt(facs, dsdt)));
        if (platform.controllers().hasApics()) {
            tables.add(writeTable("APIC", MADT_REVISION, madt()));
            tables.add(writeTable("HPET", 1, hpet()));
        }
        StructWriter rsdt = body(tables.size() * Integer.BYTES);
        StructWriter xsdt = body(tables.size() * Long.BYTES);
        for (int i = 0; i < tables.size(); i++) {
            rsdt.u32((long) i * Integer.BYTES, tables.get(i));
            xsdt.u64((long) i * Long.BYTES, tables.get(i));
        }
        writeRoot(writeTable("RSDT", 1, rsdt), writeTable("XSDT", 1, xsdt));
    }

    private void writeRoot(long rsdt, long xsdt) {
        StructWriter root =
                new StructWriter(memory.slice(ROOT_ADDRESS, AcpiRoot.SIZE).fill((byte) 0));
        root.text(0, AcpiRoot.SIGNATURE);
        root.text(9, OEM);
        root.u8(15, 2);
        root.u32(16, rsdt);
        root.u32(20, AcpiRoot.SIZE);
        root.u64(24, xsdt);
        Checksum.complete(root.bytes().asSlice(0, ROOT_OLD_SIZE), ROOT_CHECKSUM);
        Checksum.complete(root.bytes(), ROOT_EXTENDED_CHECKSUM);
    }

    /** A table is built behind room for its header. */
    private static StructWriter body(int size) {
        return new StructWriter(MemorySegment.ofArray(new byte[size]));
    }

    private MemorySegment allocate(long size) {
        MemorySegment place = memory.slice(next, size).fill((byte) 0);
        next += size + ALIGNMENT - 1 & -ALIGNMENT;
        return place;
    }

    private long writeTable(String signature, int revision, StructWriter body) {
        long address = next;
        long size = HEADER_SIZE + body.bytes().byteSize();
        StructWriter table = new StructWriter(allocate(size));
        table.text(0, signature);
        table.u32(4, size);
        table.u8(8, revision);
        table.text(10, OEM);
        table.text(16, "VIRTUAL ");
        table.u32(24, 1);
        table.text(28, "KV4J");
        table.u32(32, 1);
        table.copy(HEADER_SIZE, body.bytes());
        Checksum.complete(table.bytes(), HEADER_CHECKSUM);
        return address;
    }

    /** The firmware's control structure has neither the usual header nor a checksum. */
    private long writeFacs() {
        long address = next;
        StructWriter facs = new StructWriter(allocate(FACS_SIZE));
        facs.text(0, FACS_SIGNATURE);
        facs.u32(4, FACS_SIZE);
        facs.u8(32, 2);
        return address;
    }

    private StructWriter fadt(long facs, long dsdt) {
        StructWriter fadt = body(FADT_SIZE - HEADER_SIZE);
        int status = PowerManagement.PORT;
        int control = status + PowerManagement.CONTROL;
        int timer = status + PowerManagement.TIMER;
        fadt.u32(36 - HEADER_SIZE, facs);
        fadt.u32(40 - HEADER_SIZE, dsdt);
        fadt.u16(46 - HEADER_SIZE, PcDevices.POWER_INTERRUPT);
        fadt.u32(56 - HEADER_SIZE, status);
        fadt.u32(64 - HEADER_SIZE, control);
        fadt.u32(76 - HEADER_SIZE, timer);
        fadt.u8(88 - HEADER_SIZE, 4);
        fadt.u8(89 - HEADER_SIZE, 2);
        fadt.u8(91 - HEADER_SIZE, 4);
        fadt.u16(96 - HEADER_SIZE, NO_C2);
        fadt.u16(98 - HEADER_SIZE, NO_C3);
        fadt.u8(108 - HEADER_SIZE, CMOS_CENTURY);
        fadt.u16(109 - HEADER_SIZE, LEGACY_DEVICES | NO_VGA | keyboardFlag());
        fadt.u32(
                112 - HEADER_SIZE,
                WBINVD | C1_ON_ALL_PROCESSORS | NO_SLEEP_BUTTON | TIMER_32_BITS | RESET_REGISTER);
        writePort(fadt, 116, PciHostBridge.RESET_PORT, 1);
        fadt.u8(128 - HEADER_SIZE, PciHostBridge.RESET_VALUE);
        fadt.u8(131 - HEADER_SIZE, FADT_MINOR_REVISION);
        fadt.u64(140 - HEADER_SIZE, dsdt);
        writePort(fadt, 148, status, 4);
        writePort(fadt, 172, control, 2);
        writePort(fadt, 208, timer, 4);
        return fadt;
    }

    private int keyboardFlag() {
        return platform.devices().contains(Platform.KEYBOARD) ? HAS_8042 : 0;
    }

    /** A generic address structure: a register in the port space. */
    private static void writePort(StructWriter fadt, int offset, int port, int size) {
        int at = offset - HEADER_SIZE;
        fadt.u8(at, IN_PORTS);
        fadt.u8(at + 1, size * Byte.SIZE);
        fadt.u8(at + 3, Integer.numberOfTrailingZeros(size) + 1);
        fadt.u64(at + 4, port);
    }

    private StructWriter madt() {
        List<StructWriter> entries = new ArrayList<>();
        for (int id = 0; id < platform.processors(); id++) {
            StructWriter localApic = entry(entries, 0, 8);
            localApic.u8(2, id);
            localApic.u8(3, id);
            localApic.u32(4, 1);
        }
        StructWriter ioApic = entry(entries, 1, 12);
        ioApic.u8(2, platform.ioApicId());
        ioApic.u32(4, Platform.IO_APIC);
        if (platform.controllers().hasPics()) {
            addOverride(entries, 0, Platform.TIMER_INPUT, 0);
        }
        addOverride(
                entries, PcDevices.POWER_INTERRUPT, PcDevices.POWER_INTERRUPT, ACTIVE_HIGH_LEVEL);
        StructWriter nmi = entry(entries, 4, 6);
        nmi.u8(2, ALL_PROCESSORS);
        nmi.u8(5, 1);

        int fixed = 2 * Integer.BYTES;
        long size = entries.stream().mapToLong(entry -> entry.bytes().byteSize()).sum();
        StructWriter madt = body(fixed + (int) size);
        madt.u32(0, Platform.LOCAL_APIC);
        madt.u32(4, platform.controllers().hasPics() ? HAS_8259 : 0);
        long at = fixed;
        for (StructWriter entry : entries) {
            madt.copy(at, entry.bytes());
            at += entry.bytes().byteSize();
        }
        return madt;
    }

    /** As in the HPET specification, section 3.2.4, with an address in memory. */
    private static StructWriter hpet() {
        StructWriter hpet = body(HPET_SIZE - HEADER_SIZE);
        hpet.u32(0, Integer.toUnsignedLong(Hpet.IDENTIFIER));
        hpet.u8(5, Long.SIZE);
        hpet.u64(8, Hpet.ADDRESS);
        return hpet;
    }

    private static StructWriter entry(List<StructWriter> entries, int type, int size) {
        StructWriter entry = body(size);
        entry.u8(0, type);
        entry.u8(1, size);
        entries.add(entry);
        return entry;
    }

    private static void addOverride(List<StructWriter> entries, int source, int input, int flags) {
        StructWriter override = entry(entries, 2, 10);
        override.u8(3, source);
        override.u32(4, input);
        override.u16(8, flags);
    }

    private StructWriter dsdt() {
        byte[] suspend = Aml.number(PowerManagement.SLEEP_TYPE_SUSPEND);
        byte[] off = Aml.number(PowerManagement.SLEEP_TYPE_OFF);
        byte[] none = Aml.number(0);
        List<byte[]> devices = new ArrayList<>();
        devices.add(pciRoot());
        platform.devices().forEach(device -> devices.add(isaDevice(device)));
        byte[] code =
                Aml.join(
                        Aml.scope("\\_SB_", Aml.join(devices.toArray(byte[][]::new))),
                        Aml.name("\\_S3_", Aml.packageOf(suspend, suspend, none, none)),
                        Aml.name("\\_S5_", Aml.packageOf(off, off, none, none)));
        return new StructWriter(MemorySegment.ofArray(code));
    }

    private static byte[] pciRoot() {
        byte[] resources =
                Aml.resources(
                        Aml.busesBehind(0, PCI_LAST_BUS),
                        Aml.ports(PciHostBridge.PORT, PciHostBridge.PORTS),
                        Aml.portsBehind(0, PciHostBridge.PORT - 1),
                        Aml.portsBehind(PciHostBridge.PORT + PciHostBridge.PORTS, LAST_PORT),
                        Aml.memoryBehind(GuestMemory.HOLE_START, Platform.IO_APIC - 1));
        return Aml.device(
                "PCI0",
                Aml.join(
                        Aml.name("_HID", Aml.eisaId("PNP0A03")),
                        Aml.name("_ADR", Aml.number(0)),
                        Aml.name("_UID", Aml.number(0)),
                        Aml.name("_BBN", Aml.number(0)),
                        Aml.name("_CRS", resources),
                        Aml.name("_PRT", pciInterrupts())));
    }

    /** For each pin of each device where it goes; device 0 is the bridge, which has none. */
    private static byte[] pciInterrupts() {
        List<byte[]> routes = new ArrayList<>();
        for (int device = 1; device < PCI_DEVICES; device++) {
            for (int pin = 0; pin < PCI_PINS; pin++) {
                int input = PCI_FIRST_INPUT + (device + pin) % PCI_PINS;
                routes.add(
                        Aml.packageOf(
                                Aml.dword(device << 16 | PCI_ANY_FUNCTION),
                                Aml.number(pin),
                                Aml.number(0),
                                Aml.number(input)));
            }
        }
        return Aml.packageOf(routes.toArray(byte[][]::new));
    }

    /** Without controllers, no device has an interrupt. */
    private byte[] isaDevice(IsaDevice device) {
        List<byte[]> resources = new ArrayList<>();
        device.ports().forEach(ports -> resources.add(Aml.ports(ports.first(), ports.count())));
        if (platform.controllers() != InterruptControllers.NONE) {
            resources.add(Aml.interrupt(device.interrupt()));
        }
        return Aml.device(
                device.name(),
                Aml.join(
                        Aml.name("_HID", Aml.eisaId(device.id())),
                        Aml.name("_CRS", Aml.resources(resources.toArray(byte[][]::new)))));
    }
}
