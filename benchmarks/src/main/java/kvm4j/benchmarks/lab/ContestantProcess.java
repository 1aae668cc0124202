package kvm4j.benchmarks.lab;

import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A contestant's process, which measures on command: {@code floor.c} describes commands and
 * answers. One that does not answer in time is ended.
 */
public final class ContestantProcess implements AutoCloseable {

    /** A JVM may take its time to start on an emulated host. */
    private static final Duration START = Duration.ofSeconds(60);

    private static final Duration TURN = Duration.ofSeconds(30);

    private static final String NO_WORD = "it ended without a word";

    private final String name;
    private final Process process;
    private final OutputStream commands;
    private final DataInputStream answers;
    private final CompletableFuture<String> complaint;

    /**
     * What groups of operations took.
     *
     * @param nanoseconds of each group
     * @param instructions of user space in all of them, or -1 where nothing counts them
     */
    record Measured(long[] nanoseconds, long instructions) {}

    private ContestantProcess(String name, Process process) {
        this.name = name;
        this.process = process;
        this.commands = process.getOutputStream();
        this.answers = new DataInputStream(new BufferedInputStream(process.getInputStream()));
        this.complaint =
                CompletableFuture.supplyAsync(() -> firstLine(process), Thread::startVirtualThread);
    }

    private static String firstLine(Process process) {
        try (BufferedReader errors = process.errorReader()) {
            List<String> lines = errors.lines().toList();
            return lines.isEmpty() ? NO_WORD : lines.getFirst();
        } catch (IOException | UncheckedIOException e) {
            return NO_WORD;
        }
    }

    /**
     * Starts one.
     *
     * @param name what messages call it
     * @param command what to start
     * @return the process
     * @throws LabException if it does not start
     */
    public static ContestantProcess start(String name, List<String> command) throws LabException {
        try {
            return new ContestantProcess(name, new ProcessBuilder(command).start());
        } catch (IOException e) {
            throw new LabException(name + " does not start: " + e.getMessage(), e);
        }
    }

    /** {@return its number} */
    public long number() {
        return process.pid();
    }

    /**
     * Waits until a program that takes no commands writes something, for 60 s at most.
     *
     * @throws LabException if it does not, or ends
     */
    public void awaitOutput() throws LabException {
        await(answers::readByte, START);
    }

    /** Ends the process at once, and waits until it has ended. Does nothing the second time. */
    public void kill() {
        process.destroyForcibly();
        process.onExit().join();
    }

    /**
     * Waits until the process can take commands, for 60 s at most.
     *
     * @throws LabException if it cannot measure what it is to measure
     */
    public void awaitReady() throws LabException {
        answer("ready", START);
    }

    /**
     * Takes the time of operations.
     *
     * @param groups how many groups of them to time
     * @param size how many operations are in a group
     * @return what they took
     * @throws LabException if the process failed
     */
    Measured measure(int groups, int size) throws LabException {
        return measure(groups, size, TURN);
    }

    /**
     * Makes sure that the guest does what it should, by a first operation or two.
     *
     * @param patience how long to wait for them
     * @throws LabException if the process failed, or the guest does not come back
     */
    void attempt(Duration patience) throws LabException {
        measure(1, 1, patience);
    }

    private Measured measure(int groups, int size, Duration patience) throws LabException {
        send("measure " + groups + " " + size);
        String[] numbers = answer("measured", patience).split(" ");
        byte[] bytes = new byte[Integer.parseInt(numbers[0]) * Long.BYTES];
        try {
            answers.readFully(bytes);
        } catch (IOException e) {
            throw failed(e);
        }
        long[] times = new long[bytes.length / Long.BYTES];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asLongBuffer().get(times);
        return new Measured(times, Long.parseLong(numbers[1]));
    }

    private void send(String command) throws LabException {
        try {
            commands.write((command + "\n").getBytes(StandardCharsets.US_ASCII));
            commands.flush();
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private String answer(String expected, Duration patience) throws LabException {
        String line = await(this::readLine, patience);
        if (line.startsWith("error ")) {
            throw new LabException(line.substring("error ".length()));
        }
        if (!line.startsWith(expected)) {
            throw new LabException(name + " answered '" + line + "', not " + expected);
        }
        return line.substring(expected.length()).strip();
    }

    /** What is read of the process. */
    private interface Reading<T> {
        T read() throws IOException;
    }

    private <T> T await(Reading<T> reading, Duration patience) throws LabException {
        AtomicBoolean late = new AtomicBoolean();
        CompletableFuture<?> end =
                CompletableFuture.runAsync(
                        () -> {
                            late.set(true);
                            process.destroyForcibly();
                        },
                        CompletableFuture.delayedExecutor(
                                patience.toMillis(),
                                TimeUnit.MILLISECONDS,
                                Thread::startVirtualThread));
        try {
            return reading.read();
        } catch (IOException e) {
            throw late.get()
                    ? new LabException("no answer within " + patience.toSeconds() + " s", e)
                    : failed(e);
        } finally {
            end.cancel(false);
        }
    }

    private String readLine() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int next = answers.readByte(); next != '\n'; next = answers.readByte()) {
            line.write(next);
        }
        return line.toString(StandardCharsets.UTF_8);
    }

    private LabException failed(IOException cause) {
        String words = complaint.completeOnTimeout(NO_WORD, 2, TimeUnit.SECONDS).join();
        process.destroyForcibly();
        return new LabException(name + " is gone: " + words, cause);
    }

    /** Ends the process, gently first. Does nothing the second time. */
    @Override
    public void close() {
        try {
            commands.close();
            if (!process.waitFor(2, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (IOException e) {
            process.destroyForcibly();
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
