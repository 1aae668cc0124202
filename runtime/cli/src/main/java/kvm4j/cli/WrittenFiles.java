package kvm4j.cli;

import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The files that options of a command have written. None may be one that is read, which a slip of
 * the fingers would cost a user, nor may two things be written to one.
 *
 * @param all which
 */
record WrittenFiles(List<Written> all) {

    private static final Set<String> READ = Set.of("--initrd", "--kernel", "--option-rom");
    private static final Set<String> WRITTEN =
            Set.of("--jfr", "--json", "--timeline", "--chrome-trace", "--junit");
    private static final String SNAPSHOT = "--snapshot-at";
    private static final String SERIAL = "--serial";
    private static final String SERIAL_FILE = "file:";

    /**
     * A file that is written.
     *
     * @param option which option says so
     * @param file the file
     */
    record Written(String option, Path file) {}

    /** What a command line names. */
    static WrittenFiles of(ParseResult parsed) {
        List<Written> all = new ArrayList<>();
        for (OptionSpec option : parsed.matchedOptions()) {
            String name = option.longestName();
            List<String> values = option.originalStringValues();
            String last = values.isEmpty() ? "" : values.getLast();
            if (WRITTEN.contains(name) || name.equals(SNAPSHOT)) {
                all.add(new Written(name, Path.of(last)));
            } else if (name.equals(SERIAL) && last.startsWith(SERIAL_FILE)) {
                all.add(new Written(name, Path.of(last.substring(SERIAL_FILE.length()))));
            }
        }
        return new WrittenFiles(all);
    }

    /** The same without the snapshot, which replaces one that is gone on from as a whole. */
    WrittenFiles withoutSnapshot() {
        return new WrittenFiles(all.stream().filter(one -> !one.option.equals(SNAPSHOT)).toList());
    }

    /**
     * Looks whether they are files of their own.
     *
     * @param parsed the command line, whose options name files that are read
     * @param image that is read, too
     * @throws IllegalArgumentException if they are not
     */
    void requireApart(ParseResult parsed, String image) {
        requireUnread(image);
        for (OptionSpec option : parsed.matchedOptions()) {
            if (READ.contains(option.longestName())) {
                option.originalStringValues().forEach(this::requireUnread);
            }
        }
        for (int i = 0; i < all.size(); i++) {
            for (Written other : all.subList(0, i)) {
                if (areOne(all.get(i).file, other.file)) {
                    throw new IllegalArgumentException(
                            "%s and %s have one file: %s"
                                    .formatted(other.option, all.get(i).option, other.file));
                }
            }
        }
    }

    /**
     * Looks whether none is a file that is read.
     *
     * @param name the file's name
     * @throws IllegalArgumentException if one is
     */
    void requireUnread(String name) {
        for (Written written : all) {
            if (areOne(written.file, path(name))) {
                throw new IllegalArgumentException(
                        written.option + " would overwrite " + name + ", which is read");
            }
        }
    }

    private static Path path(String name) {
        try {
            return Path.of(name);
        } catch (InvalidPathException none) {
            return Path.of("");
        }
    }

    /** Devices and pipes have room for all. */
    private static boolean areOne(Path one, Path other) {
        try {
            return Files.exists(one)
                    ? Files.isRegularFile(one)
                            && Files.exists(other)
                            && Files.isSameFile(one, other)
                    : one.toAbsolutePath().normalize().equals(other.toAbsolutePath().normalize());
        } catch (IOException e) {
            return false; // whoever opens it is told
        }
    }
}
