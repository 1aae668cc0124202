package kvm4j.cli;

import kvm4j.guests.Guest;

import picocli.CommandLine.Model.CommandSpec;

import java.io.PrintWriter;
import java.util.stream.Stream;

/** {@code kvm4j guests}: lists the guests that come with kvm4j. */
final class GuestsCommand implements Runnable {

    private final CommandSpec spec = CommandSpec.wrapWithoutInspection(this).name("guests");

    CommandSpec spec() {
        spec.usageMessage()
                .header("Lists the guests that come with kvm4j.")
                .description("Each can be run by its name, with values for its parameters.");
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
                out.println(
                        " ".repeat(2 + width)
                                + "--param "
                                + String.join("=N --param ", guest.parameters())
                                + "=N");
            }
        }
        out.flush();
    }
}
