package kvm4j.testing;

import kvm4j.kvm.Kvm;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The command that runs a guest by hand, as a shell takes it. */
final class RepeatCommand {

    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_./:=,@%+-]+");

    private final List<String> words = new ArrayList<>(List.of("kvm4j", "run"));

    private RepeatCommand() {}

    /** With all that is said of a guest, but for its image. */
    static RepeatCommand of(GuestDescription guest) {
        RepeatCommand command = new RepeatCommand();
        if (!guest.device().equals(Kvm.DEVICE)) {
            command.add("--kvm-device", guest.device().toString());
        }
        long memory = guest.memory();
        command.add("-m", memory % (1 << 20) == 0 ? (memory >> 20) + "M" : memory + "B");
        if (guest.cpus() > 1) {
            command.add("--cpus", Integer.toString(guest.cpus()));
        }
        guest.cpu().ifPresent(model -> command.add("--cpu", model.toString()));
        guest.irqchip().ifPresent(mode -> command.add("--irqchip", lower(mode)));
        guest.format().ifPresent(known -> command.add("--format", lower(known)));
        if (guest.testDevice()) {
            command.add("--device", "pc-testdev");
        }
        if (guest.end().device() == GuestEnd.ExitDevice.QEMU) {
            command.add("--device", "isa-debug-exit");
        }
        if (guest.channels().contains(Channel.DEBUG_PORT)) {
            command.add("--device", "debugcon");
        }
        if (!guest.append().isEmpty()) {
            command.add("--append", guest.append());
        }
        guest.parameters().forEach((key, value) -> command.add("--param", key + "=" + value));
        return command.add("--timeout", Quantity.text(guest.timeout()));
    }

    private static String lower(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    RepeatCommand add(String... more) {
        words.addAll(List.of(more));
        return this;
    }

    private static String quoted(String word) {
        return PLAIN.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
    }

    @Override
    public String toString() {
        return words.stream().map(RepeatCommand::quoted).collect(Collectors.joining(" "));
    }
}
