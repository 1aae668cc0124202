package kvm4j.testing.verdict;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The Test Anything Protocol (testanything.org, version 14) and the kernel's dialect KTAP, with
 * tests in tests: these are indented and come before the result that sums them up, which counts
 * where none of them tells of the failure.
 */
final class TapVerdicts implements VerdictParser {

    /** Which lines begin a report. */
    enum Start {
        /** Any line of the protocol. */
        AT_ONCE,
        /** One with the version, the plan or a test's number: {@code ok} alone is any text. */
        ANNOUNCED
    }

    private static final Pattern KERNEL_TIME =
            Pattern.compile("^(?:<\\d{1,3}>)?\\[ *\\d+\\.\\d+\\](?:\\[ *[TC]\\d+\\])? ?");
    private static final Pattern VERSION = Pattern.compile("K?TAP version \\d+");
    private static final Pattern PLAN = Pattern.compile("1\\.\\.(\\d{1,9})(?: *#(.*))?");
    private static final Pattern RESULT =
            Pattern.compile("(not )?ok(?: (\\d{1,9})(?= |$))?(?: ?-(?= ))?(?: (.*))?");
    private static final String SUBTEST = "# Subtest: ";
    private static final String BAIL_OUT = "Bail out!";
    private static final int LONGEST_DETAIL = 4096;
    private static final int DEEPEST = 32;

    private final Deque<Level> levels = new ArrayDeque<>();
    private final StringBuilder remarks = new StringBuilder();
    private boolean announced;
    private boolean inBlock;

    TapVerdicts(Start start) {
        announced = start == Start.AT_ONCE;
    }

    /** Results of the same indentation. */
    private static final class Level {

        private final int indentation;
        private final List<Verdict> verdicts = new ArrayList<>();
        private String name = "";
        private long plan = -1;
        private long results;

        Level(int indentation) {
            this.indentation = indentation;
        }

        void add(Verdict verdict) {
            if (verdicts.size() < VerdictReader.MOST) {
                verdicts.add(verdict);
            }
        }

        void requirePlan() {
            if (plan >= 0 && results != plan) {
                add(
                        new Verdict(
                                "plan",
                                Verdict.Status.FAILED,
                                "%d of %d planned tests have a result".formatted(results, plan)));
            }
        }
    }

    @Override
    public boolean accept(String line, Consumer<Verdict> verdicts) {
        String text = KERNEL_TIME.matcher(line).replaceFirst("");
        String body = text.strip();
        int indentation = text.length() - text.stripLeading().length();
        if (inBlock) {
            return acceptBlock(body);
        }
        if (indentation > DEEPEST) {
            return false;
        }
        Matcher plan = PLAN.matcher(body);
        Matcher result = RESULT.matcher(body);
        if (VERSION.matcher(body).matches()) {
            announced = true;
            level(indentation, verdicts);
        } else if (plan.matches()) {
            announced = true;
            acceptPlan(plan, level(indentation, verdicts));
        } else if (result.matches() && (announced || result.group(2) != null)) {
            announced = true;
            acceptResult(result, indentation, verdicts);
        } else if (announced && body.startsWith(SUBTEST)) {
            level(indentation, verdicts).name = body.substring(SUBTEST.length());
        } else if (announced && body.startsWith(BAIL_OUT)) {
            verdicts.accept(
                    new Verdict(
                            BAIL_OUT,
                            Verdict.Status.FAILED,
                            body.substring(BAIL_OUT.length()).strip()));
        } else if (announced && body.startsWith("#")) {
            remark(body.substring(1).strip());
        } else if (announced && body.equals("---")) {
            inBlock = true;
        } else {
            return false;
        }
        return true;
    }

    /** A YAML block explains the result before it, which may have been handed over already. */
    private boolean acceptBlock(String body) {
        if (body.equals("...")) {
            inBlock = false;
        } else {
            levels.stream()
                    .filter(level -> !level.verdicts.isEmpty())
                    .findFirst()
                    .ifPresent(level -> level.verdicts.set(last(level), explained(level, body)));
        }
        return true;
    }

    private static int last(Level level) {
        return level.verdicts.size() - 1;
    }

    private static Verdict explained(Level level, String more) {
        Verdict verdict = level.verdicts.getLast();
        return verdict.detail().length() + more.length() > LONGEST_DETAIL
                ? verdict
                : new Verdict(verdict.name(), verdict.status(), verdict.detail() + more + "\n");
    }

    private void remark(String text) {
        if (remarks.length() + text.length() < LONGEST_DETAIL) {
            remarks.append(text).append('\n');
        }
    }

    /** The level of an indentation; deeper ones go on until their sum is told. */
    private Level level(int indentation, Consumer<Verdict> verdicts) {
        Level top = levels.peek();
        if (top == null || top.indentation < indentation) {
            top = new Level(indentation);
            levels.push(top);
            return top;
        }
        while (top.indentation > indentation && levels.size() > 1) {
            Level left = levels.pop();
            top = levels.peek();
            hand(left, left.name, top);
        }
        return top;
    }

    private static void hand(Level from, String name, Level to) {
        from.requirePlan();
        for (Verdict verdict : from.verdicts) {
            to.add(name.isEmpty() ? verdict : verdict.within(name));
        }
    }

    private static void acceptPlan(Matcher plan, Level level) {
        level.plan = Long.parseLong(plan.group(1));
        if (level.plan == 0 && plan.group(2) != null) {
            level.add(new Verdict("all tests", Verdict.Status.SKIPPED, plan.group(2).strip()));
        }
    }

    private void acceptResult(Matcher result, int indentation, Consumer<Verdict> verdicts) {
        Verdict own = verdict(result);
        Level parts = null;
        while (!levels.isEmpty() && levels.peek().indentation > indentation) {
            Level deeper = levels.pop();
            if (parts != null) {
                hand(parts, parts.name, deeper);
            }
            parts = deeper;
        }
        Level level = level(indentation, verdicts);
        flush(verdicts);
        level.results++;
        if (parts == null) {
            level.add(own);
            return;
        }
        hand(parts, own.name(), level);
        boolean told =
                parts.verdicts.stream().anyMatch(part -> part.status() == Verdict.Status.FAILED);
        if (parts.verdicts.isEmpty() || own.status() == Verdict.Status.FAILED && !told) {
            level.add(own);
        }
    }

    /** Hands over what no YAML block can explain any more. */
    private void flush(Consumer<Verdict> verdicts) {
        if (levels.size() == 1) {
            Level only = levels.peek();
            only.verdicts.forEach(verdicts);
            only.verdicts.clear();
        }
    }

    private Verdict verdict(Matcher result) {
        String text = result.group(3) == null ? "" : result.group(3);
        int mark = text.indexOf("# ");
        String directive = mark < 0 ? "" : text.substring(mark + 2).strip();
        String name = (mark < 0 ? text : text.substring(0, mark)).strip();
        if (name.isEmpty()) {
            name = "test " + (result.group(2) == null ? "without a number" : result.group(2));
        }
        String word = directive.toUpperCase(Locale.ROOT);
        boolean failed = result.group(1) != null;
        boolean skipped = word.startsWith("SKIP") || word.startsWith("TODO") && failed;
        String said = remarks.toString();
        remarks.setLength(0);
        if (skipped) {
            return new Verdict(name, Verdict.Status.SKIPPED, directive);
        }
        return failed
                ? new Verdict(name, Verdict.Status.FAILED, said + directive)
                : new Verdict(name, Verdict.Status.PASSED, directive);
    }

    @Override
    public void end(Consumer<Verdict> verdicts) {
        while (levels.size() > 1) {
            Level left = levels.pop();
            hand(left, left.name, levels.peek());
        }
        if (!levels.isEmpty()) {
            levels.peek().requirePlan();
            flush(verdicts);
        }
    }
}
