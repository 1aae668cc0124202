package kvm4j.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * What a guest prints where a CI's runner reads it and obeys: GitHub's takes {@code ::command::} at
 * the start of a line for one, behind blanks too, and {@code ##[command]} anywhere; others {@code
 * ##vso[} and {@code ##teamcity[}. One character of each becomes its escape, {@code \x3a} or {@code
 * \x5b}; all else is as the guest printed it, at once.
 */
final class RunnerOutput extends OutputStream {

    private static final byte[] COLON = {'\\', 'x', '3', 'a'};
    private static final byte[] BRACKET = {'\\', 'x', '5', 'b'};
    private static final byte[] NONE = {};

    private final OutputStream target;

    /** Whether the line has nothing yet but blanks, which may be of several bytes, or a colon. */
    private boolean atStart = true;

    /** Whether there are two hashes before, and behind them at most what may be in a name. */
    private boolean afterHashes;

    private byte before = '\n';

    /**
     * Output that is no command.
     *
     * @param target where it goes; closed with this
     */
    RunnerOutput(OutputStream target) {
        this.target = target;
    }

    /**
     * A guest's output, made harmless where a runner may read it.
     *
     * @param target where it goes
     * @param descriptor whose number that has in this process
     * @param environment the process's
     * @return the target itself where no runner is, or where it goes to a terminal or a file
     */
    static OutputStream guard(
            OutputStream target, int descriptor, Map<String, String> environment) {
        return isWatched(environment) && mayBeRead(descriptor) ? new RunnerOutput(target) : target;
    }

    private static boolean isWatched(Map<String, String> environment) {
        return "true".equals(environment.get("GITHUB_ACTIONS"))
                || environment.containsKey("TF_BUILD")
                || environment.containsKey("TEAMCITY_VERSION");
    }

    /** A runner has the other end of a pipe, or whoever it started. */
    private static boolean mayBeRead(int descriptor) {
        try {
            Path link = Path.of("/proc/self/fd", Integer.toString(descriptor));
            return !Files.readSymbolicLink(link).isAbsolute();
        } catch (IOException unknown) {
            return true;
        }
    }

    @Override
    public void write(int value) throws IOException {
        write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        int written = offset;
        for (int i = offset; i < offset + length; i++) {
            byte[] escape = escape(bytes[i]);
            if (escape.length > 0) {
                target.write(bytes, written, i - written);
                target.write(escape);
                written = i + 1;
            }
        }
        target.write(bytes, written, offset + length - written);
    }

    /** What stands for the next character; nothing if it may be what it is. */
    private byte[] escape(byte character) {
        byte last = before;
        before = character;
        switch (character) {
            case '\n', '\r' -> {
                atStart = true;
                afterHashes = false;
            }
            case ':' -> {
                afterHashes = false;
                boolean commands = atStart && last == ':';
                atStart &= !commands;
                return commands ? COLON : NONE;
            }
            case '#' -> {
                atStart = false;
                afterHashes = last == '#';
            }
            case '[' -> {
                atStart = false;
                boolean commands = afterHashes;
                afterHashes = false;
                return commands ? BRACKET : NONE;
            }
            default -> {
                atStart &= last != ':' && (character <= ' ' || character == 0x7f);
                afterHashes &= Character.isLetterOrDigit(character) || character == '_';
            }
        }
        return NONE;
    }

    @Override
    public void flush() throws IOException {
        target.flush();
    }

    @Override
    public void close() throws IOException {
        target.close();
    }
}
