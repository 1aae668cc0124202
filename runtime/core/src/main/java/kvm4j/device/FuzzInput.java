package kvm4j.device;

import kvm4j.memory.GuestMemory;

import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * The port at which a guest asks for the input that it is fuzzed with. It is a convention of guests
 * that run under test, not a device of any real machine.
 *
 * <p>The guest writes 32 bits to {@link #PORT}: the guest-physical address of a descriptor of three
 * 64-bit little-endian words, which are the guest-physical address of a buffer, its capacity in
 * bytes, and the length of the input, 0 for now. When it goes on, the input is in the buffer and
 * its length in the descriptor, which nobody else changes: a guest on a machine without the port
 * has an input of no bytes. A guest that asks once more says by that that it has done with the
 * input, and that all was well.
 *
 * <p>This device has one input, for a guest that is run with it once.
 */
public final class FuzzInput implements BusDevice {

    /** Where guests look for it. */
    public static final int PORT = 0xf8;

    /** How many ports the device takes. */
    public static final int PORTS = Integer.BYTES;

    private final GuestMemory memory;
    private final byte[] input;
    private final Runnable onAnother;
    private boolean asked;

    /**
     * Makes the device.
     *
     * @param memory the guest's
     * @param input what the guest gets, as far as its buffer has room
     * @param onAnother run when the guest asks once more, on the thread of the vCPU that does
     */
    public FuzzInput(GuestMemory memory, byte[] input, Runnable onAnother) {
        this.memory = memory;
        this.input = input.clone();
        this.onAnother = onAnother;
    }

    /**
     * What a guest asks for: an input in a buffer of its own.
     *
     * @param descriptor the guest-physical address of the descriptor
     * @param buffer the guest-physical address of the buffer
     * @param capacity how many bytes the buffer has room for
     */
    public record Request(long descriptor, long buffer, long capacity) {

        private static final int WORDS = 3 * Long.BYTES;

        /**
         * Reads a descriptor.
         *
         * @param memory the guest's
         * @param descriptor what the guest wrote to the port
         * @return the request; nothing if the descriptor or the buffer is not in memory that the
         *     guest can write to
         */
        public static Optional<Request> of(GuestMemory memory, long descriptor) {
            if (!memory.isWritable(descriptor, WORDS)) {
                return Optional.empty();
            }
            long buffer = memory.getLong(descriptor);
            long capacity = memory.getLong(descriptor + Long.BYTES);
            return capacity >= 0 && memory.isWritable(buffer, capacity)
                    ? Optional.of(new Request(descriptor, buffer, capacity))
                    : Optional.empty();
        }

        /**
         * How much of an input the guest gets.
         *
         * @param input the input
         * @return how many bytes of it, from its first on
         */
        public int room(byte[] input) {
            return (int) Math.min(input.length, capacity);
        }

        /**
         * Gives the guest an input.
         *
         * @param memory the guest's, in which the request was
         * @param input the input, of which it gets what {@linkplain #room there is room for}
         */
        public void answer(GuestMemory memory, byte[] input) {
            int length = room(input);
            if (length > 0) {
                memory.write(buffer, MemorySegment.ofArray(input).asSlice(0, length));
            }
            memory.putLong(descriptor + 2 * Long.BYTES, length);
        }
    }

    @Override
    public long read(long offset, int size) {
        return -1;
    }

    @Override
    public void write(long offset, int size, long value) {
        if (offset == 0 && size == Integer.BYTES) {
            answer(value);
        }
    }

    private synchronized void answer(long descriptor) {
        if (asked) {
            onAnother.run();
        } else {
            asked = true;
            Request.of(memory, descriptor).ifPresent(request -> request.answer(memory, input));
        }
    }
}
