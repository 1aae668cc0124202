package kvm4j.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class I8042Test {

    private static final int OUTPUT_FULL = 0x01;

    private final PortBus bus = new PortBus();
    private int resets;
    private int edges;
    private boolean level;

    @BeforeEach
    void attach() {
        new I8042(this::interrupt, () -> resets++).attachTo(bus);
    }

    private void interrupt(boolean high) {
        level = high;
        edges += high ? 1 : 0;
    }

    private void command(int value) {
        bus.write(I8042.COMMAND_PORT, 1, value);
    }

    private void data(int value) {
        bus.write(I8042.DATA_PORT, 1, value);
    }

    private int status() {
        return (int) bus.read(I8042.COMMAND_PORT, 1);
    }

    private int answer() {
        assertEquals(OUTPUT_FULL, status() & OUTPUT_FULL);
        return (int) bus.read(I8042.DATA_PORT, 1);
    }

    private void assertNoAnswer() {
        assertEquals(0, status() & OUTPUT_FULL);
    }

    @Test
    void passesItsSelfTests() {
        command(0xaa);
        assertEquals(0x55, answer());
        command(0xab);
        assertEquals(0x00, answer());
        assertNoAnswer();
        assertEquals(0x04, status() & 0x04, "the system flag is set by the self test");
    }

    @ParameterizedTest
    @ValueSource(ints = {0xfe, 0xf0, 0xfc})
    void aPulseOfTheResetLineResets(int pulse) {
        command(pulse);
        assertEquals(1, resets);
    }

    @ParameterizedTest
    @ValueSource(ints = {0xff, 0xfd, 0xe0, 0xee, 0x00, 0xc1})
    void otherCommandsDoNot(int command) {
        command(command);
        assertEquals(0, resets);
    }

    @Test
    void theOutputPortHoldsA20AndTheResetLine() {
        command(0xd0);
        assertEquals(0x03, answer() & 0x03);
        command(0xd1);
        data(0xdd);
        command(0xd0);
        assertEquals(0x01, answer() & 0x03);
        assertEquals(0, resets);
        command(0xd1);
        data(0xfe);
        assertEquals(1, resets);
    }

    @Test
    void keepsItsMode() {
        command(0x60);
        data(0x47);
        command(0x20);
        assertEquals(0x47, answer());
        command(0xad);
        command(0x20);
        assertEquals(0x57, answer());
        command(0xae);
        command(0x20);
        assertEquals(0x47, answer());
        command(0x7f);
        data(0xa5);
        command(0x3f);
        assertEquals(0xa5, answer());
    }

    @Test
    void theKeyboardAnswers() {
        data(0xff);
        assertEquals(0xfa, answer());
        assertEquals(0xaa, answer());
        data(0xf2);
        assertEquals(0xfa, answer());
        assertEquals(0xab, answer());
        assertEquals(0x83, answer());
        data(0xed);
        assertEquals(0xfa, answer());
        data(0xff);
        assertEquals(0xfa, answer(), "the argument of a command is no command");
        assertNoAnswer();
        data(0xee);
        assertEquals(0xee, answer());
        data(0x01);
        assertEquals(0xfe, answer());
    }

    @Test
    void anEmptyBufferHoldsTheLastByte() {
        command(0xaa);
        answer();
        assertNoAnswer();
        assertEquals(0x55, bus.read(I8042.DATA_PORT, 1));
    }

    @Test
    void thereIsNoMouse() {
        command(0xd4);
        data(0xff);
        assertNoAnswer();
        command(0xa9);
        assertNoAnswer();
    }

    @Test
    void eachByteIsAnEdgeIfInterruptsAreEnabled() {
        data(0xff);
        assertTrue(level);
        answer();
        assertTrue(level);
        answer();
        assertFalse(level);
        assertEquals(2, edges);
        command(0x60);
        data(0x00);
        data(0xee);
        assertFalse(level);
    }

    @Test
    void tellsCommandsFromData() {
        command(0xae);
        assertEquals(0x08, status() & 0x08);
        data(0xee);
        assertEquals(0, status() & 0x08);
    }

    @Test
    void survivesAHostileGuest() {
        BusDevice both =
                new BusDevice() {
                    @Override
                    public long read(long offset, int size) {
                        return bus.read(I8042.DATA_PORT + (int) offset, size);
                    }

                    @Override
                    public void write(long offset, int size, long value) {
                        bus.write(I8042.DATA_PORT + (int) offset, size, value);
                    }
                };
        HostileGuest.attack(both, 5, 1);
        assertTrue(resets > 0);
    }
}
