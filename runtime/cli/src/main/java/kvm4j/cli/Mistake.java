package kvm4j.cli;

import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

import java.util.List;
import java.util.Locale;

/** What is wrong with a command line, in the words of a message. */
final class Mistake {

    private Mistake() {}

    /**
     * Says it.
     *
     * @param mistake what the parser found
     * @return a sentence without its end, with what the user may have meant
     */
    static String describe(ParameterException mistake) {
        return mistake instanceof UnmatchedArgumentException unmatched
                ? describe(unmatched)
                : uncapitalized(mistake.getMessage());
    }

    /** It goes on behind kvm4j's name. */
    private static String uncapitalized(String message) {
        return message.substring(0, 1).toLowerCase(Locale.ROOT) + message.substring(1);
    }

    /** The first is the cause: what follows an unknown option may be its value. */
    private static String describe(UnmatchedArgumentException unmatched) {
        String first = unmatched.getUnmatched().getFirst();
        String kind =
                unmatched.isUnknownOption()
                        ? "unknown option"
                        : takesCommand(unmatched) ? "unknown command" : "superfluous argument";
        List<String> suggestions = unmatched.getSuggestions();
        return "%s: '%s'%s"
                .formatted(
                        kind,
                        first,
                        suggestions.isEmpty() ? "" : "; did you mean " + among(suggestions) + "?");
    }

    private static boolean takesCommand(UnmatchedArgumentException unmatched) {
        return !unmatched.getCommandLine().getSubcommands().isEmpty();
    }

    private static String among(List<String> suggestions) {
        return String.join(" or ", suggestions.subList(0, Math.min(2, suggestions.size())));
    }
}
