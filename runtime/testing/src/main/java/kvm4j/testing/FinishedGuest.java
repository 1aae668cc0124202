package kvm4j.testing;

import kvm4j.kvm.ExitReason;
import kvm4j.kvm.Vcpu;
import kvm4j.machine.CrashReport;
import kvm4j.machine.Machine;
import kvm4j.machine.Outcome;
import kvm4j.memory.GuestMemory;
import kvm4j.testing.verdict.Verdict;
import kvm4j.x86.Registers;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A guest that has ended: what it printed, how it ended, and what it left in its machine. */
public final class FinishedGuest implements AutoCloseable {

    private final GuestFacts facts;
    private final Machine machine;
    private final Outcome outcome;
    private final Map<Channel, ChannelOutput> outputs;
    private final ExitLog exits;
    private final Duration duration;
    private final List<Verdict> verdicts;
    private final String state;

    FinishedGuest(
            GuestFacts facts,
            Machine machine,
            Outcome outcome,
            Map<Channel, ChannelOutput> outputs,
            ExitLog exits,
            Duration duration) {
        this.facts = facts;
        this.machine = machine;
        this.outcome = outcome;
        this.outputs = outputs;
        this.exits = exits;
        this.duration = duration;
        this.verdicts =
                outputs.values().stream()
                        .flatMap(output -> output.verdicts().end().stream())
                        .toList();
        this.state = stateOfProcessors();
    }

    /** {@return what reports call the guest} */
    public String name() {
        return facts.name();
    }

    /** {@return how it ended} */
    public Outcome outcome() {
        return outcome;
    }

    /** {@return the machine, which does not run any more and is not closed} */
    public Machine machine() {
        return machine;
    }

    /**
     * What the guest printed on COM1.
     *
     * @return all of it, or if that is more than 2 MiB its first and its last, with a line in the
     *     midst that says so
     */
    public String console() {
        return output(Channel.COM1);
    }

    /**
     * What the guest printed.
     *
     * @param channel where
     * @return as of {@link #console()}; nothing for a channel that was not listened to
     */
    public String output(Channel channel) {
        return Optional.ofNullable(outputs.get(channel))
                .map(output -> output.transcript().text())
                .orElse("");
    }

    /** {@return the lines of {@link #console()}, without carriage returns} */
    public List<String> consoleLines() {
        return console().lines().toList();
    }

    /** {@return what the guest said of its own tests, in its order} */
    public List<Verdict> verdicts() {
        return verdicts;
    }

    /** {@return how many exits of each reason there were, of those that there were} */
    public Map<ExitReason, Long> exits() {
        return exits.counts();
    }

    /**
     * How many exits of one reason there were.
     *
     * @param reason the reason
     * @return how many
     */
    public long exits(ExitReason reason) {
        return exits.count(reason);
    }

    /** {@return the time that all vCPUs together spent in the guest, and in the kernel for it} */
    public Duration timeInGuest() {
        return exits.timeInGuest();
    }

    /** {@return the time from start to end} */
    public Duration duration() {
        return duration;
    }

    /** {@return the guest's memory as it left it, until this is closed} */
    public GuestMemory memory() {
        return machine.memory();
    }

    /**
     * The address of a symbol of the image.
     *
     * @param symbol a symbol of an ELF file's symbol table
     * @return its address as it was linked
     * @throws IllegalArgumentException if the image has no such symbol, or none at all
     */
    public long address(String symbol) {
        return new GuestSymbols(MemorySegment.ofArray(facts.image()))
                .find(symbol)
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "the image of " + name() + " has no symbol " + symbol));
    }

    /**
     * The registers of a vCPU as the guest left them.
     *
     * @param vcpu which, from 0
     * @return its registers
     */
    public Registers registers(int vcpu) {
        return machine.onVcpu(vcpu, Vcpu::registers);
    }

    /** {@return the registers of the first vCPU} */
    public Registers registers() {
        return registers(0);
    }

    boolean endedWell() {
        return facts.end().isMetBy(outcome);
    }

    boolean saysSkipped() {
        return facts.end().saysSkipped(outcome);
    }

    boolean exited() {
        return outcome instanceof Outcome.Exited;
    }

    String expectedEnd() {
        return facts.end().describe();
    }

    /** {@return the command that runs the guest by hand, as a shell takes it} */
    public String repeatCommand() {
        return facts.repeatCommand();
    }

    private CrashReport stateOf(int number) {
        return machine.onVcpu(number, vcpu -> CrashReport.of(vcpu, machine.memory()));
    }

    private String stateOfProcessors() {
        Stream<CrashReport> reports =
                switch (outcome) {
                    case Outcome.TimeLimitReached limit -> limit.reports().stream();
                    case Outcome.HostError _ -> Stream.empty();
                    case Outcome other when !other.reports().isEmpty() -> other.reports().stream();
                    default -> Stream.of(stateOf(0));
                };
        StringBuilder text = new StringBuilder();
        if (!facts.missingFeatures().isEmpty()) {
            text.append("KVM does not offer here: ")
                    .append(String.join(", ", facts.missingFeatures()))
                    .append('\n');
        }
        reports.limit(4)
                .forEach(
                        report ->
                                text.append("vCPU ")
                                        .append(report.vcpu())
                                        .append('\n')
                                        .append(report.describe()));
        return text.toString();
    }

    /** {@return all that helps to find out why a test failed} */
    public FailureReport failureReport() {
        List<FailureReport.Printed> printed =
                outputs.entrySet().stream()
                        .map(
                                output ->
                                        FailureReport.Printed.of(
                                                output.getKey(), output.getValue().transcript()))
                        .toList();
        return new FailureReport(
                name(),
                outcome.describe(),
                repeatCommand(),
                printed,
                state,
                exits.last().stream().map(line -> line + "\n").collect(Collectors.joining()));
    }

    /**
     * All that helps to find out why a test failed: the end, the registers and the code at RIP, the
     * last exits, what was printed, and the command that repeats it.
     *
     * @return several lines
     */
    public String report() {
        return failureReport().text();
    }

    /** Gives back what the machine holds. Does nothing the second time. */
    @Override
    public void close() {
        machine.close();
    }
}
