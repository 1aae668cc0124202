package kvm4j.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The command that runs a guest by hand, as a shell takes it. */
final class RepeatCommand {

    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_./:=,@%+-]+");

    private final List<String> words = new ArrayList<>(List.of("kvm4j", "run"));

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
