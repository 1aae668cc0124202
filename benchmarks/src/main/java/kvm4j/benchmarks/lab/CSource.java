package kvm4j.benchmarks.lab;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;

/** A source that this module carries along and compiles with the host's compiler. */
enum CSource {
    /** The loops in C. */
    FLOOR("floor.c"),
    /** What a program costs. */
    USAGE("usage.c"),
    /** The firmware for QEMU. */
    ENTRY("entry.S");

    /** What C programs are compiled with. */
    static final List<String> OPTIONS = List.of("-O2", "-std=gnu17", "-pthread");

    private final String file;

    CSource(String file) {
        this.file = file;
    }

    Path copyTo(Path folder) throws IOException {
        Path copy = folder.resolve(file);
        try (InputStream resource = CSource.class.getResourceAsStream(file)) {
            Files.copy(resource, copy, StandardCopyOption.REPLACE_EXISTING);
        }
        return copy;
    }

    /**
     * Makes a program of it.
     *
     * @param folder where it goes
     * @return the program
     * @throws LabException if the host has no compiler, or it does not like the source
     * @throws IOException if the folder cannot be written
     */
    Path compileIn(Path folder) throws LabException, IOException {
        Path source = copyTo(folder);
        Path program = folder.resolve(file.substring(0, file.lastIndexOf('.')));
        List<String> command = new ArrayList<>(List.of("cc"));
        command.addAll(OPTIONS);
        command.addAll(List.of("-o", program.toString(), source.toString()));
        CommandOutput.require(command);
        return program;
    }
}
