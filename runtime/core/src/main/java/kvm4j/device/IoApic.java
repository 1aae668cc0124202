package kvm4j.device;

import kvm4j.x86.Msi;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * An I/O APIC: 24 lines, each of which becomes a message to local APICs (Intel 82093AA data sheet;
 * version 0x20 with its register for ends of interrupts). For machines whose kernel has the local
 * APICs alone.
 */
public final class IoApic implements BusDevice, StatefulDevice<IoApic.State> {

    /** Where it is on a PC, guest-physical. */
    public static final long ADDRESS = 0xfec0_0000L;

    /** How many bytes it takes. */
    public static final int SIZE = 0x1000;

    /** How many lines it has. */
    public static final int PINS = 24;

    private static final int SELECT = 0x00;
    private static final int WINDOW = 0x10;
    private static final int END_OF_INTERRUPT = 0x40;

    private static final int REGISTER_ID = 0x00;
    private static final int REGISTER_VERSION = 0x01;
    private static final int REGISTER_ARBITRATION = 0x02;
    private static final int FIRST_REDIRECTION = 0x10;
    private static final int VERSION = 0x20 | PINS - 1 << 16;
    private static final int ID_SHIFT = 24;
    private static final int ID_MASK = 0x0f << ID_SHIFT;

    private static final long VECTOR = 0xff;
    private static final int DELIVERY_MODE_SHIFT = 8;
    private static final long DELIVERY_MODE = 0b111L << DELIVERY_MODE_SHIFT;
    private static final long LOGICAL_DESTINATION = 1L << 11;
    private static final long REMOTE_IRR = 1L << 14;
    private static final long LEVEL_TRIGGERED = 1L << 15;
    private static final long MASKED = 1L << 16;
    private static final int DESTINATION_SHIFT = 56;
    private static final long WRITABLE = 0xff00_0000_0001_afffL;

    private static final long MESSAGE_ADDRESS = 0xfee0_0000L;
    private static final int MESSAGE_DESTINATION_SHIFT = 12;
    private static final long MESSAGE_LOGICAL = 1L << 2;
    private static final long MESSAGE_ASSERT = 1L << 14;

    /** What the I/O APIC is connected to; called with its lock held. */
    public interface LocalApics {

        /**
         * An interrupt is sent.
         *
         * @param message for which of them, its vector, delivery mode and trigger mode
         */
        void send(Msi message);

        /**
         * Lines go elsewhere from now on, or nowhere. One that is masked while its interrupt is in
         * service still goes where it went until that ends, as {@link #endOfInterrupt} has to be
         * told of it; by itself it sends nothing meanwhile.
         *
         * @param lines what each line sends that is not masked, or is in service
         */
        void redirected(Map<Integer, Msi> lines);
    }

    /**
     * What the I/O APIC is.
     *
     * @param id the identification register
     * @param selected the register in the window
     * @param levels which lines are high, by bit
     * @param redirections the redirection entry of each line
     */
    public record State(int id, int selected, int levels, List<Long> redirections)
            implements DeviceState {

        /** Copies the list. */
        public State {
            redirections = List.copyOf(redirections);
            if (redirections.size() != PINS) {
                throw new IllegalArgumentException(
                        "an I/O APIC with %d lines".formatted(redirections.size()));
            }
        }
    }

    private final LocalApics localApics;
    private final long[] redirections = new long[PINS];
    private int id;
    private int selected;
    private int levels;

    /**
     * Makes an I/O APIC whose lines are all masked.
     *
     * @param id its APIC identifier
     * @param localApics what gets its messages
     */
    public IoApic(int id, LocalApics localApics) {
        this.id = id << ID_SHIFT & ID_MASK;
        this.localApics = localApics;
        Arrays.fill(redirections, MASKED);
    }

    /**
     * One of its lines.
     *
     * @param pin 0 to {@value #PINS} - 1
     * @return the line, which any thread may drive
     * @throws IndexOutOfBoundsException if there is no such line
     */
    public InterruptLine line(int pin) {
        int mask = 1 << Objects.checkIndex(pin, PINS);
        return high -> drive(pin, mask, high);
    }

    private synchronized void drive(int pin, int mask, boolean high) {
        boolean rises = high && (levels & mask) == 0;
        levels = high ? levels | mask : levels & ~mask;
        if (rises || high && isLevelTriggered(pin)) {
            deliver(pin);
        }
    }

    /**
     * A local APIC ended a level-triggered interrupt. What still asks for one gets it.
     *
     * @param vector the interrupt's vector
     */
    public synchronized void endOfInterrupt(int vector) {
        for (int pin = 0; pin < PINS; pin++) {
            if (isLevelTriggered(pin) && (redirections[pin] & VECTOR) == vector) {
                redirections[pin] &= ~REMOTE_IRR;
                if (isMasked(pin)) {
                    tellWhereLinesGo();
                }
                deliverIfHigh(pin);
            }
        }
    }

    @Override
    public synchronized long read(long offset, int size) {
        return switch ((int) offset) {
            case SELECT -> selected;
            case WINDOW -> readRegister();
            default -> 0;
        };
    }

    @Override
    public synchronized void write(long offset, int size, long value) {
        switch ((int) offset) {
            case SELECT -> selected = (int) value & 0xff;
            case WINDOW -> writeRegister((int) value);
            case END_OF_INTERRUPT -> endOfInterrupt((int) value & 0xff);
            default -> {
                // reserved
            }
        }
    }

    @Override
    public Class<State> stateType() {
        return State.class;
    }

    @Override
    public synchronized State save() {
        return new State(id, selected, levels, Arrays.stream(redirections).boxed().toList());
    }

    /** {@inheritDoc} Sends nothing: local APICs have their own state. */
    @Override
    public synchronized void restore(State state, GuestTime time) {
        id = state.id & ID_MASK;
        selected = state.selected & 0xff;
        levels = state.levels & (1 << PINS) - 1;
        for (int pin = 0; pin < PINS; pin++) {
            redirections[pin] = state.redirections.get(pin) & (WRITABLE | REMOTE_IRR);
        }
        tellWhereLinesGo();
    }

    private long readRegister() {
        return switch (selected) {
            case REGISTER_ID, REGISTER_ARBITRATION -> id;
            case REGISTER_VERSION -> VERSION;
            default -> {
                int pin = selectedPin();
                yield pin < 0 ? 0 : redirections[pin] >>> selectedShift() & 0xffff_ffffL;
            }
        };
    }

    private void writeRegister(int value) {
        int pin = selectedPin();
        if (selected == REGISTER_ID) {
            id = value & ID_MASK;
        } else if (pin >= 0) {
            redirect(pin, value);
        }
    }

    private int selectedPin() {
        int pin = selected - FIRST_REDIRECTION >> 1;
        return selected >= FIRST_REDIRECTION && pin < PINS ? pin : -1;
    }

    private int selectedShift() {
        return (selected & 1) * Integer.SIZE;
    }

    private void redirect(int pin, int half) {
        long writable = WRITABLE & 0xffff_ffffL << selectedShift();
        long old = redirections[pin];
        long written = Integer.toUnsignedLong(half) << selectedShift();
        long changed = old & ~writable | written & writable;
        if ((changed & LEVEL_TRIGGERED) == 0) {
            changed &= ~REMOTE_IRR;
        }
        redirections[pin] = changed;
        tellWhereLinesGo();
        if (isLevelTriggered(pin)) {
            deliverIfHigh(pin);
        }
    }

    private void tellWhereLinesGo() {
        Map<Integer, Msi> lines = new TreeMap<>();
        for (int pin = 0; pin < PINS; pin++) {
            if (!isMasked(pin) || isInService(pin)) {
                lines.put(pin, message(pin));
            }
        }
        localApics.redirected(lines);
    }

    private void deliverIfHigh(int pin) {
        if ((levels >>> pin & 1) != 0) {
            deliver(pin);
        }
    }

    private void deliver(int pin) {
        if (isMasked(pin) || isInService(pin)) {
            return;
        }
        if (isLevelTriggered(pin)) {
            redirections[pin] |= REMOTE_IRR;
        }
        localApics.send(message(pin));
    }

    private boolean isMasked(int pin) {
        return (redirections[pin] & MASKED) != 0;
    }

    private boolean isInService(int pin) {
        return (redirections[pin] & REMOTE_IRR) != 0;
    }

    private boolean isLevelTriggered(int pin) {
        return (redirections[pin] & LEVEL_TRIGGERED) != 0;
    }

    private Msi message(int pin) {
        long redirection = redirections[pin];
        long logical = (redirection & LOGICAL_DESTINATION) == 0 ? 0 : MESSAGE_LOGICAL;
        long destination = redirection >>> DESTINATION_SHIFT << MESSAGE_DESTINATION_SHIFT;
        long level = redirection & LEVEL_TRIGGERED;
        long asserted = level == 0 ? 0 : MESSAGE_ASSERT;
        return new Msi(
                MESSAGE_ADDRESS | destination | logical,
                (int) (redirection & (VECTOR | DELIVERY_MODE) | level | asserted));
    }
}
