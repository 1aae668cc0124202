package kvm4j.junit;

import kvm4j.kvm.ExitReason;
import kvm4j.machine.Outcome;
import kvm4j.testing.FinishedGuest;
import kvm4j.testing.ReadableText;
import kvm4j.x86.Registers;

import org.opentest4j.AssertionFailedError;

import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import java.util.regex.Pattern;

/**
 * Assertions about a guest that has ended: each throws an {@link AssertionFailedError} or answers
 * itself.
 */
public final class GuestAssert {

    private final FinishedGuest guest;

    GuestAssert(FinishedGuest guest) {
        this.guest = guest;
    }

    /**
     * It ended with an exit code.
     *
     * @param code the code
     * @return this
     */
    public GuestAssert exited(int code) {
        Outcome expected = new Outcome.Exited(code);
        return require(
                guest.outcome().equals(expected),
                "end",
                expected.describe(),
                guest.outcome().describe());
    }

    /**
     * It ended in a certain way.
     *
     * @param kind which
     * @return this
     */
    public GuestAssert ended(Class<? extends Outcome> kind) {
        return require(
                kind.isInstance(guest.outcome()),
                "end",
                kind.getSimpleName(),
                guest.outcome().describe());
    }

    /**
     * It printed a text on COM1.
     *
     * @param text what
     * @return this
     */
    public GuestAssert consoleContains(String text) {
        return require(
                guest.console().contains(text),
                "console",
                "contains \"" + text + "\"",
                guest.console());
    }

    /**
     * It did not print a text on COM1.
     *
     * @param text what
     * @return this
     */
    public GuestAssert consoleDoesNotContain(String text) {
        return require(
                !guest.console().contains(text),
                "console",
                "does not contain \"" + text + "\"",
                guest.console());
    }

    /**
     * Something that it printed on COM1 has a form.
     *
     * @param pattern a regular expression, found anywhere
     * @return this
     */
    public GuestAssert consoleMatches(String pattern) {
        return require(
                Pattern.compile(pattern).matcher(guest.console()).find(),
                "console",
                "matches " + pattern,
                guest.console());
    }

    /**
     * It printed these lines on COM1, and no others.
     *
     * @param lines the lines, without their ends
     * @return this
     */
    public GuestAssert consoleLines(String... lines) {
        return require(
                guest.consoleLines().equals(List.of(lines)),
                "console",
                String.join("\n", lines),
                String.join("\n", guest.consoleLines()));
    }

    /**
     * It made as many exits of a kind.
     *
     * @param reason which
     * @param count how many
     * @return this
     */
    public GuestAssert exits(ExitReason reason, long count) {
        return require(guest.exits(reason) == count, reason + " exits", count, guest.exits(reason));
    }

    /**
     * It made exits of a kind, and not more than so many.
     *
     * @param reason which
     * @param least the least number
     * @param most the greatest number
     * @return this
     */
    public GuestAssert exitsBetween(ExitReason reason, long least, long most) {
        long actual = guest.exits(reason);
        return require(
                actual >= least && actual <= most,
                reason + " exits",
                least + " to " + most,
                actual);
    }

    /**
     * It left 64 bits, little-endian, in its memory.
     *
     * @param address their guest-physical address
     * @param value what they are
     * @return this
     */
    public GuestAssert memory(long address, long value) {
        long actual = guest.memory().getLong(address);
        return require(
                actual == value,
                "memory at 0x" + Long.toHexString(address),
                "0x" + Long.toHexString(value),
                "0x" + Long.toHexString(actual));
    }

    /**
     * It left 64 bits, little-endian, in its memory where a symbol of its ELF file is, which is
     * loaded where it was linked.
     *
     * @param symbol the symbol
     * @param value what they are
     * @return this
     * @throws IllegalArgumentException if the image has no such symbol
     */
    public GuestAssert memory(String symbol, long value) {
        return memory(guest.address(symbol), value);
    }

    /**
     * It left a value in a register of its first processor.
     *
     * @param register which, such as {@code Registers::rax}
     * @param value the value
     * @return this
     */
    public GuestAssert register(ToLongFunction<Registers> register, long value) {
        long actual = register.applyAsLong(guest.registers());
        return require(
                actual == value,
                "register",
                "0x" + Long.toHexString(value),
                "0x" + Long.toHexString(actual));
    }

    /**
     * Its vCPUs spent less time in the guest, and in the kernel for it. Other load on the host
     * counts too: for limits that are far away.
     *
     * @param limit less than this
     * @return this
     */
    public GuestAssert timeInGuestLessThan(Duration limit) {
        return require(
                guest.timeInGuest().compareTo(limit) < 0,
                "time in the guest",
                "less than " + limit,
                guest.timeInGuest());
    }

    /**
     * It is as a condition says.
     *
     * @param what the condition in words
     * @param condition the condition
     * @return this
     */
    public GuestAssert is(String what, Predicate<? super FinishedGuest> condition) {
        return require(condition.test(guest), guest.name(), what, guest.outcome().describe());
    }

    private GuestAssert require(boolean met, String what, Object expected, Object actual) {
        if (met) {
            return this;
        }
        throw new AssertionFailedError(
                "%s of %s ==> expected: <%s> but was: <%s>"
                        .formatted(
                                what,
                                guest.name(),
                                expected,
                                ReadableText.end(String.valueOf(actual))),
                expected,
                actual);
    }
}
