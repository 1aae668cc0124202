package kvm4j.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.x86.Msi;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The I/O APIC in user space, held against its data sheet. */
class IoApicTest {

    private static final int SELECT = 0x00;
    private static final int WINDOW = 0x10;
    private static final int VERSION = 1;
    private static final int FIRST_REDIRECTION = 0x10;

    private static final long MASKED = 1L << 16;
    private static final long LEVEL = 1L << 15;
    private static final long REMOTE_IRR = 1L << 14;
    private static final long LOGICAL = 1L << 11;
    private static final int VECTOR = 0x44;
    private static final int PIN = 9;

    private final List<Msi> messages = new ArrayList<>();
    private final List<Map<Integer, Msi>> redirections = new ArrayList<>();
    private final IoApic.LocalApics localApics =
            new IoApic.LocalApics() {
                @Override
                public void send(Msi message) {
                    messages.add(message);
                }

                @Override
                public void redirected(Map<Integer, Msi> lines) {
                    redirections.add(lines);
                }
            };
    private IoApic ioApic;
    private InterruptLine line;

    @BeforeEach
    void make() {
        ioApic = new IoApic(3, localApics);
        line = ioApic.line(PIN);
    }

    private long register(int index) {
        ioApic.write(SELECT, 4, index);
        return ioApic.read(WINDOW, 4);
    }

    private void setRegister(int index, long value) {
        ioApic.write(SELECT, 4, index);
        ioApic.write(WINDOW, 4, value);
    }

    private void redirect(long redirection) {
        setRegister(FIRST_REDIRECTION + 2 * PIN + 1, redirection >>> 32);
        setRegister(FIRST_REDIRECTION + 2 * PIN, redirection & 0xffff_ffffL);
    }

    private long redirection() {
        return register(FIRST_REDIRECTION + 2 * PIN + 1) << 32
                | register(FIRST_REDIRECTION + 2 * PIN);
    }

    @Test
    void saysWhatItIs() {
        assertEquals(0x0017_0020, register(VERSION));
        assertEquals(3L << 24, register(0));
        setRegister(0, 0x0f00_0000L);
        assertEquals(0x0f00_0000L, register(0));
        assertEquals(MASKED, redirection());
        assertEquals(0, register(0xff));
    }

    @Test
    void aMaskedLineSendsNothing() {
        redirect(MASKED | VECTOR);
        line.setLevel(true);
        assertTrue(messages.isEmpty());
        assertEquals(Map.of(), redirections.getLast());
    }

    @Test
    void anEdgeSendsOneMessage() {
        redirect(5L << 56 | VECTOR);
        line.setLevel(true);
        line.setLevel(true);
        assertEquals(List.of(new Msi(0xfee0_5000L, VECTOR)), messages);
        line.setLevel(false);
        line.setLevel(true);
        assertEquals(2, messages.size());
        assertEquals(Map.of(PIN, new Msi(0xfee0_5000L, VECTOR)), redirections.getLast());
    }

    @Test
    void aLogicalDestinationIsMarkedInTheMessage() {
        redirect(3L << 56 | LOGICAL | VECTOR);
        line.setLevel(true);
        assertEquals(0xfee0_3004L, messages.getLast().address());
    }

    @Test
    void aLevelStaysPendingUntilItIsServed() {
        redirect(LEVEL | VECTOR);
        line.setLevel(true);
        assertEquals(1, messages.size());
        assertEquals(LEVEL | 1L << 14 | VECTOR, messages.getLast().data());
        assertTrue((redirection() & REMOTE_IRR) != 0);
        ioApic.endOfInterrupt(VECTOR + 1);
        assertEquals(1, messages.size());
        ioApic.endOfInterrupt(VECTOR);
        assertEquals(2, messages.size());
        line.setLevel(false);
        ioApic.write(0x40, 4, VECTOR);
        assertEquals(2, messages.size());
        assertFalse((redirection() & REMOTE_IRR) != 0);
    }

    @Test
    void aLevelThatWaitsBehindTheMaskIsSentWhenItIsLifted() {
        redirect(MASKED | LEVEL | VECTOR);
        line.setLevel(true);
        redirect(LEVEL | VECTOR);
        assertEquals(1, messages.size());
    }

    @Test
    void aLineThatIsMaskedInServiceIsStillToldOfTheEnd() {
        redirect(LEVEL | VECTOR);
        line.setLevel(true);
        redirect(MASKED | LEVEL | VECTOR);
        assertEquals(
                Set.of(PIN), redirections.getLast().keySet(), "the end of it is still to come");
        ioApic.endOfInterrupt(VECTOR);
        assertEquals(Map.of(), redirections.getLast());
        assertEquals(1, messages.size());
        redirect(LEVEL | VECTOR);
        assertEquals(2, messages.size());
    }

    @Test
    void aRestoredIoApicTellsOnceWhereAllItsLinesGo() {
        redirect(5L << 56 | VECTOR);
        setRegister(FIRST_REDIRECTION, VECTOR + 1);
        IoApic.State state = ioApic.save();
        redirections.clear();
        new IoApic(3, localApics).restore(state, GuestTime.STOPPED);
        Map<Integer, Msi> lines =
                Map.of(0, new Msi(0xfee0_0000L, VECTOR + 1), PIN, new Msi(0xfee0_5000L, VECTOR));
        assertEquals(List.of(lines), redirections);
    }

    @Test
    void thereAreNoOtherLines() {
        assertThrows(IndexOutOfBoundsException.class, () -> ioApic.line(IoApic.PINS));
        assertThrows(IndexOutOfBoundsException.class, () -> ioApic.line(-1));
    }

    @Test
    void theGuestCannotWriteWhatIsReadOnly() {
        redirect(-1L & ~LEVEL);
        assertEquals(0xff00_0000_0001_2fffL, redirection());
    }

    @Test
    void survivesAHostileGuest() {
        HostileGuest.attack(ioApic, IoApic.SIZE, 1);
        HostileGuest.attack(ioApic, 0x48, 2);
    }
}
