package kvm4j.cli.doctor;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The host's memory, and whether guests can have it in huge pages. */
final class HostMemory {

    private static final String MEMINFO = "proc/meminfo";
    private static final String TRANSPARENT = "sys/kernel/mm/transparent_hugepage/enabled";
    private static final String POOLS = "sys/kernel/mm/hugepages/";

    private static final Pattern SELECTED = Pattern.compile("\\[(\\w+)]");
    private static final Pattern KIBIBYTES = Pattern.compile("(\\d+) ?kB");

    private HostMemory() {}

    static List<Finding> findings(HostFiles files) {
        List<Finding> findings = new ArrayList<>();
        findings.add(
                Finding.note(
                        Topic.MEMORY,
                        "size",
                        mebibytes(files, "MemTotal")
                                + " MiB, "
                                + mebibytes(files, "MemAvailable")
                                + " MiB available"));
        findings.add(transparentHugePages(files));
        for (String pool : files.names(POOLS)) {
            findings.add(pool(files, pool));
        }
        return findings;
    }

    private static String mebibytes(HostFiles files, String key) {
        return files.value(MEMINFO, key)
                .map(KIBIBYTES::matcher)
                .filter(Matcher::matches)
                .map(matcher -> Long.toString(Long.parseLong(matcher.group(1)) >> 10))
                .orElse("?");
    }

    private static Finding transparentHugePages(HostFiles files) {
        String subject = "transparent huge pages";
        String mode =
                files.text(TRANSPARENT)
                        .map(SELECTED::matcher)
                        .filter(Matcher::find)
                        .map(matcher -> matcher.group(1))
                        .orElse("not in this kernel");
        return switch (mode) {
            case "always" -> Finding.ok(Topic.MEMORY, subject, "always");
            case "madvise" ->
                    Finding.note(
                            Topic.MEMORY,
                            subject,
                            "on request (madvise), which kvm4j does not make: guests with much"
                                    + " memory fault less after: echo always | sudo tee /"
                                    + TRANSPARENT);
            default ->
                    Finding.warning(
                            Topic.MEMORY,
                            subject,
                            mode,
                            "guests with much memory fault less after: echo always | sudo tee /"
                                    + TRANSPARENT);
        };
    }

    private static Finding pool(HostFiles files, String pool) {
        Matcher size = KIBIBYTES.matcher(pool);
        String page = size.find() ? (Long.parseLong(size.group(1)) >> 10) + " MiB" : pool;
        return Finding.note(
                Topic.MEMORY,
                "huge pages of " + page,
                files.text(POOLS + pool + "/nr_hugepages").orElse("?")
                        + " reserved, "
                        + files.text(POOLS + pool + "/free_hugepages").orElse("?")
                        + " free");
    }
}
