package kvm4j.machine;

import kvm4j.linux.EventFd;

import java.util.ArrayList;
import java.util.List;

/** The events that a machine's peripherals asked for. */
final class EventFds implements AutoCloseable {

    private final List<EventFd> events = new ArrayList<>();
    private boolean closed;

    /** Makes another one. */
    synchronized EventFd create() {
        if (closed) {
            throw new IllegalStateException("the machine is closed");
        }
        EventFd event = EventFd.create();
        events.add(event);
        return event;
    }

    @Override
    public synchronized void close() {
        closed = true;
        events.forEach(EventFd::close);
    }
}
