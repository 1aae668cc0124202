package kvm4j.cli;

import jdk.jfr.Configuration;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Recording;

import kvm4j.machine.Machine;
import kvm4j.machine.MachineBuilder;
import kvm4j.trace.jfr.MachineEvents;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.ParseException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeoutException;

/**
 * What JDK Flight Recorder records while guests run: kvm4j's events, and those of the JVM that it
 * records by default. Written to a file when this is closed, or before a signal ends the process.
 */
final class EventRecording implements Watch {

    private final Path file;
    private final Recording recording;
    private final EndBySignal signals = new EndBySignal(this::finish);
    private volatile Machine machine;
    private boolean written;

    private EventRecording(Path file, Recording recording) {
        this.file = file;
        this.recording = recording;
    }

    /**
     * Starts to record.
     *
     * @param file where to write it, once all is recorded
     * @throws Failure if it cannot be written there, or this JVM records nothing
     */
    static EventRecording to(Path file) {
        if (!FlightRecorder.isAvailable()) {
            throw unavailable();
        }
        requireWritable(file);
        EventRecording recording = new EventRecording(file, start());
        recording.signals.await();
        return recording;
    }

    /** For a Java that has no recorder. */
    static Failure unavailable() {
        return new Failure(
                ExitStatus.UNAVAILABLE,
                "this Java has no Flight Recorder (module jdk.jfr): run kvm4j without --jfr, or on"
                        + " a JDK, which has one");
    }

    private static void requireWritable(Path file) {
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            throw new Failure(
                    ExitStatus.CANNOT_CREATE, "cannot write " + file + ": it is no regular file");
        }
        try {
            OutputFile.create(file).close();
        } catch (IOException e) {
            throw notWritten(file, e);
        }
    }

    private static Recording start() {
        Recording recording = new Recording(settings());
        try {
            recording.setName("kvm4j");
            MachineEvents.names().forEach(recording::enable);
            recording.start();
            return recording;
        } catch (Throwable failure) {
            recording.close();
            throw failure;
        }
    }

    /** A runtime that was put together without the JDK's settings has kvm4j's events alone. */
    private static Map<String, String> settings() {
        try {
            return Configuration.getConfiguration("default").getSettings();
        } catch (IOException | ParseException none) {
            return new HashMap<>();
        }
    }

    @Override
    public void watch(MachineBuilder builder) {
        builder.machineObserver(MachineEvents::new);
    }

    /** A signal ends this machine before the recording is written. */
    @Override
    public void isOf(Machine target) {
        machine = target;
    }

    /** Does not return once a signal ends the process. */
    @Override
    public void ended() {
        signals.yieldIfArrived();
    }

    /** Ends the guest, so that its end is recorded, and writes what is recorded. */
    private void finish() {
        Machine last = machine;
        if (last != null) {
            last.stop();
            awaitEnd(last);
        }
        write();
    }

    private static void awaitEnd(Machine machine) {
        try {
            machine.await(Machine.LONGEST_END.plus(Duration.ofMillis(100)));
        } catch (InterruptedException | TimeoutException stuck) {
            // what is known is written all the same
        }
    }

    /** Once; whoever comes second finds it done. */
    private synchronized void write() {
        if (written) {
            return;
        }
        written = true;
        try (recording) {
            recording.stop();
            recording.dump(file);
        } catch (IOException e) {
            throw notWritten(file, e);
        }
    }

    private static Failure notWritten(Path file, IOException e) {
        return new Failure(
                ExitStatus.HOST_ERROR, "cannot write " + file + ": " + e.getMessage(), e);
    }

    @Override
    public void close() {
        signals.close();
        write();
    }
}
