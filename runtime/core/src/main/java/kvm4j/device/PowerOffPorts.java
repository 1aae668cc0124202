package kvm4j.device;

import java.util.Optional;

/**
 * The ports by which small kernels turn off the virtual machines that they know by name, beside
 * those of {@link PowerManagement}:
 *
 * <ul>
 *   <li>0xb004, the PM1 control register of Bochs and of QEMU before 2.0: 0x2000
 *   <li>0x4004, that of VirtualBox: 0x3400
 *   <li>0x8900 of Bochs: the letters of {@code Shutdown}, one after the other
 * </ul>
 *
 * <p>At the first two any write counts, of any width, that sets the bit that enters a sleep state,
 * whatever the sleep type. Reads give all ones: there is nothing to find.
 */
public final class PowerOffPorts implements StatefulDevice<PowerOffPorts.State> {

    /** The PM1 control register of Bochs and old QEMU. */
    public static final int BOCHS_CONTROL_PORT = 0xb004;

    /** The PM1 control register of VirtualBox. */
    public static final int VIRTUALBOX_CONTROL_PORT = 0x4004;

    /** The port to which Bochs is told its end in letters. */
    public static final int BOCHS_SHUTDOWN_PORT = 0x8900;

    /** So that an access of 32 bits reaches the register whole. */
    private static final int CONTROL_PORTS = Integer.BYTES;

    private static final int SLEEP = 1 << 13;
    private static final String SHUTDOWN = "Shutdown";

    /**
     * What the ports are.
     *
     * @param lettersSeen how many letters of the word were written
     */
    public record State(int lettersSeen) implements DeviceState {

        /** Checks the number. */
        public State {
            if (lettersSeen < 0 || lettersSeen >= SHUTDOWN.length()) {
                throw new IllegalArgumentException(lettersSeen + " letters of a shutdown");
            }
        }
    }

    private final Runnable onPowerOff;
    private int lettersSeen;

    /**
     * Makes the ports.
     *
     * @param onPowerOff runs when the guest turns the machine off, on the thread of the vCPU that
     *     does
     */
    public PowerOffPorts(Runnable onPowerOff) {
        this.onPowerOff = onPowerOff;
    }

    /**
     * Connects the ports.
     *
     * @param ports the bus
     * @throws IllegalArgumentException if one of them is taken
     */
    public void attachTo(PortBus ports) {
        ports.attach(BOCHS_CONTROL_PORT, CONTROL_PORTS, new SleepControl());
        ports.attach(VIRTUALBOX_CONTROL_PORT, CONTROL_PORTS, new SleepControl());
        ports.attach(BOCHS_SHUTDOWN_PORT, 1, new ShutdownPort());
    }

    private final class SleepControl implements BusDevice {

        @Override
        public long read(long offset, int size) {
            return -1;
        }

        @Override
        public void write(long offset, int size, long value) {
            if ((value << offset * Byte.SIZE & SLEEP) != 0) {
                onPowerOff.run();
            }
        }

        @Override
        public Optional<StatefulDevice<?>> stateOwner() {
            return Optional.of(PowerOffPorts.this);
        }
    }

    private final class ShutdownPort implements ByteDevice {

        @Override
        public int readByte(int offset) {
            return (int) BusRange.FLOATING;
        }

        @Override
        public void writeByte(int offset, int value) {
            if (completes(value)) {
                onPowerOff.run();
            }
        }

        @Override
        public Optional<StatefulDevice<?>> stateOwner() {
            return Optional.of(PowerOffPorts.this);
        }
    }

    @Override
    public Class<State> stateType() {
        return State.class;
    }

    @Override
    public synchronized State save() {
        return new State(lettersSeen);
    }

    @Override
    public synchronized void restore(State state, GuestTime time) {
        lettersSeen = state.lettersSeen;
    }

    private synchronized boolean completes(int letter) {
        if (letter != SHUTDOWN.charAt(lettersSeen)) {
            lettersSeen = 0; // a letter that begins the word anew counts
        }
        if (letter == SHUTDOWN.charAt(lettersSeen)) {
            lettersSeen++;
        }
        boolean complete = lettersSeen == SHUTDOWN.length();
        if (complete) {
            lettersSeen = 0;
        }
        return complete;
    }
}
