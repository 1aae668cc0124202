package kvm4j.device;

import kvm4j.memory.GuestMemory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * fw_cfg: how firmware and test kernels ask a virtual machine about itself (QEMU,
 * docs/specs/fw_cfg). Items have a 16-bit key; files have a name as well, and a directory among the
 * items lists them.
 *
 * <p>The guest selects an item at port 0x510 and reads it byte by byte at port 0x511, or has it
 * copied into its memory by the DMA interface at port 0x514. It cannot write items.
 */
public final class FwCfg implements BusDevice, StatefulDevice<FwCfg.State> {

    /** Where the ports begin: the selector. */
    public static final int PORT = 0x510;

    /** How many ports the device takes. */
    public static final int PORTS = 12;

    /** Key of the amount of RAM, 64 bits. */
    public static final int RAM_SIZE = 0x03;

    /** Key of the number of processors, 16 bits. */
    public static final int PROCESSORS = 0x05;

    /** Key of the highest number of processors there can be, 16 bits. */
    public static final int MAXIMUM_PROCESSORS = 0x0f;

    /** Name of the file with the memory map, which SeaBIOS hands on: E820 entries. */
    public static final String MEMORY_MAP_FILE = "etc/e820";

    /**
     * Name of the file with the port of a serial line, 64 bits, that SeaBIOS uses as its screen and
     * keyboard.
     */
    public static final String SERIAL_CONSOLE_FILE = "etc/sercon-port";

    /** The longest name that a file can have, in characters. */
    public static final int MAXIMUM_NAME_LENGTH = 55;

    private static final int SIGNATURE = 0x00;
    private static final int FEATURES = 0x01;
    private static final int FEATURES_PORT_AND_DMA = 0b11;
    private static final int DIRECTORY = 0x19;
    private static final int FIRST_FILE = 0x20;
    private static final Set<Integer> OWN_KEYS = Set.of(SIGNATURE, FEATURES, DIRECTORY);
    private static final int MAXIMUM_KEY = 0x3fff;
    private static final int DIRECTORY_ENTRY_SIZE = 64;

    private static final int SELECTOR = 0;
    private static final int DATA = 1;
    private static final int DMA_HIGH = 4;
    private static final int DMA_LOW = 8;

    /** "QEMU CFG", as it stands in the eight ports. */
    private static final long DMA_SIGNATURE = 0x4746_4320_554d_4551L;

    private static final int DMA_ERROR = 1 << 0;
    private static final int DMA_READ = 1 << 1;
    private static final int DMA_SKIP = 1 << 2;
    private static final int DMA_SELECT = 1 << 3;
    private static final int DMA_WRITE = 1 << 4;
    private static final int DMA_KEY_SHIFT = 16;
    private static final int DMA_REQUEST_SIZE = 16;

    /** How much is copied between two looks at whether the thread is interrupted. */
    private static final long DMA_STEP = 1 << 20;

    /** A key that no item has. */
    private static final int NO_KEY = 0xffff;

    private static final MemorySegment NOTHING = MemorySegment.ofArray(new byte[0]);

    /**
     * Where the guest is in reading. The items are no part of it: a device is restored that has the
     * same.
     *
     * @param key of the selected item, 0 to 0xffff
     * @param position of the next byte in it, not negative
     * @param dmaHigh the high half of the address of a request, as far as it is written
     */
    public record State(int key, long position, int dmaHigh) implements DeviceState {

        /** Checks the position. */
        public State {
            if (position < 0) {
                throw new IllegalArgumentException("byte %d of an item".formatted(position));
            }
        }
    }

    private final GuestMemory memory;
    private final Map<Integer, MemorySegment> items;
    private int key = NO_KEY;
    private MemorySegment selected = NOTHING;

    /** At most the length of the selected item. */
    private long position;

    private int dmaHigh;

    private FwCfg(GuestMemory memory, Map<Integer, MemorySegment> items) {
        this.memory = memory;
        this.items = items;
    }

    /**
     * Starts an empty configuration.
     *
     * @return a builder without items
     */
    public static Builder builder() {
        return new Builder();
    }

    /** Collects items and files. */
    public static final class Builder {

        private final Map<Integer, MemorySegment> items = new HashMap<>();
        private final Map<String, byte[]> files = new TreeMap<>();

        private Builder() {}

        /**
         * Adds an item, or replaces it.
         *
         * @param key as {@link #item(int, MemorySegment)} takes it
         * @param contents its bytes
         * @return this builder
         * @throws IllegalArgumentException if there can be no such key
         */
        public Builder item(int key, byte[] contents) {
            return item(key, MemorySegment.ofArray(contents.clone()));
        }

        /**
         * Adds an item, or replaces it, without a copy.
         *
         * @param key 0x02 to 0x3fff, usually one of the constants, but for 0x19, which is the
         *     directory's; files have the others from 0x20 on
         * @param contents its bytes, which any thread can read, and which neither change nor go
         *     away before the guest ends
         * @return this builder
         * @throws IllegalArgumentException if there can be no such key
         */
        public Builder item(int key, MemorySegment contents) {
            if (key < 0 || key > MAXIMUM_KEY || OWN_KEYS.contains(key)) {
                throw new IllegalArgumentException(
                        "no item of fw_cfg can have the key 0x%x".formatted(key));
            }
            items.put(key, contents.asReadOnly());
            return this;
        }

        /**
         * Adds an item of 16 bits.
         *
         * @param key as {@link #item(int, MemorySegment)} takes it
         * @param value its value
         * @return this builder
         * @throws IllegalArgumentException if there can be no such key
         */
        public Builder item16(int key, int value) {
            return item(key, littleEndian(Short.BYTES).putShort((short) value).array());
        }

        /**
         * Adds an item of 64 bits.
         *
         * @param key as {@link #item(int, MemorySegment)} takes it
         * @param value its value
         * @return this builder
         * @throws IllegalArgumentException if there can be no such key
         */
        public Builder item64(int key, long value) {
            return item(key, littleEndian(Long.BYTES).putLong(value).array());
        }

        private static ByteBuffer littleEndian(int size) {
            return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
        }

        /**
         * Adds a file, or replaces it.
         *
         * @param name such as {@code etc/e820}, ASCII, at most {@value #MAXIMUM_NAME_LENGTH}
         *     characters
         * @param contents its bytes
         * @return this builder
         * @throws IllegalArgumentException if the name is too long, empty or not ASCII
         */
        public Builder file(String name, byte[] contents) {
            if (name.isEmpty()
                    || name.length() > MAXIMUM_NAME_LENGTH
                    || !StandardCharsets.US_ASCII.newEncoder().canEncode(name)) {
                throw new IllegalArgumentException(
                        "a file of fw_cfg has a name of 1 to %d ASCII characters: '%s'"
                                .formatted(MAXIMUM_NAME_LENGTH, name));
            }
            files.put(name, contents.clone());
            return this;
        }

        /**
         * Adds a file of 64 bits, or replaces it.
         *
         * @param name such as {@link #SERIAL_CONSOLE_FILE}
         * @param value its value
         * @return this builder
         * @throws IllegalArgumentException as {@link #file} throws it
         */
        public Builder file64(String name, long value) {
            return file(name, littleEndian(Long.BYTES).putLong(value).array());
        }

        /**
         * Makes the device.
         *
         * @param memory where the guest's DMA requests are
         * @return the device with what was added so far
         */
        public FwCfg build(GuestMemory memory) {
            Map<Integer, MemorySegment> all = new HashMap<>(items);
            all.put(SIGNATURE, segment("QEMU".getBytes(StandardCharsets.US_ASCII)));
            all.put(FEATURES, segment(littleEndian(4).putInt(FEATURES_PORT_AND_DMA).array()));
            ByteBuffer directory =
                    ByteBuffer.allocate(Integer.BYTES + files.size() * DIRECTORY_ENTRY_SIZE);
            directory.putInt(files.size());
            int key = FIRST_FILE;
            for (var file : files.entrySet()) {
                while (items.containsKey(key)) {
                    key++;
                }
                int entry = directory.position();
                directory.putInt(file.getValue().length).putShort((short) key).putShort((short) 0);
                directory.put(file.getKey().getBytes(StandardCharsets.US_ASCII));
                directory.position(entry + DIRECTORY_ENTRY_SIZE);
                all.put(key++, segment(file.getValue()));
            }
            all.put(DIRECTORY, segment(directory.array()));
            return new FwCfg(memory, Map.copyOf(all));
        }

        private static MemorySegment segment(byte[] bytes) {
            return MemorySegment.ofArray(bytes).asReadOnly();
        }
    }

    @Override
    public synchronized long read(long offset, int size) {
        if (offset >= DMA_HIGH) {
            return DMA_SIGNATURE >>> (offset - DMA_HIGH) * Byte.SIZE;
        }
        return offset == DATA && size == 1 ? next() : 0;
    }

    private int next() {
        return position < selected.byteSize() ? selected.get(ValueLayout.JAVA_BYTE, position++) : 0;
    }

    @Override
    public synchronized void write(long offset, int size, long value) {
        if (offset == SELECTOR && size == Short.BYTES) {
            select((int) value);
        } else if (offset == DMA_HIGH && size == Integer.BYTES) {
            dmaHigh = Integer.reverseBytes((int) value);
        } else if (offset == DMA_LOW && size == Integer.BYTES) {
            long low = Integer.toUnsignedLong(Integer.reverseBytes((int) value));
            long request = Integer.toUnsignedLong(dmaHigh) << Integer.SIZE | low;
            dmaHigh = 0;
            transfer(request);
        }
        // Other widths are not the device's, and items cannot be written.
    }

    private void select(int newKey) {
        key = newKey;
        selected = items.getOrDefault(key, NOTHING);
        position = 0;
    }

    @Override
    public Class<State> stateType() {
        return State.class;
    }

    @Override
    public synchronized State save() {
        return new State(key, position, dmaHigh);
    }

    @Override
    public synchronized void restore(State state, GuestTime time) {
        select(state.key);
        skip(state.position);
        dmaHigh = state.dmaHigh;
    }

    /** Serves a request, which is big-endian: control, length and address of the target. */
    private void transfer(long request) {
        if (request < 0 || !memory.isWritable(request, DMA_REQUEST_SIZE)) {
            return; // nowhere to say that it failed
        }
        int control = Integer.reverseBytes(memory.getInt(request));
        long length = Integer.toUnsignedLong(Integer.reverseBytes(memory.getInt(request + 4)));
        long target = Long.reverseBytes(memory.getLong(request + 8));
        if ((control & DMA_SELECT) != 0) {
            select(control >>> DMA_KEY_SHIFT);
        }
        boolean done = serve(control, target, length);
        memory.putInt(request, done ? 0 : Integer.reverseBytes(DMA_ERROR));
    }

    private boolean serve(int control, long target, long length) {
        if ((control & DMA_READ) != 0) {
            return copy(target, length);
        }
        if ((control & DMA_WRITE) != 0) {
            return false;
        }
        if ((control & DMA_SKIP) != 0) {
            skip(length);
        }
        return true;
    }

    /**
     * Copies what is left of the item and zeros behind it. The length is the guest's choice, up to
     * 4 GiB: a thread that is interrupted, as its machine's end does, gives up.
     */
    private boolean copy(long target, long length) {
        if (target < 0 || !memory.isWritable(target, length)) {
            return false;
        }
        long done = 0;
        while (done < length && !Thread.currentThread().isInterrupted()) {
            long step = Math.min(DMA_STEP, length - done);
            copyStep(target + done, step);
            done += step;
        }
        return done == length;
    }

    private void copyStep(long target, long length) {
        long left = Math.min(length, selected.byteSize() - position);
        memory.write(target, selected.asSlice(position, left));
        memory.fill(target + left, length - left, (byte) 0);
        skip(length);
    }

    private void skip(long length) {
        position += Math.min(length, selected.byteSize() - position);
    }
}
