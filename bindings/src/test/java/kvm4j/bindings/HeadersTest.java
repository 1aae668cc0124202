package kvm4j.bindings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.bindings.kvm.KvmUapi;
import kvm4j.bindings.libc.Libc;
import kvm4j.bindings.perf.PerfEvent;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Holds the bindings against this host: against its headers, by its C compiler, and against its
 * libc.
 *
 * <p>The system property {@code kvm4j.headers} names an include directory to compare with in place
 * of the installed kernel headers.
 */
class HeadersTest {

    private static final Pattern BINDINGS_VERSION =
            Pattern.compile("linux (\\d+)\\.(\\d+)\\.(\\d+).*");
    private static final String PERF_FLAG = "PERF_ATTR_FLAG_";

    @TempDir private Path directory;

    /** What jextract is given, and what it made of that. */
    enum Header {
        KVM(KvmUapi.class),
        LIBC(Libc.class),
        PERF(PerfEvent.class);

        private final GeneratedPackage generated;

        Header(Class<?> generated) {
            this.generated = new GeneratedPackage(generated);
        }

        private Path source(String extension) {
            return Path.of("src/main/jextract", name().toLowerCase(Locale.ROOT) + extension);
        }

        private Filter filter() {
            return Filter.read(source(".args"));
        }

        private List<Claim> claims() {
            List<Claim> claims = generated.claims(filter().types());
            return this == PERF
                    ? Stream.concat(claims.stream(), perfFlags(claims)).toList()
                    : claims;
        }
    }

    @ParameterizedTest
    @EnumSource
    void everyNameOfTheFilterIsGenerated(Header header) {
        Filter filter = header.filter();
        assertAgree(filter.constants(), header.generated.constants());
        assertAgree(filter.functions(), header.generated.functions());
        assertAgree(filter.types(), header.generated.types());
    }

    @ParameterizedTest
    @EnumSource
    void everyFunctionIsInLibc(Header header) {
        for (String function : header.generated.functions()) {
            assertNotEquals(0, header.generated.address(function).address(), function);
        }
    }

    @ParameterizedTest
    @EnumSource
    void everyNumberIsTheCompilers(Header header) throws IOException, InterruptedException {
        HeaderProbe probe = new HeaderProbe(directory, header.source(".h"));
        String headers = System.getProperty("kvm4j.headers");
        if (headers != null) {
            assertTrue(Files.exists(Path.of(headers, "linux/kvm.h")), headers);
            probe.include(Path.of(headers));
            probe.include(Path.of(headers, "x86_64-linux-gnu"));
        }
        probe.obstacle().ifPresent(HeadersTest::skip);

        List<Claim> claims = header.claims();
        Map<String, Long> values = probe.evaluate(claims.stream().map(Claim::expression).toList());
        long headerVersion =
                probe.evaluate(List.of("LINUX_VERSION_CODE")).values().iterator().next();
        long bindingsVersion = bindingsVersion();
        Comparison comparison = new Comparison(claims, values, headerVersion > bindingsVersion);

        System.out.printf(
                "%s: Linux %d.%d.%d headers know %d of %d numbers; %d names are lacking: %s%n",
                header,
                headerVersion >> 16,
                headerVersion >> 8 & 0xff,
                headerVersion & 0xff,
                comparison.known(),
                claims.size(),
                comparison.lacking().size(),
                String.join(", ", comparison.lacking()));
        assertEquals(List.of(), comparison.mismatches());
        if (headerVersion == bindingsVersion && header != Header.LIBC) {
            assertEquals(Set.of(), comparison.lacking(), "lacking in the bindings' own header");
        }
    }

    /** Claims the masks that stand in for bit-fields: what C sets is what they select. */
    private static Stream<Claim> perfFlags(List<Claim> claims) {
        return claims.stream()
                .filter(claim -> claim.member().startsWith(PERF_FLAG))
                .map(
                        claim -> {
                            String field =
                                    claim.member()
                                            .substring(PERF_FLAG.length())
                                            .toLowerCase(Locale.ROOT);
                            String expression =
                                    """
                                    ({ struct perf_event_attr attr = {.%s = 1}; __u64 word; \
                                    memcpy(&word, (char *) &attr + PERF_ATTR_FLAGS_OFFSET, 8); \
                                    word; })\
                                    """
                                            .formatted(field);
                            return new Claim(
                                    Claim.Kind.CONSTANT,
                                    "struct perf_event_attr",
                                    field,
                                    expression,
                                    claim.value());
                        });
    }

    private static long bindingsVersion() throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("HEADERS"))) {
            return lines.map(BINDINGS_VERSION::matcher)
                    .filter(line -> line.matches())
                    .mapToLong(
                            line ->
                                    Long.parseLong(line.group(1)) << 16
                                            | Long.parseLong(line.group(2)) << 8
                                            | Long.parseLong(line.group(3)))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private static void skip(String reason) {
        System.out.println("skipped: " + reason);
        Assumptions.abort(reason);
    }

    private static void assertAgree(List<Filter.Entry> entries, Set<String> generated) {
        Set<String> wanted = entries.stream().map(Filter.Entry::name).collect(Collectors.toSet());
        assertEquals(Set.of(), without(wanted, generated), "in the filter alone");
        assertEquals(Set.of(), without(generated, wanted), "in the bindings alone");
    }

    private static Set<String> without(Set<String> names, Set<String> others) {
        Set<String> rest = new TreeSet<>(names);
        rest.removeAll(others);
        return rest;
    }
}
