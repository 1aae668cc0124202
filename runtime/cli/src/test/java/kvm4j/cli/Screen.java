package kvm4j.cli;

import kvm4j.linux.PseudoTerminal;
import kvm4j.linux.TerminalSettings;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;

/** A terminal with somebody at it, for a child to run at. */
final class Screen implements AutoCloseable {

    private static final long PATIENCE_MILLIS = 60_000;

    private final PseudoTerminal terminal = PseudoTerminal.open();

    /** As a shell does, so that nothing is reset between two programs. */
    private final InputStream keptOpen;

    private final StringBuffer text = new StringBuffer();

    Screen() throws IOException {
        keptOpen = Files.newInputStream(terminal.path());
        Thread.ofPlatform().name("screen").daemon().start(this::show);
    }

    private void show() {
        try {
            int next = terminal.input().read();
            while (next >= 0) {
                text.append((char) next);
                next = terminal.input().read();
            }
        } catch (IOException e) {
            text.append("(" + e + ")");
        }
    }

    File file() {
        return terminal.path().toFile();
    }

    TerminalSettings settings() {
        return terminal.settings();
    }

    void apply(TerminalSettings settings) {
        terminal.apply(settings);
    }

    /** What stands on it. */
    String text() {
        return text.toString();
    }

    void type(String keys) throws IOException {
        terminal.output().write(keys.getBytes(StandardCharsets.ISO_8859_1));
    }

    void awaitText(String expected) throws InterruptedException {
        long deadline = System.currentTimeMillis() + PATIENCE_MILLIS;
        while (!text().contains(expected)) {
            if (System.currentTimeMillis() > deadline) {
                throw new AssertionError("not on the screen: " + expected + "; but: " + text());
            }
            Thread.sleep(5);
        }
    }

    void awaitSettings(TerminalSettings expected) throws InterruptedException {
        long deadline = System.currentTimeMillis() + PATIENCE_MILLIS;
        while (!settings().equals(expected)) {
            if (System.currentTimeMillis() > deadline) {
                throw new AssertionError("still " + settings() + ", not " + expected);
            }
            Thread.sleep(5);
        }
    }

    @Override
    public void close() throws IOException {
        keptOpen.close();
        terminal.close();
    }
}
