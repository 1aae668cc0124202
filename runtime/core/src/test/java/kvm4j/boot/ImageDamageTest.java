package kvm4j.boot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.memory.GuestMemory;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;

/** Damaged images of every format: refused with a message, or loaded, but nothing else. */
class ImageDamageTest {

    private static final int MUTANTS = 5_000;
    private static final int HEADERS = 0x300;
    private static final long[] EDGES = {
        0, 1, -1, 0x7f, 0x80, 0xffff, 0x8000_0000L, 0xffff_ffffL, Long.MIN_VALUE, Long.MAX_VALUE
    };

    /** Whatever a damaged image is taken for, and whatever it is forced to be. */
    @ParameterizedTest
    @EnumSource
    void isAlwaysAnImageException(SampleImages.Sample sample) {
        BootParameters parameters =
                sample.takesParameters()
                        ? BootParameters.NONE
                                .withCommandLine("console=ttyS0")
                                .withModule(new byte[100], "initrd")
                        : BootParameters.NONE;
        Random random = new Random(sample.ordinal());
        int refused = 0;
        GuestMemory.Builder layout = GuestMemory.builder().ram(4 << 20);
        sample.format().read(sample.image()).reserve(layout);
        try (GuestMemory memory = layout.build()) {
            for (int i = 0; i < MUTANTS; i++) {
                byte[] mutant = mutate(sample.image(), random);
                try {
                    sample.format().read(mutant, parameters).load(memory);
                    ImageFormat.of(mutant).read(mutant).load(memory);
                } catch (ImageException e) {
                    refused++;
                    assertEquals(1, e.getMessage().lines().count(), e::getMessage);
                }
            }
        }
        assertTrue(refused < MUTANTS, "some mutants are harmless");
        assertTrue(refused > 0, "some are not");
    }

    /**
     * As many headers as there may be, all of them with the same notes, as short as they can be.
     */
    @Test
    void notesWithoutNumberAreReadInPart() {
        int headers = 256;
        int notes = SampleImages.ELF64_HEADER + (1 + headers) * SampleImages.ELF64_PROGRAM_HEADER;
        byte[] image = Arrays.copyOf(SampleImages.vmlinux(), notes + 0x1_0000);
        Arrays.fill(image, notes, image.length, (byte) 0);
        ByteBuffer file = SampleImages.buffer(image).putShort(0x38, (short) headers);
        for (int i = 1; i < headers; i++) {
            int header = SampleImages.ELF64_HEADER + i * SampleImages.ELF64_PROGRAM_HEADER;
            file.putInt(header, 4).putLong(header + 0x08, notes).putLong(header + 0x20, 0x1_0000);
        }
        int read = ElfFile.parse(MemorySegment.ofArray(image)).notes().size();
        assertTrue(read <= 1024, () -> read + " notes");
    }

    private static byte[] mutate(byte[] sound, Random random) {
        byte[] mutant = sound.clone();
        // Headers are what parsers trust, so most damage goes there.
        int reach = random.nextInt(4) == 0 ? mutant.length : Math.min(mutant.length, HEADERS);
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
