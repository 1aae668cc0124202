package kvm4j.cli;

import kvm4j.kvm.Kvm;
import kvm4j.linux.NativeAccess;
import kvm4j.linux.StandardInput;
import kvm4j.linux.StandardOutput;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;

/**
 * The process's own standard streams, opened on a thread of their own: to make the first native
 * calls takes Java as long as to read the command line, which another thread does meanwhile.
 */
final class StandardConsole implements Supplier<Console> {

    private final MessageOutput messages;

    /** Initializes Java's classes for native memory: two threads at it could wait forever. */
    private final FutureTask<Void> permission = new FutureTask<>(NativeAccess::require, null);

    private final FutureTask<Console> opening;

    private StandardConsole(MessageOutput messages) {
        this.messages = messages;
        opening =
                new FutureTask<>(
                        () -> new Console(new StandardInput(), new StandardOutput(), messages));
    }

    /**
     * Begins to open them.
     *
     * @param messages standard error
     */
    static StandardConsole open(MessageOutput messages) {
        StandardConsole console = new StandardConsole(messages);
        Thread.ofPlatform().name("kvm4j-start").daemon().start(console::prepare);
        return console;
    }

    /** Whoever makes a call that cannot be linked is told when it does. */
    private void prepare() {
        permission.run();
        opening.run();
        new FutureTask<>(NativeAccess::link, null).run();
    }

    /**
     * Waits until they are open, and prepares meanwhile what else a machine needs.
     *
     * @throws UnsatisfiedLinkError as {@link NativeAccess#require()} throws it
     */
    @Override
    public Console get() {
        try {
            permission.get();
            Kvm.prepare();
            Console console = opening.get();
            messages.nativeCallsAreReady();
            return console;
        } catch (ExecutionException failure) {
            switch (failure.getCause()) {
                case Error error -> throw error;
                case RuntimeException exception -> throw exception;
                default -> throw new AssertionError(failure);
            }
        } catch (InterruptedException impossible) {
            throw new AssertionError(impossible);
        }
    }
}
