package kvm4j.benchmarks.loop;

import kvm4j.benchmarks.kind.ExitKind;
import kvm4j.linux.CpuSet;
import kvm4j.linux.LinuxException;
import kvm4j.linux.NativeThread;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * The process that measures Java's side of one kind of exit: {@code LoopProcess CPU LAYER KIND}.
 * Its commands and answers are those of the program in C, {@code floor.c}, which describes them.
 */
public final class LoopProcess {

    private final Measurable measurable;
    private final PrintStream answers;

    private LoopProcess(Measurable measurable, PrintStream answers) {
        this.measurable = measurable;
        this.answers = answers;
    }

    /**
     * Measures on command until standard input ends.
     *
     * @param arguments the host's CPU to run on, or -1 for any; the layer's name; the kind's name
     * @throws IOException if the lab has gone
     */
    public static void main(String[] arguments) throws IOException {
        PrintStream answers = new PrintStream(System.out, false, StandardCharsets.US_ASCII);
        try {
            bindTo(Integer.parseInt(arguments[0]));
            Layer layer = Layer.find(arguments[1]).orElseThrow();
            ExitKind kind = ExitKind.find(arguments[2]).orElseThrow();
            try (Measurable measurable = layer.prepare(kind.workload())) {
                new LoopProcess(measurable, answers).obey();
            }
        } catch (LinuxException | IllegalStateException e) {
            answers.println("error " + e.getMessage());
            answers.flush();
        }
    }

    private static void bindTo(int cpu) {
        if (cpu >= 0) {
            NativeThread.current().bindTo(CpuSet.of(cpu));
        }
    }

    private void obey() throws IOException {
        answers.println("ready");
        answers.flush();
        BufferedReader commands =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        for (String line = commands.readLine(); line != null; line = commands.readLine()) {
            String[] words = line.split(" ");
            if (words.length != 3 || !words[0].equals("measure")) {
                throw new IllegalStateException("unknown command '" + line + "'");
            }
            measure(Integer.parseInt(words[1]), Integer.parseInt(words[2]));
            answers.flush();
        }
    }

    private void measure(int groups, int size) throws IOException {
        Measurable.Turn turn = measurable.measure(groups, size);
        ByteBuffer bytes = ByteBuffer.allocate(groups * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asLongBuffer().put(turn.nanoseconds());
        answers.println("measured " + groups + " " + turn.instructions());
        answers.write(bytes.array());
    }
}
