package kvm4j.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

class PcTestDeviceTest {

    private final PortBus ports = new PortBus();
    private final MmioBus mmio = new MmioBus();
    private final boolean[] levels = new boolean[PcTestDevice.INTERRUPTS];
    private final List<Long> flushed = new ArrayList<>();

    @BeforeEach
    void attach() {
        List<InterruptLine> lines =
                IntStream.range(0, PcTestDevice.INTERRUPTS)
                        .<InterruptLine>mapToObj(i -> high -> levels[i] = high)
                        .toList();
        new PcTestDevice(lines, flushed::add).attachTo(ports, mmio);
    }

    @Test
    void theRegisterKeepsWhatIsWrittenThroughEitherRange() {
        ports.write(0xe0, 4, 0x8765_4321L);
        assertEquals(0x8765_4321L, ports.read(0xe8, 4));
        ports.write(0xe9, 1, 0xaa);
        assertEquals(0x8765_aa21L, ports.read(0xe0, 4));
        ports.write(0xe2, 2, 0xbbcc);
        assertEquals(0xbbcc, ports.read(0xea, 2));
        assertEquals(0xaa, ports.read(0xe1, 1));
    }

    @Test
    void aWordToTheFlushPortIsAPage() {
        ports.write(0xe4, 4, 0x12_3456L);
        ports.write(0xe4, 2, 0x3456);
        assertEquals(List.of(0x12_3000L), flushed);
    }

    @Test
    void theGuestDrivesInterruptLines() {
        ports.write(0x2000, 1, 1);
        ports.write(0x2017, 1, 0x80);
        boolean[] expected = new boolean[PcTestDevice.INTERRUPTS];
        expected[0] = true;
        expected[23] = true;
        assertArrayEquals(expected, levels);
        ports.write(0x2000, 1, 0);
        expected[0] = false;
        assertArrayEquals(expected, levels);
        assertEquals(0xff, ports.read(0x2000, 1));
    }

    @Test
    void mmioMemoryIsMemory() {
        long base = PcTestDevice.MMIO_ADDRESS;
        mmio.write(base + 3, 8, 0x8877_6655_4433_2211L);
        assertEquals(0x8877_6655_4433_2211L, mmio.read(base + 3, 8));
        assertEquals(0x4433, mmio.read(base + 5, 2));
        mmio.write(base + PcTestDevice.MMIO_SIZE - 1, 2, 0x1234);
        assertEquals(0xff34, mmio.read(base + PcTestDevice.MMIO_SIZE - 1, 2));
    }

    @Test
    void survivesAHostileGuest() {
        Random random = new Random(1);
        int[] bases = {0xe0, 0xe4, 0xe8, 0x2000, 0x2010};
        for (int i = 0; i < 100_000; i++) {
            int port = bases[random.nextInt(bases.length)] + random.nextInt(8);
            ports.write(port, 1 << random.nextInt(3), random.nextLong());
            ports.read(port, 1 << random.nextInt(3));
            long gpa = PcTestDevice.MMIO_ADDRESS + random.nextInt(PcTestDevice.MMIO_SIZE + 8) - 4;
            mmio.write(gpa, 1 + random.nextInt(8), random.nextLong());
            mmio.read(gpa, 1 + random.nextInt(8));
        }
    }
}
