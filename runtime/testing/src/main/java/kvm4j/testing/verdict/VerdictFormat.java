package kvm4j.testing.verdict;

import java.util.List;
import java.util.function.Supplier;

/** How a guest tells of its own tests. */
public enum VerdictFormat {
    /** Any of the others, even several at once. */
    ANY(
            () ->
                    List.of(
                            new RustVerdicts(),
                            new KvmUnitTestVerdicts(),
                            new TapVerdicts(TapVerdicts.Start.ANNOUNCED))),

    /** Not at all: what the guest prints is text. */
    NONE(List::of),

    /** {@code PASS: name}, {@code FAIL: name}, {@code SKIP: name}, as of kvm-unit-tests. */
    KVM_UNIT_TESTS(() -> List.of(new KvmUnitTestVerdicts())),

    /** The Test Anything Protocol, version 12 to 14, and KTAP, as of KUnit and kselftest. */
    TAP(() -> List.of(new TapVerdicts(TapVerdicts.Start.AT_ONCE))),

    /** {@code test name ... ok} and {@code name...\t[ok]}, as of Rust's test frameworks. */
    RUST(() -> List.of(new RustVerdicts()));

    private final Supplier<List<VerdictParser>> parsers;

    VerdictFormat(Supplier<List<VerdictParser>> parsers) {
        this.parsers = parsers;
    }

    List<VerdictParser> parsers() {
        return parsers.get();
    }
}
