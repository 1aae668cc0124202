package kvm4j.device;

import java.util.function.Consumer;

/**
 * pvpanic: the port by which a guest kernel says that it has crashed (QEMU, docs/specs/pvpanic). A
 * read gives the events that the device understands; a write reports one or more.
 */
public final class PanicDevice implements ByteDevice, StatelessDevice {

    /** Where guests look for it. */
    public static final int PORT = 0x505;

    /** What a guest can report. */
    public enum Event {
        /** The kernel has panicked. */
        PANICKED,

        /** The kernel has panicked, and a crash kernel takes over to write a dump. */
        CRASH_KERNEL_STARTS;

        private int bit() {
            return 1 << ordinal();
        }
    }

    private static final Event[] EVENTS = Event.values();
    private static final int SUPPORTED = (1 << EVENTS.length) - 1;

    private final Consumer<Event> onEvent;

    /**
     * Makes the device.
     *
     * @param onEvent gets each event, on the thread of the vCPU that reports it
     */
    public PanicDevice(Consumer<Event> onEvent) {
        this.onEvent = onEvent;
    }

    @Override
    public int readByte(int offset) {
        return SUPPORTED;
    }

    @Override
    public void writeByte(int offset, int value) {
        for (Event event : EVENTS) {
            if ((value & event.bit()) != 0) {
                onEvent.accept(event);
            }
        }
    }
}
