package kvm4j.pc;

import kvm4j.device.CmosInventory;
import kvm4j.device.CrtController;
import kvm4j.device.FwCfg;
import kvm4j.device.Hpet;
import kvm4j.device.I8042;
import kvm4j.device.InterruptLine;
import kvm4j.device.MmioBus;
import kvm4j.device.PanicDevice;
import kvm4j.device.PciHostBridge;
import kvm4j.device.PortBus;
import kvm4j.device.PowerManagement;
import kvm4j.device.PowerOffPorts;
import kvm4j.device.RealTimeClock;
import kvm4j.device.SystemControlPort;
import kvm4j.device.Timers;
import kvm4j.memory.GuestMemory;
import kvm4j.memory.GuestRegion;

import java.time.Clock;

/**
 * The devices that a kernel or firmware takes for granted on a PC, where it looks for them: 8042
 * and port A, real-time clock, HPET, ACPI power management and other ways to turn the machine off,
 * PCI configuration, the cursor of a text screen, fw_cfg and pvpanic. Interrupt controllers and the
 * timer are KVM's; consoles are the machine's own. The clock can wake a machine that sleeps.
 */
public final class PcDevices {

    /** The interrupt of the keyboard controller. */
    public static final int KEYBOARD_INTERRUPT = 1;

    /** The interrupt of power management, the SCI: level-triggered, active high. */
    public static final int POWER_INTERRUPT = 9;

    private static final long FOUR_GIB = 1L << 32;

    /** What the devices are connected to; called on the thread of the vCPU that causes it. */
    public interface Wiring {

        /**
         * The way to the interrupt controllers.
         *
         * @param number of the ISA interrupt, or of the I/O APIC's input from 16 on, which is the
         *     GSI as well
         * @return its line
         */
        InterruptLine interrupt(int number);

        /**
         * What wakes devices at their times.
         *
         * @return timers; {@link Timers#NONE} unless overridden, with which the real-time clock
         *     does not interrupt
         */
        default Timers timers() {
            return Timers.NONE;
        }

        /**
         * What sleeps when the guest suspends the machine to memory.
         *
         * @return {@link PowerManagement.Sleep#NEVER} unless overridden: nothing does
         */
        default PowerManagement.Sleep sleep() {
            return PowerManagement.Sleep.NEVER;
        }

        /** The guest resets the machine. */
        void reset();

        /** The guest turns the machine off. */
        void powerOff();

        /**
         * The guest's kernel has crashed.
         *
         * @param event what it says about it
         */
        void panicked(PanicDevice.Event event);
    }

    private final I8042 keyboard;
    private final SystemControlPort portA;
    private final RealTimeClock clock;
    private final Hpet hpet;
    private final PowerManagement power;
    private final PowerOffPorts powerOffPorts;
    private final PciHostBridge pci;
    private final CrtController crt = new CrtController();
    private final FwCfg configuration;
    private final PanicDevice panic;

    /**
     * Makes the devices.
     *
     * @param memory the guest's memory, whose size the devices tell and which fw_cfg reads and
     *     writes
     * @param processors how many processors there are, at least 1
     * @param configuration files and items for fw_cfg beside the amount of memory and the number of
     *     processors
     * @param wiring what the devices are connected to
     */
    public PcDevices(
            GuestMemory memory, int processors, FwCfg.Builder configuration, Wiring wiring) {
        long below4G = ramBetween(memory, 0, FOUR_GIB);
        long above4G = ramBetween(memory, FOUR_GIB, Long.MAX_VALUE);
        this.keyboard = new I8042(wiring.interrupt(KEYBOARD_INTERRUPT), wiring::reset);
        this.portA = new SystemControlPort(wiring::reset);
        this.power =
                new PowerManagement(
                        wiring.interrupt(POWER_INTERRUPT), wiring.sleep(), wiring::powerOff);
        this.clock =
                new RealTimeClock(
                        Clock.systemUTC(),
                        heardByPower(wiring.interrupt(RealTimeClock.INTERRUPT)),
                        wiring.timers(),
                        new CmosInventory(below4G, above4G, processors));
        this.hpet = new Hpet(wiring::interrupt, wiring.timers());
        this.powerOffPorts = new PowerOffPorts(wiring::powerOff);
        this.pci = new PciHostBridge(wiring::reset);
        this.configuration =
                configuration
                        .item64(FwCfg.RAM_SIZE, below4G + above4G)
                        .item16(FwCfg.PROCESSORS, processors)
                        .item16(FwCfg.MAXIMUM_PROCESSORS, processors)
                        .build(memory);
        this.panic = new PanicDevice(wiring::panicked);
    }

    private InterruptLine heardByPower(InterruptLine line) {
        return new InterruptLine() {
            @Override
            public void setLevel(boolean high) {
                line.setLevel(high);
                if (high) {
                    power.clockInterrupts();
                }
            }

            @Override
            public void restoreLevel(boolean high) {
                line.restoreLevel(high);
            }
        };
    }

    private static long ramBetween(GuestMemory memory, long start, long end) {
        return memory.regions().stream()
                .filter(region -> region.access() == GuestRegion.Access.READ_WRITE)
                .filter(region -> region.address() >= start && region.address() < end)
                .mapToLong(GuestRegion::size)
                .sum();
    }

    /**
     * Connects all of them.
     *
     * @param ports the port bus
     * @param mmio the MMIO bus
     * @throws IllegalArgumentException if one of their places is taken
     */
    public void attachTo(PortBus ports, MmioBus mmio) {
        attachTo(ports);
        mmio.attach(Hpet.ADDRESS, Hpet.SIZE, hpet);
    }

    /**
     * Connects those that are on ports: all but the HPET.
     *
     * @param ports the bus
     * @throws IllegalArgumentException if one of the ports is taken
     */
    public void attachTo(PortBus ports) {
        keyboard.attachTo(ports);
        ports.attach(SystemControlPort.PORT, 1, portA);
        ports.attach(RealTimeClock.PORT, RealTimeClock.PORTS, clock);
        ports.attach(PowerManagement.PORT, PowerManagement.PORTS, power);
        powerOffPorts.attachTo(ports);
        ports.attach(PciHostBridge.PORT, PciHostBridge.PORTS, pci);
        crt.attachTo(ports);
        ports.attach(FwCfg.PORT, FwCfg.PORTS, configuration);
        ports.attach(PanicDevice.PORT, 1, panic);
    }

    /** Presses the power button: asks the guest to shut down. Any thread may. */
    public void pressPowerButton() {
        power.pressPowerButton();
    }
}
