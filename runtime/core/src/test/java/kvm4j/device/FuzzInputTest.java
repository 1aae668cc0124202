package kvm4j.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import kvm4j.memory.GuestMemory;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.concurrent.atomic.AtomicInteger;

class FuzzInputTest {

    private static final long DESCRIPTOR = 0x1000;
    private static final long BUFFER = 0x2000;
    private static final byte[] INPUT = {1, 2, 3, 4};

    private final GuestMemory memory = GuestMemory.ofSize(0x4000);
    private final AtomicInteger others = new AtomicInteger();
    private final PortBus bus = new PortBus();

    FuzzInputTest() {
        bus.attach(
                FuzzInput.PORT,
                FuzzInput.PORTS,
                new FuzzInput(memory, INPUT, others::incrementAndGet));
    }

    @AfterEach
    void close() {
        memory.close();
    }

    private void ask(long buffer, long capacity) {
        memory.putLong(DESCRIPTOR, buffer);
        memory.putLong(DESCRIPTOR + 8, capacity);
        bus.write(FuzzInput.PORT, 4, DESCRIPTOR);
    }

    private long length() {
        return memory.getLong(DESCRIPTOR + 16);
    }

    @Test
    void theInputIsInTheBuffer() {
        ask(BUFFER, 100);
        assertEquals(4, length());
        assertArrayEquals(new byte[] {1, 2, 3, 4, 0}, memory.read(BUFFER, 5));
    }

    @Test
    void whatTheBufferHasNoRoomForIsCutOff() {
        ask(BUFFER, 3);
        assertEquals(3, length());
        assertArrayEquals(new byte[] {1, 2, 3, 0}, memory.read(BUFFER, 4));
    }

    @ParameterizedTest
    @CsvSource({
        "0x2000, 0",
        "0x2000, -1",
        "0x2000, 0x7fffffffffffffff",
        "0x3fff, 2",
        "0xffffffff, 1",
        "-1, 1"
    })
    void aBufferThatIsNotInMemoryGetsNothing(String buffer, String capacity) {
        ask(Long.decode(buffer), Long.decode(capacity));
        assertEquals(0, length());
    }

    @ParameterizedTest
    @CsvSource({"0x3ff0", "0x4000", "0xffffffff"})
    void aDescriptorThatIsNotInMemoryIsNone(String descriptor) {
        bus.write(FuzzInput.PORT, 4, Long.decode(descriptor));
        assertArrayEquals(new byte[0x4000], memory.read(0, 0x4000));
    }

    @Test
    void asksOnceMore() {
        ask(BUFFER, 100);
        assertEquals(0, others.get());
        memory.putLong(DESCRIPTOR + 16, 0);
        ask(BUFFER, 100);
        assertEquals(1, others.get());
        assertEquals(0, length());
    }

    @Test
    void onlyWholeAddressesAsk() {
        memory.putLong(DESCRIPTOR, BUFFER);
        memory.putLong(DESCRIPTOR + 8, 100);
        bus.write(FuzzInput.PORT, 2, DESCRIPTOR);
        bus.write(FuzzInput.PORT, 1, DESCRIPTOR);
        bus.write(FuzzInput.PORT + 1, 4, DESCRIPTOR);
        assertEquals(0, length());
        assertEquals(0xffff_ffffL, bus.read(FuzzInput.PORT, 4));
    }

    @Test
    void survivesAHostileGuest() {
        HostileGuest.attack(new FuzzInput(memory, INPUT, others::incrementAndGet), 4, 1);
    }
}
