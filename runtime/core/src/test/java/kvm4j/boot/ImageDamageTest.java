package kvm4j.boot;

import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.guests.Guest;
import kvm4j.memory.GuestMemory;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.Arrays;
import java.util.Random;

/** Damaged images of every kind: refused with a message, or loaded, but nothing else. */
class ImageDamageTest {

    private static final int MUTANTS = 5_000;
    private static final long[] EDGES = {
        0, 1, -1, 0x7f, 0x80, 0xffff, 0x8000_0000L, 0xffff_ffffL, Long.MIN_VALUE, Long.MAX_VALUE
    };

    @ParameterizedTest
    @EnumSource(
            value = Guest.class,
            names = {"HELLO", "HELLO_REAL", "SUM"})
    void isAlwaysAnImageException(Guest guest) {
        byte[] sound = guest.image();
        Random random = new Random(guest.ordinal());
        int refused = 0;
        try (GuestMemory memory = GuestMemory.ofSize(4 << 20)) {
            for (int i = 0; i < MUTANTS; i++) {
                byte[] mutant = mutate(sound, random);
                try {
                    ImageFormat.of(mutant).read(mutant).load(memory);
                } catch (ImageException e) {
                    refused++;
                    assertTrue(e.getMessage().lines().count() == 1, e::getMessage);
                }
            }
        }
        assertTrue(refused < MUTANTS, "some mutants are harmless");
        assertTrue(guest.format() == Guest.Format.FLAT || refused > 0, "some are not");
    }

    private static byte[] mutate(byte[] sound, Random random) {
        byte[] mutant = sound.clone();
        // Headers are what parsers trust, so most damage goes there.
        int reach = Math.min(mutant.length, random.nextInt(4) == 0 ? mutant.length : 0x140);
        for (int i = random.nextInt(4); i >= 0; i--) {
            long value =
                    random.nextBoolean()
                            ? EDGES[random.nextInt(EDGES.length)]
                            : random.nextLong() >>> random.nextInt(Long.SIZE);
            int size = 1 << random.nextInt(4);
            int at = random.nextInt(reach);
            for (int b = 0; b < size && at + b < mutant.length; b++) {
                mutant[at + b] = (byte) (value >>> b * Byte.SIZE);
            }
        }
        return random.nextInt(8) == 0
                ? Arrays.copyOf(mutant, random.nextInt(mutant.length))
                : mutant;
    }
}
