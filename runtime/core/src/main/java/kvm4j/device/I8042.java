package kvm4j.device;

import kvm4j.x86.Bytes;

import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * The 8042 keyboard controller of a PC/AT, at ports 0x60 and 0x64 with interrupt 1, and a keyboard
 * on which nobody types (IBM PC/AT Technical Reference, sections "8042 Keyboard controller" and
 * "Keyboard"; the keyboard's answers are those of the PS/2 keyboard).
 *
 * <p>What guests use it for is the line to the processor's reset pin. There is no second port, so
 * no mouse. The line that gates address bit 20 is remembered and can be read back; it masks
 * nothing, since KVM has no way to.
 */
public final class I8042 implements StatefulDevice<I8042.State> {

    /** The port of data in both directions. */
    public static final int DATA_PORT = 0x60;

    /** The port of the status (read) and of commands to the controller (write). */
    public static final int COMMAND_PORT = 0x64;

    private static final int STATUS_OUTPUT_FULL = 1 << 0;
    private static final int STATUS_SYSTEM = 1 << 2;
    private static final int STATUS_COMMAND = 1 << 3;
    private static final int STATUS_NOT_INHIBITED = 1 << 4;

    private static final int MODE_INTERRUPT = 1 << 0;
    private static final int MODE_SYSTEM = 1 << 2;
    private static final int MODE_DISABLED = 1 << 4;
    private static final int MODE_AT_RESET = MODE_INTERRUPT;

    private static final int READ_RAM = 0x20;
    private static final int WRITE_RAM = 0x60;
    private static final int RAM_MASK = 0x1f;
    private static final int SELF_TEST = 0xaa;
    private static final int TEST_KEYBOARD_PORT = 0xab;
    private static final int DISABLE_KEYBOARD = 0xad;
    private static final int ENABLE_KEYBOARD = 0xae;
    private static final int READ_INPUT_PORT = 0xc0;
    private static final int READ_OUTPUT_PORT = 0xd0;
    private static final int WRITE_OUTPUT_PORT = 0xd1;
    private static final int WRITE_OUTPUT_BUFFER = 0xd2;
    private static final int WRITE_MOUSE_BUFFER = 0xd3;
    private static final int WRITE_MOUSE = 0xd4;
    private static final int PULSE = 0xf0;

    private static final int SELF_TEST_PASSED = 0x55;
    private static final int PORT_TEST_PASSED = 0x00;
    private static final int INPUT_PORT_UNLOCKED = 0x80;

    private static final int OUTPUT_NOT_RESET = 1 << 0;
    private static final int OUTPUT_A20 = 1 << 1;
    private static final int OUTPUT_AT_RESET = 0xcc | OUTPUT_NOT_RESET | OUTPUT_A20;
    private static final int OUTPUT_BUFFER_FULL = 1 << 4;

    private static final int NO_COMMAND = -1;

    private static final int KEYBOARD_ACKNOWLEDGE = 0xfa;
    private static final int KEYBOARD_RESEND = 0xfe;
    private static final int KEYBOARD_SELF_TEST_PASSED = 0xaa;
    private static final int KEYBOARD_ECHO = 0xee;
    private static final int KEYBOARD_ID_LOW = 0xab;
    private static final int KEYBOARD_ID_HIGH = 0x83;
    private static final int KEYBOARD_QUEUE = 16;

    /**
     * What the controller and the keyboard are.
     *
     * @param answers what the guest has not read yet, at most 16 bytes
     * @param ram the controller's memory, 32 bytes
     * @param outputPort the lines that the controller drives
     * @param awaitingData the command whose data is to come; -1 if none
     * @param lastAnswer what the guest read last
     * @param lastWasCommand whether the guest wrote to the command port last
     * @param keyboardAwaitsArgument whether the keyboard's last command has an argument to come
     */
    public record State(
            Bytes answers,
            Bytes ram,
            int outputPort,
            int awaitingData,
            int lastAnswer,
            boolean lastWasCommand,
            boolean keyboardAwaitsArgument)
            implements DeviceState {

        /** Checks the sizes. */
        public State {
            if (answers.size() > KEYBOARD_QUEUE || ram.size() != RAM_MASK + 1) {
                throw new IllegalArgumentException(
                        "an 8042 with %d bytes of memory and %d of answers"
                                .formatted(ram.size(), answers.size()));
            }
        }
    }

    private final InterruptLine interrupt;
    private final Runnable onReset;

    private final ByteRing answers = new ByteRing(KEYBOARD_QUEUE);
    private final byte[] ram = new byte[RAM_MASK + 1];
    private int outputPort = OUTPUT_AT_RESET;
    private int awaitingData = NO_COMMAND;
    private int lastAnswer;
    private boolean lastWasCommand;
    private boolean keyboardAwaitsArgument;
    private boolean interruptLevel;

    /**
     * Makes a controller in the state after power-on.
     *
     * @param interrupt the line that says that there is data to read
     * @param onReset runs when the guest pulses the processor's reset line, on the thread of the
     *     vCPU that does
     */
    public I8042(InterruptLine interrupt, Runnable onReset) {
        this.interrupt = interrupt;
        this.onReset = onReset;
        ram[0] = MODE_AT_RESET;
    }

    /**
     * Connects both ports.
     *
     * @param ports the bus
     * @throws IllegalArgumentException if one of them is taken
     */
    public void attachTo(PortBus ports) {
        ports.attach(DATA_PORT, 1, new DataPort());
        ports.attach(COMMAND_PORT, 1, new CommandPort());
    }

    private final class DataPort implements ByteDevice {
        @Override
        public int readByte(int offset) {
            return takeAnswer();
        }

        @Override
        public void writeByte(int offset, int value) {
            acceptData(value);
        }

        @Override
        public Optional<StatefulDevice<?>> stateOwner() {
            return Optional.of(I8042.this);
        }
    }

    private final class CommandPort implements ByteDevice {
        @Override
        public int readByte(int offset) {
            return status();
        }

        @Override
        public void writeByte(int offset, int value) {
            command(value);
        }

        @Override
        public Optional<StatefulDevice<?>> stateOwner() {
            return Optional.of(I8042.this);
        }
    }

    private synchronized int takeAnswer() {
        if (!answers.isEmpty()) {
            lastAnswer = answers.remove();
        }
        // Between two bytes the line falls, so that each of them is an edge.
        drive(false);
        update();
        return lastAnswer;
    }

    private synchronized int status() {
        int status = STATUS_NOT_INHIBITED;
        if (!answers.isEmpty()) {
            status |= STATUS_OUTPUT_FULL;
        }
        if ((ram[0] & MODE_SYSTEM) != 0) {
            status |= STATUS_SYSTEM;
        }
        if (lastWasCommand) {
            status |= STATUS_COMMAND;
        }
        return status;
    }

    private synchronized void command(int value) {
        lastWasCommand = true;
        awaitingData = NO_COMMAND;
        switch (value) {
            case SELF_TEST -> {
                ram[0] |= MODE_SYSTEM;
                answer(SELF_TEST_PASSED);
            }
            case TEST_KEYBOARD_PORT -> answer(PORT_TEST_PASSED);
            case DISABLE_KEYBOARD -> ram[0] |= MODE_DISABLED;
            case ENABLE_KEYBOARD -> ram[0] &= ~MODE_DISABLED;
            case READ_INPUT_PORT -> answer(INPUT_PORT_UNLOCKED);
            case READ_OUTPUT_PORT ->
                    answer(answers.isEmpty() ? outputPort : outputPort | OUTPUT_BUFFER_FULL);
            case WRITE_OUTPUT_PORT, WRITE_OUTPUT_BUFFER, WRITE_MOUSE_BUFFER, WRITE_MOUSE ->
                    awaitingData = value;
            default -> accessRamOrPulse(value);
        }
        update();
    }

    private void accessRamOrPulse(int value) {
        switch (value & ~RAM_MASK) {
            case READ_RAM -> answer(ram[value & RAM_MASK]);
            case WRITE_RAM -> awaitingData = value;
            default -> {
                // The low bits of a pulse select lines by being 0; bit 0 is the reset line.
                if (value >= PULSE && (value & OUTPUT_NOT_RESET) == 0) {
                    onReset.run();
                }
            }
        }
    }

    private synchronized void acceptData(int value) {
        lastWasCommand = false;
        int command = awaitingData;
        awaitingData = NO_COMMAND;
        switch (command) {
            case NO_COMMAND -> tellKeyboard(value);
            case WRITE_OUTPUT_PORT -> writeOutputPort(value);
            case WRITE_OUTPUT_BUFFER -> answer(value);
            case WRITE_MOUSE_BUFFER, WRITE_MOUSE -> {
                // there is no mouse to take it
            }
            default -> ram[command & RAM_MASK] = (byte) value;
        }
        update();
    }

    private void writeOutputPort(int value) {
        outputPort = value;
        if ((value & OUTPUT_NOT_RESET) == 0) {
            onReset.run();
        }
    }

    private void tellKeyboard(int value) {
        ram[0] &= ~MODE_DISABLED;
        if (keyboardAwaitsArgument) {
            keyboardAwaitsArgument = false;
            answer(KEYBOARD_ACKNOWLEDGE);
            return;
        }
        switch (value) {
            case 0xed, 0xf0, 0xf3 -> { // indicators, scan code set, repetition: one argument
                keyboardAwaitsArgument = true;
                answer(KEYBOARD_ACKNOWLEDGE);
            }
            case 0xee -> answer(KEYBOARD_ECHO);
            case 0xf2 -> { // identify
                answer(KEYBOARD_ACKNOWLEDGE);
                answer(KEYBOARD_ID_LOW);
                answer(KEYBOARD_ID_HIGH);
            }
            case 0xf4, 0xf5, 0xf6 -> answer(KEYBOARD_ACKNOWLEDGE); // enable, disable, defaults
            case 0xff -> { // reset
                answer(KEYBOARD_ACKNOWLEDGE);
                answer(KEYBOARD_SELF_TEST_PASSED);
            }
            default -> answer(KEYBOARD_RESEND);
        }
    }

    @Override
    public Class<State> stateType() {
        return State.class;
    }

    @Override
    public synchronized State save() {
        return new State(
                answers.content(),
                Bytes.of(ram),
                outputPort,
                awaitingData,
                lastAnswer,
                lastWasCommand,
                keyboardAwaitsArgument);
    }

    @Override
    public synchronized void restore(State state, GuestTime time) {
        answers.replaceBy(state.answers);
        state.ram.copyTo(MemorySegment.ofArray(ram));
        outputPort = state.outputPort;
        awaitingData = state.awaitingData;
        lastAnswer = state.lastAnswer;
        lastWasCommand = state.lastWasCommand;
        keyboardAwaitsArgument = state.keyboardAwaitsArgument;
        interruptLevel = interrupting();
        interrupt.restoreLevel(interruptLevel);
    }

    /** Queues a byte for the guest; one that does not fit is lost, as on a full keyboard buffer. */
    private void answer(int value) {
        if (!answers.isFull()) {
            answers.add(value);
        }
    }

    private void update() {
        drive(interrupting());
    }

    private boolean interrupting() {
        return !answers.isEmpty() && (ram[0] & MODE_INTERRUPT) != 0;
    }

    private void drive(boolean level) {
        if (level != interruptLevel) {
            interruptLevel = level;
            interrupt.setLevel(level);
        }
    }
}
