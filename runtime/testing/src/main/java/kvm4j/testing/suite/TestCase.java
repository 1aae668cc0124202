package kvm4j.testing.suite;

import kvm4j.testing.GuestSetup;

import java.util.Optional;
import java.util.function.Supplier;

/**
 * One guest of a suite.
 *
 * @param name what reports call it, unlike all others of the suite
 * @param setup describes the guest; asked once for each attempt, on the thread that runs it
 * @param skipped why it is not run; nothing if it is
 */
public record TestCase(String name, Supplier<GuestSetup> setup, Optional<String> skipped) {}
