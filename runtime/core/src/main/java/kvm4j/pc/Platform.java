package kvm4j.pc;

import kvm4j.device.I8042;
import kvm4j.device.IoApic;
import kvm4j.device.RealTimeClock;
import kvm4j.device.Serial16550;

import java.util.List;

/**
 * What a PC has, of what differs from one to another: {@link AcpiTables} and {@link MpTable} tell
 * the guest of it. Power management, PCI host bridge and reset register are where {@link PcDevices}
 * has them.
 *
 * @param processors how many there are, 1 to {@value #MAXIMUM_PROCESSORS}; their APIC identifiers
 *     count from 0
 * @param controllers its interrupt controllers
 * @param devices what is at fixed places
 */
public record Platform(int processors, InterruptControllers controllers, List<IsaDevice> devices) {

    /** The highest number of processors that the tables can describe. */
    public static final int MAXIMUM_PROCESSORS = 255;

    /** The first serial port. */
    public static final IsaDevice SERIAL_PORT =
            new IsaDevice(
                    "COM1",
                    "PNP0501",
                    Serial16550.COM1_INTERRUPT,
                    List.of(new IsaDevice.Ports(Serial16550.COM1_PORT, Serial16550.PORTS)));

    /** The real-time clock. */
    public static final IsaDevice CLOCK =
            new IsaDevice(
                    "RTC_",
                    "PNP0B00",
                    RealTimeClock.INTERRUPT,
                    List.of(new IsaDevice.Ports(RealTimeClock.PORT, RealTimeClock.PORTS)));

    /** The keyboard controller. */
    public static final IsaDevice KEYBOARD =
            new IsaDevice(
                    "KBD_",
                    "PNP0303",
                    PcDevices.KEYBOARD_INTERRUPT,
                    List.of(
                            new IsaDevice.Ports(I8042.DATA_PORT, 1),
                            new IsaDevice.Ports(I8042.COMMAND_PORT, 1)));

    /** Where the local APICs are. */
    static final long LOCAL_APIC = 0xfee0_0000L;

    /** Where the I/O APIC is. */
    static final long IO_APIC = IoApic.ADDRESS;

    /** The input of the I/O APIC that ISA interrupt 0, the timer, is wired to. */
    static final int TIMER_INPUT = 2;

    /** How many interrupts the ISA bus has. */
    static final int ISA_INTERRUPTS = 16;

    /** Checks the number of processors. */
    public Platform {
        if (processors < 1 || processors > MAXIMUM_PROCESSORS) {
            throw new IllegalArgumentException(
                    "the tables can describe 1 to %d processors, not %d"
                            .formatted(MAXIMUM_PROCESSORS, processors));
        }
        devices = List.copyOf(devices);
    }

    /**
     * One with the usual devices: {@link PcDevices} and a serial port.
     *
     * @param processors how many there are
     * @param controllers its interrupt controllers
     * @return the platform
     */
    public static Platform usual(int processors, InterruptControllers controllers) {
        return new Platform(processors, controllers, List.of(SERIAL_PORT, CLOCK, KEYBOARD));
    }

    /** {@return the identifier of the I/O APIC: the first that no local APIC has} */
    int ioApicId() {
        return processors;
    }
}
