package kvm4j.device;

import kvm4j.x86.Bytes;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;

/**
 * A 16550A UART: eight byte registers, by convention COM1 at port 0x3f8 with interrupt 4 (National
 * Semiconductor PC16550D data sheet).
 *
 * <p>Lines have no speed here: what the guest sends is on the output at once, so the transmitter is
 * always empty, and the character timeout of the receive FIFO has always passed. Nobody unplugs the
 * cable: carrier, data set ready and clear to send are always on. As is usual in emulators, OUT2
 * does not gate the interrupt.
 *
 * <p>Host input waits in a queue of its own until the guest's FIFO has room, so it never overruns.
 * Whatever order a driver sets the UART up in, it loses nothing that was typed ahead:
 *
 * <ul>
 *   <li>What the FIFO holds of the line goes back to the head of the queue when the guest resets
 *       the FIFOs, switches them on or off, writes the line control register or enters loopback,
 *       and is received again afterwards. What the guest sent itself in loopback is discarded as on
 *       the real device.
 *   <li>The line is silent for {@value #SETTLING_MILLIS} ms behind a write to the FIFO, line or
 *       modem control register, and behind one to the interrupt enable register in that time, if
 *       the UART has timers: a driver's test and its emptying of registers find what they expect.
 *   <li>DTR and RTS stop the line while they are off, each from when the guest has set it first. A
 *       guest that never sets them is sent input as well, and one that accesses the divisor is
 *       taken for a new driver, which may be such a one.
 *   <li>In loopback the line waits.
 * </ul>
 *
 * <p>Output is flushed behind a line feed, and when the guest has accessed the device twice without
 * sending more: it waits for something then, maybe for an answer to a prompt. Hand in a buffered
 * stream to spare the host a system call for each character.
 */
public final class Serial16550 implements ByteDevice, StatefulDevice<Serial16550.State> {

    /** How many ports the device takes. */
    public static final int PORTS = 8;

    /** Where a PC's first serial port is. */
    public static final int COM1_PORT = 0x3f8;

    /** The interrupt of a PC's first serial port. */
    public static final int COM1_INTERRUPT = 4;

    /** How much host input waits for the guest before {@link #receive(byte)} blocks, in bytes. */
    public static final int INPUT_CAPACITY = 4096;

    /**
     * How long the line is silent when the guest has changed the UART's settings, in milliseconds:
     * more than the rest of a driver's set-up takes, less than a person notices.
     */
    public static final int SETTLING_MILLIS = 5;

    private static final long SETTLING_NANOS = SETTLING_MILLIS * 1_000_000L;

    /** Receive buffer (read), transmit holding (write), or divisor low. */
    private static final int DATA = 0;

    /** Interrupt enable, or divisor high. */
    private static final int INTERRUPT_ENABLE = 1;

    /** Interrupt identification (read), FIFO control (write). */
    private static final int IDENTIFICATION = 2;

    private static final int LINE_CONTROL = 3;
    private static final int MODEM_CONTROL = 4;
    private static final int LINE_STATUS = 5;
    private static final int MODEM_STATUS = 6;
    private static final int SCRATCH = 7;

    private static final int IER_RECEIVED = 1 << 0;
    private static final int IER_TRANSMIT_EMPTY = 1 << 1;
    private static final int IER_LINE_STATUS = 1 << 2;
    private static final int IER_MODEM_STATUS = 1 << 3;
    private static final int IER_MASK = 0x0f;

    private static final int IIR_MODEM_STATUS = 0b0000;
    private static final int IIR_NONE = 0b0001;
    private static final int IIR_TRANSMIT_EMPTY = 0b0010;
    private static final int IIR_RECEIVED = 0b0100;
    private static final int IIR_LINE_STATUS = 0b0110;
    private static final int IIR_TIMEOUT = 0b1100;
    private static final int IIR_FIFOS = 0b1100_0000;

    private static final int FCR_ENABLE = 1 << 0;
    private static final int FCR_CLEAR_RECEIVER = 1 << 1;
    private static final int FCR_TRIGGER_SHIFT = 6;

    private static final int LCR_DIVISOR_ACCESS = 1 << 7;

    private static final int MCR_DATA_TERMINAL_READY = 1 << 0;
    private static final int MCR_REQUEST_TO_SEND = 1 << 1;
    private static final int MCR_OUT1 = 1 << 2;
    private static final int MCR_OUT2 = 1 << 3;
    private static final int MCR_LOOPBACK = 1 << 4;
    private static final int MCR_MASK = 0x1f;
    private static final int MCR_FLOW = MCR_DATA_TERMINAL_READY | MCR_REQUEST_TO_SEND;

    private static final int LSR_DATA_READY = 1 << 0;
    private static final int LSR_OVERRUN = 1 << 1;
    private static final int LSR_TRANSMIT_HOLDING_EMPTY = 1 << 5;
    private static final int LSR_TRANSMITTER_EMPTY = 1 << 6;

    private static final int MSR_CLEAR_TO_SEND = 1 << 4;
    private static final int MSR_DATA_SET_READY = 1 << 5;
    private static final int MSR_RING = 1 << 6;
    private static final int MSR_CARRIER = 1 << 7;
    private static final int MSR_DELTA_SHIFT = 4;

    private static final int FIFO_CAPACITY = 16;
    private static final int[] TRIGGER_LEVELS = {1, 4, 8, 14};

    /** 9600 baud with the PC's clock of 1.8432 MHz; nothing depends on it. */
    private static final int USUAL_DIVISOR = 12;

    /** Accesses other than sending, after which the guest is taken to wait. */
    private static final int WAITING = 2;

    /**
     * What the UART is, and what waits at its end of the line.
     *
     * @param input what has been typed and is not in the FIFO yet, at most 4,112 bytes, less those
     *     of the FIFO that came over the line
     * @param fifo what the guest can read, at most 16 bytes
     * @param received how many of the youngest bytes in the FIFO came over the line, not through
     *     loopback
     * @param flowControl the DTR and RTS bits that the guest has set since it last accessed the
     *     divisor
     * @param silenceNanos for how long the line is still silent, in nanoseconds
     * @param divisor the divisor latch
     * @param enabledInterrupts the interrupt enable register
     * @param fifosEnabled whether the guest has switched the FIFOs on
     * @param trigger how many received bytes interrupt
     * @param lineControl the line control register
     * @param modemControl the modem control register
     * @param modemDeltas which lines of the modem have changed since the guest read their status
     * @param scratch the scratch register
     * @param overrun whether a byte was lost, as the line status says
     * @param transmitEmptyPending whether the empty transmitter is still to be acknowledged
     */
    public record State(
            Bytes input,
            Bytes fifo,
            int received,
            int flowControl,
            long silenceNanos,
            int divisor,
            int enabledInterrupts,
            boolean fifosEnabled,
            int trigger,
            int lineControl,
            int modemControl,
            int modemDeltas,
            int scratch,
            boolean overrun,
            boolean transmitEmptyPending)
            implements DeviceState {

        /** Checks that the queues have room for it. */
        public State {
            if (received < 0
                    || received > fifo.size()
                    || fifo.size() > FIFO_CAPACITY
                    || input.size() + received > INPUT_CAPACITY + FIFO_CAPACITY) {
                throw new IllegalArgumentException(
                        "a UART with %d bytes of input, %d in its FIFO, %d of them received"
                                .formatted(input.size(), fifo.size(), received));
            }
        }
    }

    private final OutputStream output;
    private final InterruptLine interrupt;
    private final Timer silence;
    private final long settlingNanos;

    /** What comes over the line: there is room for what the FIFO gives back. */
    private final ByteRing input = new ByteRing(INPUT_CAPACITY + FIFO_CAPACITY);

    private final ByteRing fifo = new ByteRing(FIFO_CAPACITY);

    /** How many of the youngest bytes in the FIFO came over the line, not through loopback. */
    private int received;

    /** The DTR and RTS bits that the guest has set since it last accessed the divisor. */
    private int flowControl;

    private long silentUntil = System.nanoTime();
    private boolean awaitingEndOfSilence;

    private int divisor = USUAL_DIVISOR;
    private int enabledInterrupts;
    private boolean fifosEnabled;
    private int trigger = TRIGGER_LEVELS[0];
    private int lineControl;
    private int modemControl;
    private int modemLines = MSR_CARRIER | MSR_DATA_SET_READY | MSR_CLEAR_TO_SEND;
    private int modemDeltas;
    private int scratch;

    private boolean overrun;
    private boolean transmitEmptyPending;
    private boolean interruptLevel;
    private boolean unflushed;
    private int accessesSinceSent;

    /**
     * Makes a UART in the state after a reset, whose line is never silent.
     *
     * @param output gets what the guest sends
     * @param interrupt the line that the UART drives; called with the UART's lock held
     */
    public Serial16550(OutputStream output, InterruptLine interrupt) {
        this(output, interrupt, Timers.NONE, 0);
    }

    /**
     * Makes a UART in the state after a reset.
     *
     * @param output gets what the guest sends
     * @param interrupt the line that the UART drives; called with the UART's lock held
     * @param timers what tells the end of the line's silence; needed only while there is input
     */
    public Serial16550(OutputStream output, InterruptLine interrupt, Timers timers) {
        this(output, interrupt, timers, SETTLING_NANOS);
    }

    private Serial16550(
            OutputStream output, InterruptLine interrupt, Timers timers, long settlingNanos) {
        this.output = output;
        this.interrupt = interrupt;
        this.silence = timers.timer(this::endSilence);
        this.settlingNanos = settlingNanos;
    }

    /**
     * Hands the guest a byte of input. Any thread but a vCPU's may call this.
     *
     * @param value what arrives on the line
     * @throws InterruptedException if the thread is interrupted while it waits for the guest to
     *     take older input
     */
    public synchronized void receive(byte value) throws InterruptedException {
        while (!offer(value)) {
            awaitRoom();
        }
    }

    /**
     * Hands the guest a byte of input, if older input has left room for it. Any thread but a vCPU's
     * may call this.
     *
     * @param value what arrives on the line
     * @return whether it arrived; if not, {@link #awaitRoom()} waits for when it can
     */
    public synchronized boolean offer(byte value) {
        if (isFull()) {
            return false;
        }
        input.add(value);
        refill();
        update();
        return true;
    }

    /**
     * Waits until there is room for a byte of input. Any thread but a vCPU's may call this.
     *
     * @throws InterruptedException if the thread is interrupted meanwhile
     */
    public synchronized void awaitRoom() throws InterruptedException {
        while (isFull()) {
            wait();
        }
    }

    private boolean isFull() {
        return input.size() + received >= INPUT_CAPACITY + fifoCapacity();
    }

    /**
     * {@inheritDoc}
     *
     * @throws UncheckedIOException if the output cannot be flushed
     */
    @Override
    public int readByte(int offset) {
        if (offset == SCRATCH) {
            return scratch; // depends on nothing else, so it needs no lock
        }
        synchronized (this) {
            flushWhenWaiting();
            return switch (offset) {
                case DATA -> divisorAccess() ? divisor & 0xff : takeReceived();
                case INTERRUPT_ENABLE -> divisorAccess() ? divisor >>> 8 : enabledInterrupts;
                case IDENTIFICATION -> identify();
                case LINE_CONTROL -> lineControl;
                case MODEM_CONTROL -> modemControl;
                case LINE_STATUS -> takeLineStatus();
                case MODEM_STATUS -> takeModemStatus();
                default -> (int) BusRange.FLOATING;
            };
        }
    }

    /**
     * {@inheritDoc}
     *
     * @throws UncheckedIOException if the output cannot be written
     */
    @Override
    public void writeByte(int offset, int value) {
        if (offset == SCRATCH) {
            scratch = value;
            return;
        }
        synchronized (this) {
            if (offset == DATA && !divisorAccess()) {
                send(value);
                return;
            }
            flushWhenWaiting();
            switch (offset) {
                case DATA -> divisor = divisor & 0xff00 | value;
                case INTERRUPT_ENABLE -> {
                    if (divisorAccess()) {
                        divisor = divisor & 0xff | value << 8;
                    } else {
                        enableInterrupts(value & IER_MASK);
                    }
                }
                case IDENTIFICATION -> controlFifos(value);
                case LINE_CONTROL -> controlLine(value);
                case MODEM_CONTROL -> controlModem(value & MCR_MASK);
                default -> {
                    // line and modem status can only be read
                }
            }
            update();
        }
    }

    private boolean divisorAccess() {
        return (lineControl & LCR_DIVISOR_ACCESS) != 0;
    }

    private boolean loopback() {
        return (modemControl & MCR_LOOPBACK) != 0;
    }

    private void send(int value) {
        transmitEmptyPending = false;
        update();
        if (loopback()) {
            loopBack(value);
        } else {
            transmit(value);
        }
        transmitEmptyPending = true;
        update();
    }

    /** What came over the line was withdrawn, so that what is added stays in order. */
    private void loopBack(int value) {
        overrun |= fifo.size() >= fifoCapacity();
        if (!fifosEnabled) {
            fifo.clear(); // the buffer of one byte loses what was there, a FIFO what comes
        }
        if (fifo.size() < fifoCapacity()) {
            fifo.add(value);
        }
    }

    private void transmit(int value) {
        accessesSinceSent = 0;
        unflushed = true;
        try {
            output.write(value);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "the guest's serial output cannot be written: " + e.getMessage(), e);
        }
        if (value == '\n') {
            flush();
        }
    }

    private void flushWhenWaiting() {
        if (unflushed && ++accessesSinceSent == WAITING) {
            flush();
        }
    }

    private void flush() {
        unflushed = false;
        try {
            output.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "the guest's serial output cannot be flushed: " + e.getMessage(), e);
        }
    }

    private int fifoCapacity() {
        return fifosEnabled ? FIFO_CAPACITY : 1;
    }

    /** Moves waiting input to where the guest sees it, as far as the line carries any now. */
    private void refill() {
        if (input.isEmpty() || !flows() || isSilent()) {
            return;
        }
        while (fifo.size() < fifoCapacity() && !input.isEmpty()) {
            fifo.add(input.remove());
            received++;
        }
    }

    private boolean flows() {
        return !loopback() && (modemControl & flowControl) == flowControl;
    }

    private boolean isSilent() {
        long left = silentUntil - System.nanoTime();
        if (left <= 0) {
            return false;
        }
        if (!awaitingEndOfSilence) {
            awaitingEndOfSilence = true;
            silence.start(left);
        }
        return true;
    }

    private synchronized void endSilence() {
        awaitingEndOfSilence = false;
        refill();
        update();
    }

    /** The guest sets the UART up: the line waits for the rest of it. */
    private void settle() {
        if (settlingNanos > 0) {
            silentUntil = System.nanoTime() + settlingNanos;
        }
    }

    private void settleOn() {
        if (settlingNanos > 0 && silentUntil - System.nanoTime() > 0) {
            settle();
        }
    }

    /** Takes back what the guest has not read, in order. */
    private void withdraw() {
        for (; received > 0; received--) {
            input.addFirst(fifo.removeLast());
        }
    }

    private int takeReceived() {
        if (fifo.isEmpty()) {
            return 0;
        }
        int value = fifo.remove();
        received = Math.min(received, fifo.size());
        refill();
        notifyAll();
        update();
        return value;
    }

    private int takeLineStatus() {
        int status = LSR_TRANSMIT_HOLDING_EMPTY | LSR_TRANSMITTER_EMPTY;
        if (!fifo.isEmpty()) {
            status |= LSR_DATA_READY;
        }
        if (overrun) {
            status |= LSR_OVERRUN;
            overrun = false;
            update();
        }
        return status;
    }

    private int takeModemStatus() {
        int status = modemLines | modemDeltas;
        if (modemDeltas != 0) {
            modemDeltas = 0;
            update();
        }
        return status;
    }

    private void enableInterrupts(int enabled) {
        // Enabling this one while the transmitter is empty raises it, at each such write.
        if ((enabled & IER_TRANSMIT_EMPTY) != 0) {
            transmitEmptyPending = true;
        }
        enabledInterrupts = enabled;
        settleOn();
    }

    private void controlFifos(int value) {
        boolean enable = (value & FCR_ENABLE) != 0;
        if (enable != fifosEnabled || (value & FCR_CLEAR_RECEIVER) != 0) {
            withdraw();
            fifo.clear();
        }
        fifosEnabled = enable;
        trigger = enable ? TRIGGER_LEVELS[value >>> FCR_TRIGGER_SHIFT] : 1;
        settle();
        refill();
        notifyAll();
    }

    private void controlLine(int value) {
        lineControl = value;
        if (divisorAccess()) {
            flowControl = 0;
        }
        withdraw();
        settle();
        refill();
    }

    private void controlModem(int value) {
        modemControl = value;
        if (loopback()) {
            withdraw();
        } else {
            flowControl |= value & MCR_FLOW;
        }
        int before = modemLines;
        modemLines = wiredLines();
        // The ring indicator counts when it ends, the other lines at each change.
        int counted = (before ^ modemLines) & (before | ~MSR_RING);
        modemDeltas |= counted >>> MSR_DELTA_SHIFT;
        settle();
        refill();
    }

    private int wiredLines() {
        return loopback()
                ? wire(MCR_REQUEST_TO_SEND, MSR_CLEAR_TO_SEND)
                        | wire(MCR_DATA_TERMINAL_READY, MSR_DATA_SET_READY)
                        | wire(MCR_OUT1, MSR_RING)
                        | wire(MCR_OUT2, MSR_CARRIER)
                : MSR_CARRIER | MSR_DATA_SET_READY | MSR_CLEAR_TO_SEND;
    }

    private int wire(int control, int status) {
        return (modemControl & control) == 0 ? 0 : status;
    }

    /** {@return the pending interrupt of the highest priority, as the low bits of the IIR} */
    private int pending() {
        if (overrun && enabled(IER_LINE_STATUS)) {
            return IIR_LINE_STATUS;
        }
        if (!fifo.isEmpty() && enabled(IER_RECEIVED)) {
            return fifo.size() >= trigger ? IIR_RECEIVED : IIR_TIMEOUT;
        }
        if (transmitEmptyPending && enabled(IER_TRANSMIT_EMPTY)) {
            return IIR_TRANSMIT_EMPTY;
        }
        if (modemDeltas != 0 && enabled(IER_MODEM_STATUS)) {
            return IIR_MODEM_STATUS;
        }
        return IIR_NONE;
    }

    private boolean enabled(int interruptBit) {
        return (enabledInterrupts & interruptBit) != 0;
    }

    private int identify() {
        int identification = pending();
        if (identification == IIR_TRANSMIT_EMPTY) {
            transmitEmptyPending = false;
            update();
        }
        return fifosEnabled ? identification | IIR_FIFOS : identification;
    }

    @Override
    public Class<State> stateType() {
        return State.class;
    }

    @Override
    public synchronized State save() {
        return new State(
                input.content(),
                fifo.content(),
                received,
                flowControl,
                Math.max(silentUntil - System.nanoTime(), 0),
                divisor,
                enabledInterrupts,
                fifosEnabled,
                trigger,
                lineControl,
                modemControl,
                modemDeltas,
                scratch,
                overrun,
                transmitEmptyPending);
    }

    /**
     * {@inheritDoc} What was typed and not read by then is typed again, in place of what waits now.
     * What was sent by then is not sent again.
     */
    @Override
    public synchronized void restore(State state, GuestTime time) {
        input.replaceBy(state.input);
        fifo.replaceBy(state.fifo);
        received = state.received;
        flowControl = state.flowControl & MCR_FLOW;
        divisor = state.divisor & 0xffff;
        enabledInterrupts = state.enabledInterrupts & IER_MASK;
        fifosEnabled = state.fifosEnabled;
        trigger = state.trigger;
        lineControl = state.lineControl & 0xff;
        modemControl = state.modemControl & MCR_MASK;
        modemLines = wiredLines();
        modemDeltas = state.modemDeltas;
        scratch = state.scratch;
        overrun = state.overrun;
        transmitEmptyPending = state.transmitEmptyPending;
        interruptLevel = interrupting();
        interrupt.restoreLevel(interruptLevel);
        long left = Math.clamp(state.silenceNanos, 0, settlingNanos);
        silentUntil = System.nanoTime() + left;
        awaitingEndOfSilence = !input.isEmpty();
        if (awaitingEndOfSilence) {
            silence.start(left);
        } else {
            silence.stop();
        }
        notifyAll();
    }

    private boolean interrupting() {
        return pending() != IIR_NONE;
    }

    private void update() {
        boolean level = interrupting();
        if (level != interruptLevel) {
            interruptLevel = level;
            interrupt.setLevel(level);
        }
    }
}
