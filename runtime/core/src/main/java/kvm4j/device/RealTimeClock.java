package kvm4j.device;

import kvm4j.x86.Bytes;

import java.lang.foreign.MemorySegment;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Optional;

/**
 * The MC146818 real-time clock of a PC and its 128 bytes of CMOS memory, index at port 0x70 and
 * data at 0x71, interrupt 8 (Motorola MC146818 data sheet; the memory's layout is that of the PC/AT
 * BIOS and of QEMU).
 *
 * <p>The time starts as the host's and goes on with it; the guest can set it, which changes nothing
 * but what this clock says. What no register of time can hold is ignored. Setting the SET bit of
 * register B holds the time still, and so does a divider in reset (register A); a guest that sets
 * nothing meanwhile loses no time by it. The first update behind a reset of the divider comes half
 * a second later. The day of the week follows from the date.
 *
 * <p>Periodic, alarm and update-ended flags appear in register C at their moments whether or not
 * they are enabled to interrupt, and reading it clears them. Periods and updates that end while a
 * flag is up are not counted. Dividers for other crystals than 32,768 Hz count as that one; there
 * is no square wave, no daylight saving. The memory holds a {@link CmosInventory}; the rest of it
 * is the guest's to use.
 */
public final class RealTimeClock implements ByteDevice, StatefulDevice<RealTimeClock.State> {

    /** The index port; the data port follows it. */
    public static final int PORT = 0x70;

    /** How many ports the device takes. */
    public static final int PORTS = 2;

    /** Its interrupt on a PC. */
    public static final int INTERRUPT = 8;

    private static final int INDEX_MASK = 0x7f;

    private static final int SECONDS = 0x00;
    private static final int ALARM_SECONDS = 0x01;
    private static final int MINUTES = 0x02;
    private static final int ALARM_MINUTES = 0x03;
    private static final int HOURS = 0x04;
    private static final int ALARM_HOURS = 0x05;
    private static final int DAY_OF_WEEK = 0x06;
    private static final int DAY = 0x07;
    private static final int MONTH = 0x08;
    private static final int YEAR = 0x09;
    private static final int REGISTER_A = 0x0a;
    private static final int REGISTER_B = 0x0b;
    private static final int REGISTER_C = 0x0c;
    private static final int REGISTER_D = 0x0d;
    private static final int CENTURY = 0x32;

    private static final int A_UPDATE_IN_PROGRESS = 1 << 7;
    private static final int A_DIVIDER_RESET = 0x60;
    private static final int A_RATE = 0x0f;
    private static final int A_32768_HZ = 0x26;
    private static final int B_SET = 1 << 7;
    private static final int B_UPDATE_INTERRUPT = 1 << 4;
    private static final int B_24_HOURS = 1 << 1;
    private static final int B_BINARY = 1 << 2;
    private static final int C_INTERRUPT = 1 << 7;
    private static final int D_VALID = 1 << 7;

    /** An alarm register from this value on matches any time. */
    private static final int ANY_TIME = 0xc0;

    /** Flags in register C; in register B the same bits enable their interrupts. */
    private static final int PERIODIC = 1 << 6;

    private static final int ALARM = 1 << 5;
    private static final int UPDATE_ENDED = 1 << 4;
    private static final int INTERRUPTS = PERIODIC | ALARM | UPDATE_ENDED;

    private static final long SECOND_NANOS = 1_000_000_000;
    private static final int MINUTE_SECONDS = 60;
    private static final int HOUR_SECONDS = 3600;
    private static final int DAY_SECONDS = 24 * HOUR_SECONDS;

    /** The update cycle is announced 244 us before, and takes 1984 us. */
    private static final int UPDATE_START_NANOS = 1_000_000_000 - 244_000;

    private static final int UPDATE_END_NANOS = 1_984_000;
    private static final int NANOS_BEHIND_DIVIDER_RESET = 500_000_000;

    private static final int CRYSTAL_HZ = 32_768;

    private static final long NEVER = Long.MAX_VALUE;

    /** Where no clock comes to that was set to 0 to 9999 and then went on for a machine's life. */
    private static final int MOST_YEARS = 99_999;

    /**
     * What the clock is.
     *
     * @param memory the CMOS memory, 128 bytes; of the registers, A, B and those of the alarm
     * @param index the index register
     * @param time what the clock says, or would if it did not stand still
     * @param savedAt the host's time at that moment
     * @param held the registers of time, if they stand still
     * @param heldChanged whether the guest wrote one of these
     * @param flags the flags in register C
     * @param periodsSeen how many periods had ended when the flags were put up last
     * @param updatesSeen how many updates had
     */
    public record State(
            Bytes memory,
            int index,
            LocalDateTime time,
            Instant savedAt,
            Optional<CalendarFields> held,
            boolean heldChanged,
            int flags,
            long periodsSeen,
            long updatesSeen)
            implements DeviceState {

        /** Checks that it is a clock's. */
        public State {
            if (memory.size() != INDEX_MASK + 1 || index < 0 || index > INDEX_MASK) {
                throw new IllegalArgumentException(
                        "index %d into %d bytes of CMOS memory".formatted(index, memory.size()));
            }
            if (Math.abs(time.getYear()) > MOST_YEARS
                    || savedAt.isBefore(Instant.EPOCH)
                    || !held.map(CalendarFields::isSound).orElse(true)) {
                throw new IllegalArgumentException(
                        "a clock at %s, saved at %s, with registers %s"
                                .formatted(time, savedAt, held));
            }
        }
    }

    private final Clock clock;
    private final InterruptLine interrupt;
    private final Timer timer;
    private final byte[] memory = new byte[INDEX_MASK + 1];
    private int index;

    /** What the guest set the clock forward by. */
    private Duration offset = Duration.ZERO;

    /** The registers of time while they stand still; null while they do not. */
    private CalendarFields held;

    /** Whether the guest wrote one of them. */
    private boolean heldChanged;

    private int flags;
    private long periodsSeen;
    private long updatesSeen;
    private boolean interruptLevel;

    /**
     * Makes a clock that interrupts nobody.
     *
     * @param clock what tells the time, and in which zone: UTC is what Linux guests expect
     * @param inventory what the CMOS memory says of the machine
     */
    public RealTimeClock(Clock clock, CmosInventory inventory) {
        this(clock, InterruptLine.UNCONNECTED, Timers.NONE, inventory);
    }

    /**
     * Makes a clock.
     *
     * @param clock what tells the time, and in which zone: UTC is what Linux guests expect
     * @param interrupt the line that the clock drives; called with the clock's lock held
     * @param timers what wakes the clock for its interrupts; needed only while one is enabled
     * @param inventory what the CMOS memory says of the machine
     */
    public RealTimeClock(
            Clock clock, InterruptLine interrupt, Timers timers, CmosInventory inventory) {
        this.clock = clock;
        this.interrupt = interrupt;
        this.timer = timers.timer(this::expire);
        memory[REGISTER_A] = A_32768_HZ;
        memory[REGISTER_B] = B_24_HOURS;
        memory[REGISTER_D] = (byte) D_VALID;
        inventory.write(memory);
        countFrom(now());
    }

    @Override
    public synchronized int readByte(int offset) {
        if (offset == 0) {
            return (int) BusRange.FLOATING;
        }
        return switch (index) {
            case SECONDS, MINUTES, HOURS, DAY_OF_WEEK, DAY, MONTH, YEAR, CENTURY -> readTime();
            case REGISTER_A -> memory[REGISTER_A] | (updating() ? A_UPDATE_IN_PROGRESS : 0);
            case REGISTER_C -> takeFlags();
            default -> memory[index];
        };
    }

    @Override
    public synchronized void writeByte(int offset, int value) {
        if (offset == 0) {
            index = value & INDEX_MASK; // bit 7 masks NMIs, of which this device has none
            return;
        }
        switch (index) {
            case SECONDS, MINUTES, HOURS, DAY_OF_WEEK, DAY, MONTH, YEAR, CENTURY ->
                    writeTime(value);
            case ALARM_SECONDS, ALARM_MINUTES, ALARM_HOURS -> {
                noteEvents();
                memory[index] = (byte) value;
            }
            case REGISTER_A -> control(value & ~A_UPDATE_IN_PROGRESS, memory[REGISTER_B]);
            case REGISTER_B -> {
                boolean set = (value & B_SET) != 0;
                control(memory[REGISTER_A], set ? value & ~B_UPDATE_INTERRUPT : value);
            }
            case REGISTER_C, REGISTER_D -> {
                // these can only be read
            }
            default -> memory[index] = (byte) value;
        }
        if (index <= REGISTER_B || index == CENTURY) {
            update();
        }
    }

    /** Sets registers A and B, which between them say whether time and dividers go on. */
    private void control(int a, int b) {
        noteEvents();
        boolean wasReset = dividerInReset();
        memory[REGISTER_A] = (byte) a;
        memory[REGISTER_B] = (byte) b;
        if (wasReset && !dividerInReset()) {
            LocalDateTime now = now();
            setTo(now.withNano(NANOS_BEHIND_DIVIDER_RESET), now);
        }
        boolean holds = (b & B_SET) != 0 || dividerInReset();
        if (holds && held == null) {
            held = CalendarFields.of(now());
            heldChanged = false;
        } else if (!holds && held != null) {
            CalendarFields set = held;
            held = null;
            if (heldChanged) {
                setTo(set);
            }
        }
        countFrom(now());
    }

    private boolean dividerInReset() {
        return (memory[REGISTER_A] & A_DIVIDER_RESET) == A_DIVIDER_RESET;
    }

    private LocalDateTime now() {
        return LocalDateTime.now(clock).plus(offset);
    }

    /** Lets the clock say {@code time} at once, within the second that it is in. */
    private void setTo(CalendarFields time) {
        LocalDateTime now = now();
        setTo(time.toDateTime().withNano(now.getNano()), now);
    }

    private void setTo(LocalDateTime time, LocalDateTime now) {
        offset = offset.plus(Duration.between(now, time));
    }

    private int readTime() {
        LocalDateTime now = held == null ? now() : held.toDateTime();
        CalendarFields fields = held == null ? CalendarFields.of(now) : held;
        ClockFormat format = format();
        return switch (index) {
            case SECONDS -> format.digits(fields.second());
            case MINUTES -> format.digits(fields.minute());
            case HOURS -> format.hours(fields.hour());
            case DAY_OF_WEEK -> format.digits(now.getDayOfWeek().getValue() % 7 + 1);
            case DAY -> format.digits(fields.day());
            case MONTH -> format.digits(fields.month());
            case YEAR -> format.digits(fields.year());
            default -> format.digits(fields.century());
        };
    }

    private void writeTime(int value) {
        noteEvents();
        CalendarFields old = held == null ? CalendarFields.of(now()) : held;
        ClockFormat format = format();
        int number = format.number(value);
        CalendarFields changed =
                switch (index) {
                    case SECONDS -> old.withSecond(number);
                    case MINUTES -> old.withMinute(number);
                    case HOURS -> old.withHour(format.hour(value));
                    case DAY -> old.withDay(number);
                    case MONTH -> old.withMonth(number);
                    case YEAR -> old.withYear(number);
                    case CENTURY -> old.withCentury(number);
                    default -> old;
                };
        if (!changed.isSound()) {
            return;
        }
        if (held == null) {
            setTo(changed);
            countFrom(now());
        } else {
            held = changed;
            heldChanged = true;
        }
    }

    private ClockFormat format() {
        int b = memory[REGISTER_B];
        return new ClockFormat((b & B_BINARY) != 0, (b & B_24_HOURS) != 0);
    }

    private boolean updating() {
        if (held != null) {
            return false;
        }
        int nanos = now().getNano();
        return nanos >= UPDATE_START_NANOS || nanos < UPDATE_END_NANOS;
    }

    private int takeFlags() {
        noteEvents();
        int taken = flags | (interrupting() ? C_INTERRUPT : 0);
        flags = 0;
        update();
        return taken;
    }

    private boolean interrupting() {
        return (flags & memory[REGISTER_B] & INTERRUPTS) != 0;
    }

    /** How many times in a second the periodic flag goes up; 0 if never. */
    private int frequency() {
        int rate = memory[REGISTER_A] & A_RATE;
        if (rate == 0 || dividerInReset()) {
            return 0;
        }
        // The two shortest rates of the 32,768 Hz crystal are those of the 8th and the 9th.
        return CRYSTAL_HZ >>> (rate < 3 ? rate + 6 : rate - 1);
    }

    /** How many periods have ended, from some moment in the past on. */
    private long periods(LocalDateTime now) {
        int frequency = frequency();
        return now.toEpochSecond(ZoneOffset.UTC) * frequency
                + now.getNano() * (long) frequency / SECOND_NANOS;
    }

    /** How many updates have ended: the second that the registers show since. */
    private static long updates(LocalDateTime now) {
        return now.minusNanos(UPDATE_END_NANOS).toEpochSecond(ZoneOffset.UTC);
    }

    /** What ended before this moment is past. */
    private void countFrom(LocalDateTime now) {
        periodsSeen = periods(now);
        updatesSeen = updates(now);
    }

    /** Puts up the flags of what has happened since the last time. */
    private void noteEvents() {
        LocalDateTime now = now();
        if (periods(now) > periodsSeen) {
            flags |= PERIODIC;
        }
        long passed = updates(now) - updatesSeen;
        if (held == null && passed > 0) {
            flags |= UPDATE_ENDED;
            if (secondsToAlarm(updatesSeen) <= passed) {
                flags |= ALARM;
            }
        }
        countFrom(now);
    }

    /** In how many seconds from {@code second} on, 1 to a day, the alarm's time has come. */
    private long secondsToAlarm(long second) {
        ClockFormat format = format();
        long from = Math.floorMod(second, DAY_SECONDS);
        long at = from + 1;
        while (at <= from + DAY_SECONDS) {
            if (!matches(ALARM_HOURS, format.hours((int) (at / HOUR_SECONDS % 24)))) {
                at += HOUR_SECONDS - at % HOUR_SECONDS;
            } else if (!matches(ALARM_MINUTES, format.digits((int) (at / MINUTE_SECONDS % 60)))) {
                at += MINUTE_SECONDS - at % MINUTE_SECONDS;
            } else if (!matches(ALARM_SECONDS, format.digits((int) (at % MINUTE_SECONDS)))) {
                at++;
            } else {
                return at - from;
            }
        }
        return NEVER;
    }

    private boolean matches(int register, int value) {
        int alarm = Byte.toUnsignedInt(memory[register]);
        return alarm >= ANY_TIME || alarm == value;
    }

    private synchronized void expire() {
        noteEvents();
        update();
    }

    @Override
    public Class<State> stateType() {
        return State.class;
    }

    @Override
    public synchronized State save() {
        Instant savedAt = clock.instant();
        return new State(
                Bytes.of(memory),
                index,
                LocalDateTime.ofInstant(savedAt, clock.getZone()).plus(offset),
                savedAt,
                Optional.ofNullable(held),
                heldChanged,
                flags,
                periodsSeen,
                updatesSeen);
    }

    @Override
    public synchronized void restore(State state, GuestTime time) {
        state.memory.copyTo(MemorySegment.ofArray(memory));
        index = state.index;
        Instant now = clock.instant();
        offset =
                Duration.between(
                        LocalDateTime.ofInstant(now, clock.getZone()),
                        state.time.plus(time.passed(state.savedAt, now)));
        held = state.held.orElse(null);
        heldChanged = state.heldChanged;
        flags = state.flags & INTERRUPTS;
        periodsSeen = state.periodsSeen;
        updatesSeen = state.updatesSeen;
        interruptLevel = interrupting();
        interrupt.restoreLevel(interruptLevel);
        if ((memory[REGISTER_B] & INTERRUPTS) == 0) {
            timer.stop();
        } else {
            timer.start(0);
        }
    }

    /** Drives the line, and has itself woken for the next event that changes it. */
    private void update() {
        boolean level = interrupting();
        if (level != interruptLevel) {
            interruptLevel = level;
            interrupt.setLevel(level);
        }
        long wait = level ? NEVER : nanosToInterrupt();
        if (wait == NEVER) {
            timer.stop();
        } else {
            timer.start(wait);
        }
    }

    private long nanosToInterrupt() {
        int enabled = memory[REGISTER_B] & INTERRUPTS;
        if (enabled == 0) {
            return NEVER;
        }
        LocalDateTime now = now();
        long wait = NEVER;
        int frequency = frequency();
        if ((enabled & PERIODIC) != 0 && frequency != 0) {
            long passed = now.getNano() * (long) frequency % SECOND_NANOS;
            wait = (SECOND_NANOS - passed + frequency - 1) / frequency;
        }
        if (held == null && (enabled & (UPDATE_ENDED | ALARM)) != 0) {
            LocalDateTime updated = now.minusNanos(UPDATE_END_NANOS);
            boolean each = (enabled & UPDATE_ENDED) != 0;
            long seconds = each ? 1 : secondsToAlarm(updated.toEpochSecond(ZoneOffset.UTC));
            if (seconds != NEVER) {
                wait = Math.min(wait, seconds * SECOND_NANOS - updated.getNano());
            }
        }
        return wait;
    }
}
