package kvm4j.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import kvm4j.device.InterruptLine;
import kvm4j.device.Serial16550;

import org.junit.jupiter.api.Test;

import java.io.InputStream;
import java.io.OutputStream;
import java.util.concurrent.locks.ReentrantLock;

class ConsoleInputTest {

    /** What {@link Machine#start()} makes an outcome of. */
    @Test
    void aThreadThatThereIsNotIsAFailureOfThisPart() {
        Error noThread = new OutOfMemoryError("unable to create native thread");
        var serial = new Serial16550(OutputStream.nullOutputStream(), InterruptLine.UNCONNECTED);
        var console =
                new ConsoleInput(
                        InputStream.nullInputStream(),
                        serial,
                        new ReentrantLock(),
                        task ->
                                new Thread(task) {
                                    @Override
                                    public void start() {
                                        throw noThread;
                                    }
                                });
        var failure = assertThrows(PartFailure.class, console::start);
        assertEquals(new Outcome.HostError("console input", noThread), failure.outcome());
    }
}
