package kvm4j.device;

import java.time.Clock;
import java.time.LocalDateTime;
import java.time.ZoneOffset;

/**
 * The MC146818 real-time clock of a PC and its 128 bytes of CMOS memory, index at port 0x70 and
 * data at 0x71 (Motorola MC146818 data sheet; the memory's layout is that of the PC/AT BIOS and of
 * QEMU).
 *
 * <p>The time is the host's and cannot be set; its format follows the guest's choice in register B
 * of binary or decimal digits and of 12 or 24 hours. The update cycle shows in register A. There
 * are no alarm, periodic or update interrupts. The memory says how much RAM and how many processors
 * there are; otherwise it is the guest's to use.
 */
public final class RealTimeClock implements ByteDevice {

    /** The index port; the data port follows it. */
    public static final int PORT = 0x70;

    /** How many ports the device takes. */
    public static final int PORTS = 2;

    private static final int INDEX_MASK = 0x7f;

    private static final int SECONDS = 0x00;
    private static final int MINUTES = 0x02;
    private static final int HOURS = 0x04;
    private static final int DAY_OF_WEEK = 0x06;
    private static final int DAY = 0x07;
    private static final int MONTH = 0x08;
    private static final int YEAR = 0x09;
    private static final int REGISTER_A = 0x0a;
    private static final int REGISTER_B = 0x0b;
    private static final int REGISTER_C = 0x0c;
    private static final int REGISTER_D = 0x0d;
    private static final int BASE_MEMORY = 0x15;
    private static final int EXTENDED_MEMORY = 0x17;
    private static final int EXTENDED_MEMORY_FOUND = 0x30;
    private static final int CENTURY = 0x32;
    private static final int MEMORY_ABOVE_16M = 0x34;
    private static final int MEMORY_ABOVE_4G = 0x5b;
    private static final int OTHER_PROCESSORS = 0x5f;

    private static final int A_UPDATE_IN_PROGRESS = 1 << 7;
    private static final int A_32768_HZ = 0x26;
    private static final int B_24_HOURS = 1 << 1;
    private static final int B_BINARY = 1 << 2;
    private static final int B_KEPT = 0x8f;
    private static final int D_VALID = 1 << 7;
    private static final int AFTERNOON = 1 << 7;
    private static final int NOON = 12;
    private static final int CENTURY_YEARS = 100;

    /** The update cycle is announced 244 us before, and takes 1984 us. */
    private static final int UPDATE_START_NANOS = 1_000_000_000 - 244_000;

    private static final int UPDATE_END_NANOS = 1_984_000;

    private static final long BASE_KIB = 640;
    private static final long MIB = 1 << 20;
    private static final long UNIT_ABOVE_16M = 0x1_0000;

    private final Clock clock;
    private final byte[] memory = new byte[INDEX_MASK + 1];
    private int index;

    /**
     * Makes a clock.
     *
     * @param clock what tells the time, and in which zone
     * @param memoryBelow4G how much RAM there is from address 0 to below 4 GiB, in bytes
     * @param memoryAbove4G how much RAM there is from 4 GiB on, in bytes
     * @param processors how many processors there are, at least 1
     */
    public RealTimeClock(Clock clock, long memoryBelow4G, long memoryAbove4G, int processors) {
        this.clock = clock;
        memory[REGISTER_A] = A_32768_HZ;
        memory[REGISTER_B] = B_24_HOURS;
        memory[REGISTER_D] = (byte) D_VALID;
        put(BASE_MEMORY, 2, Math.min(memoryBelow4G >>> 10, BASE_KIB));
        long extended = Math.max(memoryBelow4G - MIB, 0) >>> 10;
        put(EXTENDED_MEMORY, 2, Math.min(extended, 0xffff));
        put(EXTENDED_MEMORY_FOUND, 2, Math.min(extended, 0xffff));
        put(MEMORY_ABOVE_16M, 2, Math.max(memoryBelow4G - 16 * MIB, 0) / UNIT_ABOVE_16M);
        put(MEMORY_ABOVE_4G, 3, Math.min(memoryAbove4G / UNIT_ABOVE_16M, 0xff_ffff));
        put(OTHER_PROCESSORS, 1, Math.min(processors - 1, 0xff));
    }

    private void put(int at, int bytes, long value) {
        for (int i = 0; i < bytes; i++) {
            memory[at + i] = (byte) (value >>> i * Byte.SIZE);
        }
    }

    @Override
    public synchronized int readByte(int offset) {
        if (offset == 0) {
            return (int) BusRange.FLOATING;
        }
        return switch (index) {
            case SECONDS, MINUTES, HOURS, DAY_OF_WEEK, DAY, MONTH, YEAR, CENTURY ->
                    time(LocalDateTime.now(clock));
            case REGISTER_A -> memory[REGISTER_A] | (updating() ? A_UPDATE_IN_PROGRESS : 0);
            case REGISTER_C -> 0;
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
            case SECONDS, MINUTES, HOURS, DAY_OF_WEEK, DAY, MONTH, YEAR, CENTURY -> {
                // the time is the host's
            }
            case REGISTER_A -> memory[REGISTER_A] = (byte) (value & ~A_UPDATE_IN_PROGRESS);
            case REGISTER_B -> memory[REGISTER_B] = (byte) (value & B_KEPT);
            case REGISTER_C, REGISTER_D -> {
                // these can only be read
            }
            default -> memory[index] = (byte) value;
        }
    }

    private int time(LocalDateTime now) {
        return switch (index) {
            case SECONDS -> digits(now.getSecond());
            case MINUTES -> digits(now.getMinute());
            case HOURS -> hours(now.getHour());
            case DAY_OF_WEEK -> digits(now.getDayOfWeek().getValue() % 7 + 1);
            case DAY -> digits(now.getDayOfMonth());
            case MONTH -> digits(now.getMonthValue());
            case YEAR -> digits(now.getYear() % CENTURY_YEARS);
            default -> digits(now.getYear() / CENTURY_YEARS);
        };
    }

    private int hours(int hour) {
        if ((memory[REGISTER_B] & B_24_HOURS) != 0) {
            return digits(hour);
        }
        int onDial = hour % NOON == 0 ? NOON : hour % NOON;
        return digits(onDial) | (hour < NOON ? 0 : AFTERNOON);
    }

    private int digits(int value) {
        boolean binary = (memory[REGISTER_B] & B_BINARY) != 0;
        return binary ? value : value / 10 << 4 | value % 10;
    }

    private boolean updating() {
        int nanos = clock.instant().getNano();
        return nanos >= UPDATE_START_NANOS || nanos < UPDATE_END_NANOS;
    }

    /**
     * A clock on the host's time in UTC, as Linux guests expect it.
     *
     * @param memoryBelow4G how much RAM there is from address 0 to below 4 GiB, in bytes
     * @param memoryAbove4G how much RAM there is from 4 GiB on, in bytes
     * @param processors how many processors there are, at least 1
     * @return the device
     */
    public static RealTimeClock utc(long memoryBelow4G, long memoryAbove4G, int processors) {
        return new RealTimeClock(
                Clock.system(ZoneOffset.UTC), memoryBelow4G, memoryAbove4G, processors);
    }
}
