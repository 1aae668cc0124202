package kvm4j.device;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;

/**
 * A high precision event timer (Intel, IA-PC HPET Specification 1.0a): a counter of 64 bits that
 * counts 100 million times a second while it is on, and three timers that interrupt when it reaches
 * their comparators, once or periodically, on inputs of the I/O APIC that nothing else uses.
 *
 * <p>It does not stand in for the 8254 and the real-time clock ("legacy replacement"), and sends no
 * messages. A comparator that is set to what has passed already is reached at once, and one of 32
 * bits that is not periodic not again when the counter's half comes round. Of the periods that pass
 * while nobody can be told of them, one interrupts.
 */
public final class Hpet implements BusDevice, StatefulDevice<Hpet.State> {

    /** Where its registers begin on a PC. */
    public static final long ADDRESS = 0xfed0_0000L;

    /** How much of the address space they take. */
    public static final int SIZE = 0x400;

    /** How many timers there are. */
    public static final int TIMERS = 3;

    /** The first of the I/O APIC's inputs that a timer can be routed to. */
    public static final int FIRST_INPUT = 20;

    /** How many inputs follow that one. */
    public static final int INPUTS = 4;

    private static final long NANOS_PER_TICK = 10;
    private static final long FEMTOS_PER_NANO = 1_000_000;

    private static final int REVISION = 1;
    private static final int WIDE_COUNTER = 1 << 13;
    private static final int VENDOR = 0x8086;

    /** The low half of the capabilities, which is also the identifier in the ACPI table. */
    public static final int IDENTIFIER = VENDOR << 16 | WIDE_COUNTER | TIMERS - 1 << 8 | REVISION;

    private static final int CAPABILITIES = 0x000;
    private static final int CONFIGURATION = 0x010;
    private static final int STATUS = 0x020;
    private static final int COUNTER = 0x0f0;
    private static final int FIRST_TIMER = 0x100;
    private static final int TIMER_SIZE = 0x20;
    private static final int TIMER_CONFIGURATION = 0x00;
    private static final int TIMER_COMPARATOR = 0x08;

    /** What a timer of 32 bits sees of the counter. */
    private static final long NARROW_MASK = 0xffff_ffffL;

    private static final long ON = 1 << 0;

    private static final long LEVEL = 1 << 1;
    private static final long INTERRUPTS = 1 << 2;
    private static final long PERIODIC = 1 << 3;
    private static final long CAN_BE_PERIODIC = 1 << 4;
    private static final long IS_WIDE = 1 << 5;
    private static final long SETS_COMPARATOR = 1 << 6;
    private static final long NARROW = 1 << 8;
    private static final int ROUTE_SHIFT = 9;
    private static final long ROUTE = 0x1f << ROUTE_SHIFT;
    private static final long WRITABLE = LEVEL | INTERRUPTS | PERIODIC | SETS_COMPARATOR | NARROW;
    private static final long ROUTES = (1L << INPUTS) - 1 << FIRST_INPUT;

    /** A shorter period would have the host do nothing else: 100 us. */
    private static final long SHORTEST_PERIOD = 10_000;

    /** As far ahead as a timer is set; when that has passed, it is set anew. */
    private static final long FARTHEST_TICKS = Duration.ofHours(1).toNanos() / NANOS_PER_TICK;

    /**
     * What the device is.
     *
     * @param on whether it counts
     * @param counter what the counter shows
     * @param status which level-triggered timers interrupt
     * @param timers one for each of them
     * @param savedAt when that was
     */
    public record State(
            boolean on, long counter, int status, List<TimerState> timers, Instant savedAt)
            implements DeviceState {

        /** Checks the number of timers. */
        public State {
            timers = List.copyOf(timers);
            if (timers.size() != TIMERS) {
                throw new IllegalArgumentException(timers.size() + " timers of an HPET");
            }
        }
    }

    /**
     * What one timer is.
     *
     * @param configuration what of its configuration register can be written, and its route
     * @param comparator when it interrupts next, as the whole counter shows it
     * @param period after how many ticks it does again, if it is periodic
     * @param pending whether the comparator is still to be reached
     */
    public record TimerState(long configuration, long comparator, long period, boolean pending) {}

    /** One of the timers. */
    private final class Comparator {

        private final int number;
        private final Timer alarm;
        private long configuration;

        /** When it interrupts next, on the whole counter: a timer of 32 bits shows half of it. */
        private long comparator = -1;

        private long period;
        private boolean pending;

        Comparator(int number, Timers timers) {
            this.number = number;
            this.alarm = timers.timer(() -> expire(this));
        }

        private boolean has(long bit) {
            return (configuration & bit) != 0;
        }

        long configuration() {
            return ROUTES << Integer.SIZE | configuration | CAN_BE_PERIODIC | IS_WIDE;
        }

        long comparator() {
            return shown(comparator);
        }

        private long shown(long value) {
            return has(NARROW) ? value & NARROW_MASK : value;
        }

        void configure(long value) {
            boolean wasNarrow = has(NARROW);
            configuration = value & WRITABLE | routeOf(isRoute(value) ? value : configuration);
            if (!wasNarrow) {
                meetNarrowly();
            }
            if (!has(LEVEL) || !has(INTERRUPTS)) {
                status &= ~(1 << number);
            }
            schedule();
        }

        /** Bits of the comparator, or of the period of a timer that is periodic, or of both. */
        void compare(long value, long mask) {
            boolean periodic = has(PERIODIC);
            if (!periodic || has(SETS_COMPARATOR)) {
                comparator = comparator & ~mask | value & mask;
                meetNarrowly();
            }
            if (periodic) {
                period = period & ~mask | value & mask;
            }
            configuration &= ~SETS_COMPARATOR;
            pending = true;
            schedule();
        }

        /**
         * A timer of 32 bits is reached at that count of those that have its half which is nearest:
         * it may have passed. Told anew of a comparator or a counter alone, as what a periodic
         * timer makes of its comparator may be farther away than half of 32 bits.
         */
        void meetNarrowly() {
            if (has(NARROW)) {
                long now = counter();
                comparator = now + (int) (comparator - now);
            }
        }

        /** Until the comparator is reached; not positive if it was. */
        private long ticksLeft() {
            return comparator - counter();
        }

        void schedule() {
            if (on && pending) {
                long ticks = Math.clamp(ticksLeft(), 0, FARTHEST_TICKS);
                alarm.start(ticks * NANOS_PER_TICK);
            } else {
                alarm.stop();
            }
        }

        void reach() {
            long passed = -ticksLeft();
            pending = has(PERIODIC);
            if (pending) {
                long step = step();
                comparator += (passed / step + 1) * step;
            }
            if (has(INTERRUPTS)) {
                interrupt();
            }
        }

        /** The period, unsigned, as far as there are numbers for it. */
        private long step() {
            long ticks = shown(period);
            return ticks < 0 ? Long.MAX_VALUE : Math.max(ticks, SHORTEST_PERIOD);
        }

        private void interrupt() {
            int input = input(configuration);
            if (input == 0) {
                return;
            }
            if (has(LEVEL)) {
                status |= 1 << number;
                driveLines();
            } else {
                pulse(input - FIRST_INPUT);
            }
        }

        TimerState save() {
            return new TimerState(configuration, comparator, period, pending);
        }

        void restore(TimerState state) {
            long saved = state.configuration;
            configuration = saved & WRITABLE | (isRoute(saved) ? routeOf(saved) : 0);
            comparator = state.comparator;
            period = state.period;
            pending = state.pending;
        }
    }

    private static long routeOf(long configuration) {
        return configuration & ROUTE;
    }

    /** The input of the I/O APIC that a timer is routed to, or 0 for none. */
    private static int input(long configuration) {
        return (int) (routeOf(configuration) >>> ROUTE_SHIFT);
    }

    /** Whether a timer can be routed so. */
    private static boolean isRoute(long configuration) {
        int input = input(configuration);
        return input == 0 || (ROUTES >>> input & 1) != 0;
    }

    private final LongSupplier nanos;
    private final InterruptLine[] lines;
    private final Comparator[] comparators;

    private boolean on;

    /** What the counter showed when it was switched on, or shows while it is off. */
    private long base;

    private long startedAt;
    private int status;

    /** Which lines are high, by bit. */
    private int levels;

    /**
     * Makes the device.
     *
     * @param interrupts gives the way to an input of the I/O APIC, from {@link #FIRST_INPUT} on
     * @param timers what wakes it when a comparator is reached
     */
    public Hpet(IntFunction<InterruptLine> interrupts, Timers timers) {
        this(interrupts, timers, System::nanoTime);
    }

    Hpet(IntFunction<InterruptLine> interrupts, Timers timers, LongSupplier nanos) {
        this.nanos = nanos;
        this.lines =
                IntStream.range(FIRST_INPUT, FIRST_INPUT + INPUTS)
                        .mapToObj(interrupts)
                        .toArray(InterruptLine[]::new);
        this.comparators =
                IntStream.range(0, TIMERS)
                        .mapToObj(number -> new Comparator(number, timers))
                        .toArray(Comparator[]::new);
    }

    @Override
    public synchronized long read(long offset, int size) {
        int register = (int) offset & -Long.BYTES;
        return register(register) >>> (offset - register) * Byte.SIZE;
    }

    /** {@inheritDoc} Only aligned accesses of 32 and 64 bits count. */
    @Override
    public synchronized void write(long offset, int size, long value) {
        if (size < Integer.BYTES || offset % size != 0) {
            return;
        }
        int register = (int) offset & -Long.BYTES;
        int shift = (int) (offset - register) * Byte.SIZE;
        long mask = (size == Long.BYTES ? -1 : 0xffff_ffffL) << shift;
        writeRegister(register, value << shift, mask);
    }

    private long register(int register) {
        return switch (register) {
            case CAPABILITIES ->
                    NANOS_PER_TICK * FEMTOS_PER_NANO << Integer.SIZE
                            | Integer.toUnsignedLong(IDENTIFIER);
            case CONFIGURATION -> on ? ON : 0;
            case STATUS -> status;
            case COUNTER -> counter();
            default -> {
                int number = (register - FIRST_TIMER) / TIMER_SIZE;
                if (register < FIRST_TIMER || number >= TIMERS) {
                    yield 0;
                }
                yield switch (register % TIMER_SIZE) {
                    case TIMER_CONFIGURATION -> comparators[number].configuration();
                    case TIMER_COMPARATOR -> comparators[number].comparator();
                    default -> 0;
                };
            }
        };
    }

    private void writeRegister(int register, long value, long mask) {
        switch (register) {
            case CONFIGURATION -> {
                if ((mask & ON) != 0) {
                    turn((value & ON) != 0);
                }
            }
            case STATUS -> {
                status &= (int) ~value; // writing ones clears
                driveLines();
            }
            case COUNTER -> {
                if (!on) {
                    base = base & ~mask | value & mask;
                    for (Comparator comparator : comparators) {
                        comparator.meetNarrowly();
                    }
                }
            }
            default -> writeTimer(register, value, mask);
        }
    }

    private void writeTimer(int register, long value, long mask) {
        int number = (register - FIRST_TIMER) / TIMER_SIZE;
        if (register < FIRST_TIMER || number >= TIMERS) {
            return;
        }
        Comparator comparator = comparators[number];
        switch (register % TIMER_SIZE) {
            case TIMER_CONFIGURATION -> {
                comparator.configure(comparator.configuration & ~mask | value & mask);
                driveLines();
            }
            case TIMER_COMPARATOR -> comparator.compare(value, mask);
            default -> {
                // messages cannot be sent
            }
        }
    }

    private void turn(boolean next) {
        if (next != on) {
            base = counter();
            startedAt = nanos.getAsLong();
            on = next;
            for (Comparator comparator : comparators) {
                comparator.schedule();
            }
        }
    }

    private long counter() {
        return on ? base + (nanos.getAsLong() - startedAt) / NANOS_PER_TICK : base;
    }

    private synchronized void expire(Comparator comparator) {
        if (!on || !comparator.pending) {
            return;
        }
        if (comparator.ticksLeft() <= 0) {
            comparator.reach();
        }
        comparator.schedule();
    }

    /** Several timers may share a line, which is high as long as one of them interrupts. */
    private void driveLines() {
        int wanted = wantedLevels();
        for (int i = 0; i < INPUTS; i++) {
            if (((wanted ^ levels) >>> i & 1) != 0) {
                lines[i].setLevel((wanted >>> i & 1) != 0);
            }
        }
        levels = wanted;
    }

    /** An edge on a line that a level-triggered timer has high is none, and does not lower it. */
    private void pulse(int line) {
        if (!isHigh(line)) {
            lines[line].setLevel(true);
            lines[line].setLevel(false);
        }
    }

    private boolean isHigh(int line) {
        return (levels >>> line & 1) != 0;
    }

    private int wantedLevels() {
        int wanted = 0;
        for (Comparator comparator : comparators) {
            int input = input(comparator.configuration);
            if ((status >>> comparator.number & 1) != 0 && input != 0) {
                wanted |= 1 << input - FIRST_INPUT;
            }
        }
        return wanted;
    }

    @Override
    public Class<State> stateType() {
        return State.class;
    }

    @Override
    public synchronized State save() {
        List<TimerState> timers =
                IntStream.range(0, TIMERS).mapToObj(i -> comparators[i].save()).toList();
        return new State(on, counter(), status, timers, Instant.now());
    }

    @Override
    public synchronized void restore(State state, GuestTime time) {
        Duration passed = time.passed(state.savedAt, Instant.now());
        on = state.on;
        base = state.counter;
        if (on && !passed.isNegative()) {
            base += passed.toNanos() / NANOS_PER_TICK;
        }
        startedAt = nanos.getAsLong();
        status = state.status & (1 << TIMERS) - 1;
        for (int i = 0; i < TIMERS; i++) {
            comparators[i].restore(state.timers.get(i));
        }
        levels = wantedLevels();
        for (int i = 0; i < INPUTS; i++) {
            lines[i].restoreLevel(isHigh(i));
        }
        for (Comparator comparator : comparators) {
            comparator.schedule();
        }
    }
}
