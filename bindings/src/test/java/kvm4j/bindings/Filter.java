package kvm4j.bindings;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/** The names that one argument file tells jextract to take. */
record Filter(List<Entry> entries) {

    private static final Pattern ARGUMENT = Pattern.compile("--include-(\\w+) (\\w+)");

    /**
     * One name.
     *
     * @param kind jextract's word for it: constant, function, struct, union or typedef
     * @param name the name in C
     */
    record Entry(String kind, String name) {

        /** How C spells the name where a type is wanted. */
        String cType() {
            return kind.equals("typedef") ? name : kind + " " + name;
        }
    }

    static Filter read(Path file) {
        try (var lines = Files.lines(file)) {
            return new Filter(
                    lines.map(ARGUMENT::matcher)
                            .filter(line -> line.matches())
                            .map(line -> new Entry(line.group(1), line.group(2)))
                            .toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    List<Entry> constants() {
        return entries.stream().filter(entry -> entry.kind.equals("constant")).toList();
    }

    List<Entry> functions() {
        return entries.stream().filter(entry -> entry.kind.equals("function")).toList();
    }

    List<Entry> types() {
        return entries.stream()
                .filter(entry -> List.of("struct", "union", "typedef").contains(entry.kind))
                .toList();
    }
}
