package kvm4j.testing.verdict;

import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code test name ... ok} of Rust's own test harness, and {@code name...\t[ok]} of those that
 * kernels bring along. A test's name may be printed before it runs: what it prints then stands
 * between the name and the result.
 */
final class RustVerdicts implements VerdictParser {

    private static final Pattern COUNT = Pattern.compile("[Rr]unning (\\d{1,9}) tests?");

    private static final String DOTS = "...";

    private long announced;
    private long seen;
    private Optional<String> open = Optional.empty();

    @Override
    public boolean accept(String line, Consumer<Verdict> verdicts) {
        Matcher count = COUNT.matcher(line);
        if (count.matches()) {
            announced += Long.parseLong(count.group(1));
            return true;
        }
        int dots = line.indexOf(DOTS);
        if (dots > 0 && isName(line.substring(0, dots))) {
            abandon(verdicts);
            open = Optional.of(nameIn(line.substring(0, dots)));
            lastWord(line.substring(dots + DOTS.length()))
                    .ifPresent(result -> close(result, verdicts));
            return true;
        }
        if (open.isEmpty()) {
            return false;
        }
        Optional<Result> result = Result.of(line.strip());
        result.ifPresent(known -> close(known, verdicts));
        return result.isPresent();
    }

    private static boolean isName(String text) {
        return text.startsWith("test ") || text.contains("::") && text.strip().indexOf(' ') < 0;
    }

    private static String nameIn(String text) {
        return (text.startsWith("test ") ? text.substring("test ".length()) : text).strip();
    }

    /** What a test prints may stand before its result, in the same line. */
    private static Optional<Result> lastWord(String text) {
        String end = text.strip();
        Optional<Result> whole = Result.of(end);
        int blank = Math.max(end.lastIndexOf(' '), end.lastIndexOf('\t'));
        return whole.isPresent() ? whole : Result.of(end.substring(blank + 1));
    }

    private void close(Result result, Consumer<Verdict> verdicts) {
        verdicts.accept(new Verdict(open.orElseThrow(), result.status(), result.detail()));
        seen++;
        open = Optional.empty();
    }

    private void abandon(Consumer<Verdict> verdicts) {
        open.ifPresent(
                _ ->
                        close(
                                new Result(Verdict.Status.FAILED, "it began, and has no result"),
                                verdicts));
    }

    @Override
    public void end(Consumer<Verdict> verdicts) {
        abandon(verdicts);
        if (seen < announced) {
            verdicts.accept(
                    new Verdict(
                            "number of tests",
                            Verdict.Status.FAILED,
                            "%d of %d announced tests have a result".formatted(seen, announced)));
        }
    }

    private record Result(Verdict.Status status, String detail) {

        private static Optional<Result> of(String word) {
            return switch (word) {
                case "ok", "[ok]" -> Optional.of(new Result(Verdict.Status.PASSED, ""));
                case "FAILED", "[failed]" -> Optional.of(new Result(Verdict.Status.FAILED, ""));
                case "ignored", "[skipped]" -> Optional.of(new Result(Verdict.Status.SKIPPED, ""));
                default ->
                        word.startsWith("ignored, ")
                                ? Optional.of(
                                        new Result(
                                                Verdict.Status.SKIPPED,
                                                word.substring("ignored, ".length())))
                                : Optional.empty();
            };
        }
    }
}
