package kvm4j.testing.suite;

import kvm4j.testing.cpu.QemuCpu;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * QEMU's options, of which those are understood that say what {@link UnitTest} can give a guest.
 *
 * @param words options and their values
 */
record QemuOptions(List<String> words) {

    private static final Pattern MEMORY = Pattern.compile("(?:size=)?(\\d+[A-Za-z]?)(?:,.*)?");
    private static final Pattern SPLIT = Pattern.compile("(?:.*,)?kernel[-_]irqchip=split(?:,.*)?");

    /** What every guest of a list gets. */
    private static final Set<String> DEVICES =
            Set.of("pc-testdev", "isa-debug-exit", "pci-testdev");

    /** The amount of memory, as QEMU takes it. */
    Optional<String> memory() {
        return last(values("-m"))
                .map(MEMORY::matcher)
                .filter(Matcher::matches)
                .map(matcher -> matcher.group(1));
    }

    /** The kernel's command line. */
    Optional<String> append() {
        return last(values("-append"));
    }

    /** The processor. */
    Optional<QemuCpu> cpu() {
        return last(values("-cpu")).map(QemuCpu::parse);
    }

    /** Whether the interrupt controllers but the local ones are not the kernel's. */
    boolean splitsIrqchip() {
        return Stream.concat(values("-machine"), values("-M"))
                .anyMatch(value -> SPLIT.matcher(value).matches());
    }

    /** A device that we have not. */
    Optional<String> foreignDevice() {
        return values("-device")
                .map(value -> value.split(",", 2)[0])
                .filter(device -> !DEVICES.contains(device))
                .findFirst();
    }

    private Stream<String> values(String option) {
        return IntStream.range(1, words.size())
                .filter(
                        i ->
                                words.get(i - 1).equals(option)
                                        || words.get(i - 1).equals("-" + option))
                .mapToObj(words::get);
    }

    private static Optional<String> last(Stream<String> values) {
        return values.reduce((_, later) -> later);
    }
}
