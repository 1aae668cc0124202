package kvm4j.device;

import java.time.Duration;
import java.time.Instant;

/**
 * The fixed hardware of ACPI: power button, sleep control and power management timer (ACPI 6.5,
 * section 4.8), twelve ports that {@code kvm4j.pc.AcpiTables} describes to the guest.
 *
 * <p>Offset 0 is the status and offset 2 the enable register of PM1, offset 4 the control register,
 * offset 8 the timer, which counts 3,579,545 times a second in 32 bits. The machine is in ACPI mode
 * from the start. The timer shows in its status bit that it has carried; it does not interrupt.
 *
 * <p>There are two sleep states. In S3, sleep type 1 as in QEMU, memory alone stays, until the
 * power button or the real-time clock wakes the machine, if the enable register lets them: {@link
 * Sleep}. S5 is off. Kernels without an interpreter of ACPI's language write the value of the
 * virtual machine that they were made for, so more than one sleep type means S5: 0 as in QEMU,
 * which {@code \_S5} says, 2 (QEMU's S4, with which it ends as well), 5 as in VirtualBox and 7 as
 * in many a real PC. 3, 4 and 6 stay without effect: there is no other state to be in. 0x34 in the
 * status register, which means nothing there, is how kernels made for Cloud Hypervisor turn it off
 * at the same port.
 */
public final class PowerManagement implements BusDevice, StatefulDevice<PowerManagement.State> {

    /** Where the ports begin, by choice of this project (and QEMU's PC). */
    public static final int PORT = 0x600;

    /** How many ports the device takes. */
    public static final int PORTS = 12;

    /** Offset of the control register. */
    public static final int CONTROL = 4;

    /** Offset of the timer. */
    public static final int TIMER = 8;

    /** The sleep type that means S5 in the first place: what the DSDT's {@code \_S5} says. */
    public static final int SLEEP_TYPE_OFF = 0;

    /** The sleep type that means S3: what the DSDT's {@code \_S3} says. */
    public static final int SLEEP_TYPE_SUSPEND = 1;

    /** Sleep types that mean off, by bit. */
    private static final int SLEEP_TYPES_OFF = 1 << SLEEP_TYPE_OFF | 1 << 2 | 1 << 5 | 1 << 7;

    /** Cloud Hypervisor's register at this port: sleep type 5, and the bit that enters it. */
    private static final int CLOUD_HYPERVISOR_OFF = 0x34;

    private static final int STATUS_TIMER = 1 << 0;
    private static final int STATUS_POWER_BUTTON = 1 << 8;
    private static final int STATUS_CLOCK = 1 << 10;
    private static final int STATUS_WAKE = 1 << 15;

    /** What interrupts, or wakes, if it is enabled. */
    private static final int EVENTS = STATUS_POWER_BUTTON | STATUS_CLOCK;

    private static final int CONTROL_SCI_ENABLED = 1 << 0;
    private static final int CONTROL_SLEEP_TYPE_SHIFT = 10;
    private static final int CONTROL_SLEEP_TYPE_MASK = 0b111;
    private static final int CONTROL_SLEEP = 1 << 13;
    private static final int CONTROL_KEPT = 0x1c03;

    /** Timer ticks in a nanosecond, as a fraction of 2^64. */
    private static final long TICKS_PER_NANO = (long) (3_579_545 / 1_000_000_000.0 * 0x1p64);

    /** A carry is a change of the highest bit. */
    private static final int CARRY_BIT = 31;

    /**
     * What the device is.
     *
     * @param status the status register
     * @param enabled the enable register
     * @param control the control register
     * @param carriesSeen how often the timer had carried when the status was read last
     * @param timerNanos for how long the timer has counted, in nanoseconds, not negative
     * @param savedAt when that was
     */
    public record State(
            int status,
            int enabled,
            int control,
            long carriesSeen,
            long timerNanos,
            Instant savedAt)
            implements DeviceState {

        /** Checks the times. */
        public State {
            if (timerNanos < 0 || savedAt.isBefore(Instant.EPOCH)) {
                throw new IllegalArgumentException(
                        "a timer that has counted for %d ns at %s".formatted(timerNanos, savedAt));
            }
        }
    }

    /**
     * What sleeps in S3 (ACPI 6.5, section 7.4.2.3). Its methods are called with the device's lock
     * held, and do not wait.
     */
    public interface Sleep {

        /** That of a machine that never does: the sleep type is without effect. */
        Sleep NEVER = () -> false;

        /**
         * The guest wants to sleep. Called on the thread of the vCPU that does.
         *
         * @return whether it does, until {@link #wake()}
         */
        boolean fallAsleep();

        /** Something wakes the machine. Called on any thread. */
        default void wake() {}
    }

    private final InterruptLine interrupt;
    private final Sleep sleep;
    private final Runnable onPowerOff;

    /** When the timer was 0. */
    private volatile long start = System.nanoTime();

    private int status;
    private int enabled;
    private int control = CONTROL_SCI_ENABLED;
    private long carriesSeen;
    private boolean interruptLevel;
    private boolean asleep;

    /**
     * Makes the device of a machine that has no S3.
     *
     * @param interrupt the system control interrupt (SCI), which is level-triggered
     * @param onPowerOff runs when the guest turns the machine off, on the thread of the vCPU that
     *     does
     */
    public PowerManagement(InterruptLine interrupt, Runnable onPowerOff) {
        this(interrupt, Sleep.NEVER, onPowerOff);
    }

    /**
     * Makes the device.
     *
     * @param interrupt the system control interrupt (SCI), which is level-triggered
     * @param sleep what sleeps in S3
     * @param onPowerOff runs when the guest turns the machine off, on the thread of the vCPU that
     *     does
     */
    public PowerManagement(InterruptLine interrupt, Sleep sleep, Runnable onPowerOff) {
        this.interrupt = interrupt;
        this.sleep = sleep;
        this.onPowerOff = onPowerOff;
    }

    /** Presses the power button: asks the guest to shut down. Any thread may. */
    public synchronized void pressPowerButton() {
        status |= STATUS_POWER_BUTTON;
        update();
    }

    /**
     * The real-time clock interrupts: its event, in which it can wake the machine. Any thread may.
     */
    public synchronized void clockInterrupts() {
        status |= STATUS_CLOCK;
        update();
    }

    @Override
    public long read(long offset, int size) {
        if (offset >= TIMER) {
            return (ticks() & 0xffff_ffffL) >>> (offset - TIMER) * Byte.SIZE;
        }
        return registers() >>> offset * Byte.SIZE;
    }

    @Override
    public synchronized void write(long offset, int size, long value) {
        for (int i = 0; i < size; i++) {
            writeByte((int) offset + i, (int) (value >>> i * Byte.SIZE) & 0xff);
        }
        update();
        if (offset == 0 && value == CLOUD_HYPERVISOR_OFF) {
            onPowerOff.run();
        }
        if (offset <= CONTROL + 1 && offset + size > CONTROL + 1) {
            sleepIfAsked((int) (value >>> (CONTROL + 1 - offset) * Byte.SIZE) << Byte.SIZE);
        }
    }

    private synchronized long registers() {
        long carries = ticks() >>> CARRY_BIT;
        if (carries != carriesSeen) {
            carriesSeen = carries;
            status |= STATUS_TIMER;
        }
        return status | (long) enabled << Short.SIZE | (long) control << 2 * Short.SIZE;
    }

    private void writeByte(int offset, int value) {
        int shift = offset % 2 * Byte.SIZE;
        int kept = 0xff00 >>> shift;
        switch (offset / 2) {
            case 0 -> status &= ~(value << shift); // writing ones clears
            case 1 -> enabled = enabled & kept | value << shift;
            case 2 ->
                    control =
                            (control & kept | value << shift) & CONTROL_KEPT | CONTROL_SCI_ENABLED;
            default -> {
                // the timer can only be read
            }
        }
    }

    private void sleepIfAsked(int written) {
        int type = written >>> CONTROL_SLEEP_TYPE_SHIFT & CONTROL_SLEEP_TYPE_MASK;
        if ((written & CONTROL_SLEEP) == 0) {
            return;
        }
        if ((SLEEP_TYPES_OFF >>> type & 1) != 0) {
            onPowerOff.run();
        } else if (type == SLEEP_TYPE_SUSPEND) {
            asleep = sleep.fallAsleep();
            wakeIfAsked();
        }
    }

    @Override
    public Class<State> stateType() {
        return State.class;
    }

    @Override
    public synchronized State save() {
        return new State(
                status, enabled, control, carriesSeen, System.nanoTime() - start, Instant.now());
    }

    @Override
    public synchronized void restore(State state, GuestTime time) {
        status = state.status;
        enabled = state.enabled;
        control = state.control & CONTROL_KEPT | CONTROL_SCI_ENABLED;
        carriesSeen = state.carriesSeen;
        Duration passed = time.passed(state.savedAt, Instant.now());
        long passedNanos = passed.isNegative() ? 0 : passed.toNanos(); // a timer never goes back
        start = System.nanoTime() - state.timerNanos - passedNanos;
        interruptLevel = interrupting();
        interrupt.restoreLevel(interruptLevel);
        asleep = false;
    }

    private long ticks() {
        return Math.multiplyHigh(System.nanoTime() - start, TICKS_PER_NANO);
    }

    private boolean interrupting() {
        return (status & enabled & EVENTS) != 0;
    }

    private void update() {
        boolean level = interrupting();
        if (level != interruptLevel) {
            interruptLevel = level;
            interrupt.setLevel(level);
        }
        wakeIfAsked();
    }

    private void wakeIfAsked() {
        if (asleep && interrupting()) {
            asleep = false;
            status |= STATUS_WAKE;
            sleep.wake();
        }
    }
}
