package kvm4j.junit.assertj;

import kvm4j.kvm.ExitReason;
import kvm4j.machine.Outcome;
import kvm4j.testing.FinishedGuest;
import kvm4j.testing.verdict.Verdict;
import kvm4j.x86.Registers;

import org.assertj.core.api.AbstractAssert;
import org.assertj.core.api.AbstractDurationAssert;
import org.assertj.core.api.AbstractLongAssert;
import org.assertj.core.api.AbstractStringAssert;
import org.assertj.core.api.Assertions;
import org.assertj.core.api.InstanceOfAssertFactory;
import org.assertj.core.api.ListAssert;

import java.util.function.ToLongFunction;

/**
 * AssertJ's assertions about a guest that has ended: how it ended, and a way to AssertJ's own
 * assertions about its console, exits, memory, registers, times and verdicts.
 *
 * <pre>{@code
 * assertThat(guest).exited(0).console().contains("Hello").doesNotContain("panic");
 * assertThat(guest).exits(ExitReason.IO).isBetween(1L, 100L);
 * }</pre>
 *
 * <p>The {@code assertThat} above is {@link #assertThat(FinishedGuest)}, which may be imported
 * beside AssertJ's own; {@code Assertions.assertThat(guest).asInstanceOf(GUEST)} does without. A
 * module that uses this requires {@code org.assertj.core} by itself.
 *
 * <p>Soft assertions, by {@code SoftAssertions.proxy}, work on the class path. On the module path
 * AssertJ makes a class in this package that needs more of AssertJ than its module exports: {@code
 * --add-exports org.assertj.core/org.assertj.core.api.recursive.assertion=kvm4j.junit}.
 */
@SuppressWarnings("exports") // for those alone who require AssertJ themselves
public class FinishedGuestAssert extends AbstractAssert<FinishedGuestAssert, FinishedGuest> {

    /** For {@code asInstanceOf}. */
    public static final InstanceOfAssertFactory<FinishedGuest, FinishedGuestAssert> GUEST =
            new InstanceOfAssertFactory<>(FinishedGuest.class, FinishedGuestAssert::new);

    /**
     * Assertions about a guest.
     *
     * @param guest the guest
     */
    public FinishedGuestAssert(FinishedGuest guest) {
        super(guest, FinishedGuestAssert.class);
    }

    /**
     * Begins.
     *
     * @param guest what to assert something of
     * @return assertions
     */
    public static FinishedGuestAssert assertThat(FinishedGuest guest) {
        return new FinishedGuestAssert(guest);
    }

    /**
     * It ended with an exit code.
     *
     * @param code the code
     * @return this
     */
    public FinishedGuestAssert exited(int code) {
        isNotNull();
        Outcome expected = new Outcome.Exited(code);
        if (!actual.outcome().equals(expected)) {
            throw failed(expected.describe(), expected);
        }
        return this;
    }

    /**
     * It ended in a certain way.
     *
     * @param kind which
     * @return this
     */
    public FinishedGuestAssert ended(Class<? extends Outcome> kind) {
        isNotNull();
        if (!kind.isInstance(actual.outcome())) {
            throw failed(kind.getSimpleName(), kind);
        }
        return this;
    }

    private AssertionError failed(String described, Object expected) {
        return failureWithActualExpected(
                actual.outcome(),
                expected,
                "%nExpected the end of %s to be:%n  %s%nbut it was:%n  %s",
                actual.name(),
                described,
                actual.outcome().describe());
    }

    /** {@return assertions about all that it printed on COM1} */
    public AbstractStringAssert<?> console() {
        isNotNull();
        return Assertions.assertThat(actual.console())
                .withRepresentation(new ReadableRepresentation())
                .as(named("console"));
    }

    /** {@return assertions about the lines that it printed on COM1, without their ends} */
    public ListAssert<String> consoleLines() {
        isNotNull();
        return Assertions.assertThat(actual.consoleLines())
                .withRepresentation(new ReadableRepresentation())
                .as(named("console"));
    }

    /** {@return assertions about what it reported of its own tests} */
    public ListAssert<Verdict> verdicts() {
        isNotNull();
        return Assertions.assertThat(actual.verdicts()).as(named("verdicts"));
    }

    /**
     * How many exits of a kind it made.
     *
     * @param reason which
     * @return assertions about their number
     */
    public AbstractLongAssert<?> exits(ExitReason reason) {
        isNotNull();
        return Assertions.assertThat(actual.exits(reason)).as(named(reason + " exits"));
    }

    /**
     * What it left in its memory.
     *
     * @param address a guest-physical address
     * @return assertions about the 64 bits there, little-endian
     */
    public AbstractLongAssert<?> memory(long address) {
        isNotNull();
        return Assertions.assertThat(actual.memory().getLong(address))
                .as(named("memory at 0x" + Long.toHexString(address)))
                .inHexadecimal();
    }

    /**
     * What it left in its memory where a symbol of its ELF file is, which is loaded where it was
     * linked.
     *
     * @param symbol the symbol
     * @return assertions about the 64 bits there, little-endian
     * @throws IllegalArgumentException if the image has no such symbol
     */
    public AbstractLongAssert<?> memory(String symbol) {
        isNotNull();
        return Assertions.assertThat(actual.memory().getLong(actual.address(symbol)))
                .as(named("memory at " + symbol))
                .inHexadecimal();
    }

    /**
     * What it left in a register of its first processor.
     *
     * @param register which, such as {@code Registers::rax}
     * @return assertions about its value
     */
    public AbstractLongAssert<?> register(ToLongFunction<Registers> register) {
        isNotNull();
        return Assertions.assertThat(register.applyAsLong(actual.registers()))
                .as(named("register"))
                .inHexadecimal();
    }

    /**
     * How long its vCPUs were in the guest, and in the kernel for it. Other load on the host counts
     * too: for limits that are far away.
     *
     * @return assertions about that time
     */
    public AbstractDurationAssert<?> timeInGuest() {
        isNotNull();
        return Assertions.assertThat(actual.timeInGuest()).as(named("time in the guest"));
    }

    /**
     * What an assertion about a part of the guest is called, behind the guest's own description.
     */
    private String named(String part) {
        String own = descriptionText();
        String name = part + " of " + actual.name();
        return own.isEmpty() ? name : own + ": " + name;
    }
}
