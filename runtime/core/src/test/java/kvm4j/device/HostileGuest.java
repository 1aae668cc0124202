package kvm4j.device;

import java.util.Random;

/** Accesses a device at random: whatever it does, the device must answer. */
final class HostileGuest {

    private static final int ACCESSES = 200_000;
    private static final int[] SIZES = {1, 2, 4, 8};

    private HostileGuest() {}

    /** Reads and writes all over a device's range, with values that registers care about. */
    static void attack(BusDevice device, int length, long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < ACCESSES; i++) {
            int size = SIZES[random.nextInt(SIZES.length)];
            if (size > length) {
                continue;
            }
            long offset = random.nextInt(length - size + 1);
            if (random.nextBoolean()) {
                device.read(offset, size);
            } else {
                device.write(offset, size, value(random) & -1L >>> Long.SIZE - size * Byte.SIZE);
            }
        }
    }

    private static long value(Random random) {
        return switch (random.nextInt(4)) {
            case 0 -> 1L << random.nextInt(Long.SIZE);
            case 1 -> -1L >>> random.nextInt(Long.SIZE);
            case 2 -> random.nextInt(0x100);
            default -> random.nextLong();
        };
    }
}
