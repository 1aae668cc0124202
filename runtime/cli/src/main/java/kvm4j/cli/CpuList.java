package kvm4j.cli;

import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * CPUs of the host as {@code taskset(1)} and the kernel write them: {@code 0-3,8}.
 *
 * @param cpus their numbers, in the order in which they were given
 */
record CpuList(List<Integer> cpus) {

    private static final Pattern RANGE = Pattern.compile("(\\d{1,4})(?:-(\\d{1,4}))?");

    /**
     * Reads numbers and ranges with commas between them.
     *
     * @throws IllegalArgumentException if it is anything else
     */
    static CpuList parse(String text) {
        return new CpuList(
                Arrays.stream(text.split(",", -1))
                        .flatMapToInt(range -> parseRange(range, text))
                        .boxed()
                        .toList());
    }

    private static IntStream parseRange(String range, String text) {
        Matcher matcher = RANGE.matcher(range);
        if (!matcher.matches()) {
            throw invalid(text);
        }
        int first = Integer.parseInt(matcher.group(1));
        int last = matcher.group(2) == null ? first : Integer.parseInt(matcher.group(2));
        if (last < first) {
            throw invalid(text);
        }
        return IntStream.rangeClosed(first, last);
    }

    private static IllegalArgumentException invalid(String text) {
        return new IllegalArgumentException(
                "'" + text + "' is no list of CPUs; examples: 0, 0-3, 0,2,4-7");
    }

    int[] toArray() {
        return cpus.stream().mapToInt(Integer::intValue).toArray();
    }
}
