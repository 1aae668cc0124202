package kvm4j.machine;

import kvm4j.device.Serial16550;

import org.slf4j.LoggerFactory;

import java.io.InputStream;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.locks.Lock;

/** The thread that carries the host's input to the guest's serial port. */
final class ConsoleInput {

    private final InputStream input;
    private final Serial16550 serial;
    private final Lock hostAccess;
    private final Thread thread;
    private volatile boolean stopped;

    ConsoleInput(InputStream input, Serial16550 serial, Lock hostAccess) {
        this(
                input,
                serial,
                hostAccess,
                Thread.ofPlatform().name("kvm4j-console").daemon().factory());
    }

    ConsoleInput(InputStream input, Serial16550 serial, Lock hostAccess, ThreadFactory threads) {
        this.hostAccess = hostAccess;
        this.input = input;
        this.serial = serial;
        this.thread = threads.newThread(this::carry);
    }

    /**
     * Starts the thread.
     *
     * @throws PartFailure if the system has no more threads to give
     */
    void start() {
        try {
            thread.start();
        } catch (Throwable noThread) {
            throw new PartFailure("console input", noThread);
        }
    }

    /** Ends the thread, unless it waits in a read, after which it ends. */
    void stop() {
        stopped = true;
        thread.interrupt();
    }

    private void carry() {
        try {
            int next = input.read();
            while (next >= 0) {
                receive((byte) next);
                next = input.read();
            }
        } catch (Throwable failure) {
            // The guest gets no more input, as if nobody typed; one that has ended wants none.
            if (!stopped) {
                LoggerFactory.getLogger(Machine.class).warn("no more console input", failure);
            }
        }
    }

    private void receive(byte typed) throws InterruptedException {
        while (!offer(typed)) {
            serial.awaitRoom();
        }
    }

    private boolean offer(byte typed) {
        hostAccess.lock();
        try {
            return serial.offer(typed);
        } finally {
            hostAccess.unlock();
        }
    }
}
