package kvm4j.cli;

import kvm4j.guests.Guest;

import picocli.CommandLine.Model.CommandSpec;

import java.io.PrintWriter;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** {@code kvm4j guests}: lists the guests that come with kvm4j. */
final class GuestsCommand implements Runnable {

    static final String NAME = "guests";

    private final CommandSpec spec = CommandSpec.wrapWithoutInspection(this).name(NAME);

    CommandSpec spec() {
        spec.usageMessage()
                .header("Lists the guests that come with kvm4j.")
                .exitCodeList(ExitStatus.of("they are listed"))
                .description(
                        "Each can be run by its name. Its parameters are shown with their defaults;"
                                + " a count of 0 is endless.");
        return spec;
    }

    @Override
    public void run() {
        PrintWriter out = spec.commandLine().getOut();
        int width = Stream.of(Guest.values()).mapToInt(g -> g.guestName().length()).max().orElse(0);
        for (Guest guest : Guest.values()) {
            out.println(
                    guest.guestName()
                            + " ".repeat(2 + width - guest.guestName().length())
                            + guest.description());
            if (!guest.parameters().isEmpty()) {
                out.println(" ".repeat(2 + width) + defaults(guest));
            }
        }
        out.flush();
    }

    /** As one would type them. */
    private static String defaults(Guest guest) {
        return IntStream.range(0, guest.parameters().size())
                .mapToObj(i -> "--param " + guest.parameters().get(i) + "=" + value(guest, i))
                .collect(Collectors.joining(" "));
    }

    private static String value(Guest guest, int parameter) {
        long value = guest.defaults().get(parameter);
        boolean isPlace = !guest.parameters().get(parameter).equals("count") && value > 0x100;
        return isPlace ? "0x%x".formatted(value) : Long.toString(value);
    }
}
