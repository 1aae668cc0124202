package kvm4j.cli;

import kvm4j.linux.StandardInput;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;

/** Where the process starts. */
public final class Main {

    private Main() {}

    /**
     * Runs one command and ends the process with its {@linkplain ExitStatus exit status}.
     *
     * @param arguments the command and its arguments
     */
    public static void main(String[] arguments) {
        Console console =
                new Console(
                        new StandardInput(),
                        new BufferedOutputStream(new FileOutputStream(FileDescriptor.out)),
                        new FileOutputStream(FileDescriptor.err));
        System.exit(KvmCommand.commandLine(console).execute(arguments));
    }
}
