package kvm4j.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.US_ASCII;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;

class Serial16550Test {

    private static final int DATA = 0;
    private static final int IER = 1;
    private static final int IIR = 2;
    private static final int FCR = 2;
    private static final int LCR = 3;
    private static final int MCR = 4;
    private static final int LSR = 5;
    private static final int MSR = 6;
    private static final int SCR = 7;

    private static final int DLAB = 0x80;
    private static final int LOOPBACK = 0x10;
    private static final int DATA_READY = 0x01;
    private static final int OVERRUN = 0x02;
    private static final int TRANSMITTER_EMPTY = 0x60;

    /** Remembers what was flushed apart from what was only written. */
    private static final class Terminal extends ByteArrayOutputStream {
        private String flushed = "";

        @Override
        public void flush() {
            flushed = toString(US_ASCII);
        }
    }

    private final Terminal terminal = new Terminal();
    private final PortBus bus = new PortBus();
    private final Serial16550 serial = new Serial16550(terminal, high -> level = high);
    private boolean level;

    @BeforeEach
    void attach() {
        bus.attach(0, Serial16550.PORTS, serial);
    }

    private int read(int register) {
        return (int) bus.read(register, 1);
    }

    private void write(int register, int value) {
        bus.write(register, 1, value);
    }

    private void type(String input) throws InterruptedException {
        for (byte next : input.getBytes(US_ASCII)) {
            serial.receive(next);
        }
    }

    private void send(String text) {
        text.chars().forEach(character -> write(DATA, character));
    }

    @Test
    void sendsWhatTheGuestWrites() {
        send("hello");
        write(DATA, 0xff);
        assertEquals("hello", terminal.toString(US_ASCII).substring(0, 5));
        assertEquals((byte) 0xff, terminal.toByteArray()[5]);
        assertEquals(TRANSMITTER_EMPTY, read(LSR));
    }

    @Test
    void flushesALineAndAPrompt() {
        send("line\nprompt> ");
        assertEquals("line\n", terminal.flushed);
        read(LSR);
        send("?");
        read(LSR);
        assertEquals(
                "line\n", terminal.flushed, "a guest that polls before it sends is not waiting");
        read(LSR);
        assertEquals("line\nprompt> ?", terminal.flushed);
    }

    @Test
    void receivesInOrder() throws InterruptedException {
        assertEquals(0, read(DATA));
        type("ab");
        assertEquals(TRANSMITTER_EMPTY | DATA_READY, read(LSR));
        assertEquals('a', read(DATA));
        assertEquals('b', read(DATA));
        assertEquals(TRANSMITTER_EMPTY, read(LSR));
    }

    @Test
    void scratchAndDivisorKeepWhatIsWritten() {
        write(SCR, 0xa5);
        write(IER, 0x0f);
        write(LCR, DLAB | 3);
        write(DATA, 0x34);
        write(IER, 0x12);
        assertEquals(0x1234, bus.read(DATA, 2));
        write(LCR, 3);
        assertEquals(0x0f, read(IER));
        assertEquals(3, read(LCR));
        assertEquals(0xa5, read(SCR));
        assertEquals("", terminal.toString(US_ASCII), "the divisor is not sent");
    }

    @Test
    void statusRegistersCannotBeWritten() {
        write(LSR, 0xff);
        write(MSR, 0xff);
        assertEquals(TRANSMITTER_EMPTY, read(LSR));
        assertEquals(0xb0, read(MSR));
    }

    @Test
    void showsFifosOnlyWhenTheyAreEnabled() {
        assertEquals(0x01, read(IIR));
        write(FCR, 0x01);
        assertEquals(0xc1, read(IIR));
        write(FCR, 0x00);
        assertEquals(0x01, read(IIR));
    }

    @Test
    void receptionInterruptsUntilTheDataIsRead() throws InterruptedException {
        type("a");
        assertFalse(level);
        write(IER, 0x01);
        assertTrue(level);
        assertEquals(0x04, read(IIR));
        read(DATA);
        assertFalse(level);
        assertEquals(0x01, read(IIR));
    }

    @Test
    void theFifoTellsTriggerLevelFromTimeout() throws InterruptedException {
        write(FCR, 0x41);
        write(IER, 0x01);
        type("abc");
        assertEquals(0xcc, read(IIR), "fewer than four: character timeout");
        type("d");
        assertEquals(0xc4, read(IIR));
        read(DATA);
        assertEquals(0xcc, read(IIR));
    }

    @Test
    void anEmptyTransmitterInterruptsOnceEachTime() {
        write(IER, 0x02);
        assertTrue(level);
        assertEquals(0x02, read(IIR));
        assertFalse(level, "reading the identification is the acknowledgement");
        assertEquals(0x01, read(IIR));
        write(DATA, 'x');
        assertTrue(level);
        write(IER, 0);
        assertFalse(level);
        write(IER, 0x02);
        assertTrue(level, "enabling raises it again");
    }

    @Test
    void loopbackReturnsWhatIsSentAndCutsTheLine() throws InterruptedException {
        write(MCR, LOOPBACK);
        send("x");
        type("typed");
        assertEquals("", terminal.toString(US_ASCII));
        assertEquals('x', read(DATA));
        assertEquals(TRANSMITTER_EMPTY, read(LSR));
        write(MCR, 0);
        assertEquals('t', read(DATA));
    }

    @Test
    void loopbackOverrunsAndSaysSo() {
        write(MCR, LOOPBACK);
        write(IER, 0x04);
        send("xy");
        assertEquals(0x06, read(IIR));
        assertEquals(TRANSMITTER_EMPTY | DATA_READY | OVERRUN, read(LSR));
        assertFalse(level);
        assertEquals(TRANSMITTER_EMPTY | DATA_READY, read(LSR), "reading clears it");
        assertEquals('y', read(DATA), "without a FIFO the older byte is lost");
    }

    @Test
    void aFullFifoKeepsWhatItHas() {
        write(MCR, LOOPBACK);
        write(FCR, 0x01);
        send("0123456789abcdefx");
        assertEquals(TRANSMITTER_EMPTY | DATA_READY | OVERRUN, read(LSR));
        for (char kept : "0123456789abcdef".toCharArray()) {
            assertEquals(kept, read(DATA));
        }
        assertEquals(TRANSMITTER_EMPTY, read(LSR));
    }

    @Test
    void loopbackConnectsModemOutputsToInputs() {
        for (int outputs = 0; outputs < 0x10; outputs++) {
            write(MCR, LOOPBACK | outputs);
            int clearToSend = outputs >> 1 & 1;
            int dataSetReady = outputs & 1;
            int ringAndCarrier = outputs >> 2;
            assertEquals(clearToSend | dataSetReady << 1 | ringAndCarrier << 2, read(MSR) >> 4);
            assertEquals(LOOPBACK | outputs, read(MCR));
        }
    }

    @Test
    void modemChangesInterruptUntilTheyAreRead() {
        write(IER, 0x08);
        write(MCR, LOOPBACK | 0x0f);
        read(MSR);
        assertFalse(level);
        write(MCR, LOOPBACK | 0x0b);
        assertTrue(level);
        assertEquals(0x00, read(IIR));
        assertEquals(0xb4, read(MSR), "the ring indicator ended, the others stayed");
        assertFalse(level);
        write(MCR, LOOPBACK | 0x0f);
        assertFalse(level, "the beginning of a ring is no event");
    }

    private static final String TYPED = "0123456789abcdefghijklmnopqrstuvwxyz";

    private String readAll() {
        StringBuilder all = new StringBuilder();
        while ((read(LSR) & DATA_READY) != 0) {
            all.append((char) read(DATA));
        }
        return all.toString();
    }

    @ParameterizedTest
    @ValueSource(ints = {0x00, 0x01, 0x02, 0x03, 0x07, 0x81, 0xc7})
    void whatIsDoneToTheFifosLosesNothingThatWasTyped(int control) throws InterruptedException {
        for (int before : new int[] {0x00, 0x01}) {
            write(FCR, before);
            type(TYPED);
            write(FCR, control);
            assertEquals(TYPED, readAll());
            type(TYPED);
            read(LSR);
            assertEquals('0', read(DATA));
            write(FCR, control);
            write(FCR, control);
            assertEquals(TYPED.substring(1), readAll());
        }
    }

    @Test
    void aTestInLoopbackLeavesWhatWasTypedAlone() throws InterruptedException {
        write(FCR, 0x01);
        type(TYPED);
        write(MCR, LOOPBACK | 0x0e);
        send("\u00ae");
        assertEquals(0xae, read(DATA));
        send("left over");
        write(MCR, 0x0b);
        write(MCR, LOOPBACK);
        assertEquals("left over", readAll());
        send("cleared");
        write(FCR, 0x03);
        write(MCR, 0x0b);
        assertEquals(TYPED, readAll());
    }

    @Test
    void theLineStopsWhileTheGuestIsNotReady() throws InterruptedException {
        type("a");
        assertEquals("a", readAll(), "a guest that never says that it is ready is sent input too");
        write(MCR, 0x03);
        type("b");
        assertEquals("b", readAll());
        write(MCR, 0x01);
        type("c");
        assertEquals("", readAll(), "no request to send");
        write(MCR, 0x02);
        assertEquals("", readAll(), "terminal not ready");
        write(MCR, 0x03);
        assertEquals("c", readAll());
    }

    @Test
    void aSignalThatWasNeverGivenDoesNotStopTheLine() throws InterruptedException {
        write(MCR, 0x01);
        write(MCR, LOOPBACK | 0x03);
        write(MCR, 0x01);
        type("a");
        assertEquals("a", readAll());
        write(MCR, 0x00);
        type("b");
        assertEquals("", readAll());
        write(LCR, DLAB);
        write(LCR, 0x03);
        assertEquals("b", readAll(), "a new driver, which may not know of signals");
    }

    @Test
    void maskedInputInterruptsWhenItIsUnmasked() throws InterruptedException {
        write(IER, 0x01);
        write(IER, 0x00);
        type("ab");
        assertFalse(level);
        write(IER, 0x0e);
        read(IIR);
        assertFalse(level);
        write(IER, 0x01);
        assertTrue(level);
        read(DATA);
        write(IER, 0x00);
        assertFalse(level);
        write(IER, 0x01);
        assertTrue(level);
    }

    @Test
    void noTimerRunsWithoutInput() {
        ManualTimers timers = new ManualTimers();
        Serial16550 idle = new Serial16550(terminal, high -> level = high, timers);
        idle.writeByte(LCR, DLAB);
        idle.writeByte(FCR, 0x07);
        assertEquals(OptionalLong.empty(), timers.next());
    }

    /** As xv6 does it: set up, enable, acknowledge and empty, all with input waiting. */
    @Test
    void theLineIsSilentWhileADriverSetsUp() throws InterruptedException {
        ManualTimers timers = new ManualTimers();
        Serial16550 busy = new Serial16550(terminal, high -> level = high, timers);
        PortBus ports = new PortBus();
        ports.attach(0, Serial16550.PORTS, busy);
        for (byte next : TYPED.getBytes(US_ASCII)) {
            busy.receive(next);
        }
        ports.write(FCR, 1, 0x00);
        ports.write(LCR, 1, 0x80);
        ports.write(DATA, 1, 1);
        ports.write(IER, 1, 0);
        ports.write(LCR, 1, 0x03);
        ports.write(MCR, 1, 0x00);
        ports.write(IER, 1, 0x01);
        ports.read(IIR, 1);
        assertEquals(0, ports.read(DATA, 1));
        assertTrue(timers.next().orElseThrow() <= Serial16550.SETTLING_MILLIS * 1_000_000L);
        StringBuilder all = new StringBuilder();
        while (all.length() < TYPED.length()) {
            timers.expire();
            if (level) {
                all.append((char) ports.read(DATA, 1));
            }
        }
        assertEquals(TYPED, all.toString());
    }

    @Test
    void inputWaitsForASlowGuest() throws Exception {
        int more = 100;
        var typist =
                CompletableFuture.runAsync(
                        () -> {
                            try {
                                for (int i = 0; i < Serial16550.INPUT_CAPACITY + more; i++) {
                                    serial.receive((byte) i);
                                }
                            } catch (InterruptedException e) {
                                throw new AssertionError(e);
                            }
                        });
        for (int i = 0; i < Serial16550.INPUT_CAPACITY + more; i++) {
            while ((read(LSR) & DATA_READY) == 0) {
                Thread.onSpinWait();
            }
            assertEquals(i & 0xff, read(DATA));
        }
        typist.get();
    }

    @Test
    void aTypistCanBeInterrupted() throws InterruptedException {
        for (int i = 0; i <= Serial16550.INPUT_CAPACITY; i++) {
            serial.receive((byte) 0);
        }
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, () -> serial.receive((byte) 0));
    }

    @Test
    void aBrokenOutputIsTheHostsFault() {
        Serial16550 broken =
                new Serial16550(
                        new OutputStream() {
                            @Override
                            public void write(int value) throws IOException {
                                throw new IOException("broken pipe");
                            }
                        },
                        InterruptLine.UNCONNECTED);
        var e = assertThrows(UncheckedIOException.class, () -> broken.writeByte(DATA, 'x'));
        assertTrue(e.getMessage().contains("broken pipe"), e::getMessage);
    }

    @Test
    void survivesAHostileGuest() {
        Serial16550 victim =
                new Serial16550(OutputStream.nullOutputStream(), InterruptLine.UNCONNECTED);
        for (long seed = 0; seed < 5; seed++) {
            HostileGuest.attack(victim, Serial16550.PORTS, seed);
        }
        victim.readByte(Integer.MAX_VALUE);
        victim.writeByte(-1, 0);
    }
}
