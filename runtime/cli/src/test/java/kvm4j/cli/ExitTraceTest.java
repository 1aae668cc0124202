package kvm4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.kvm.ExitReason;
import kvm4j.kvm.Kvm;
import kvm4j.kvm.Vcpu;
import kvm4j.kvm.Vm;

import org.junit.jupiter.api.Test;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

class ExitTraceTest {

    private static final int PROCESSORS = 3;
    private static final int EXITS = 500;

    private static final Pattern LINE =
            Pattern.compile("\\[ *(\\d+\\.\\d{6})] vcpu (\\d) rip 0xfff0 HLT");

    @Test
    void linesOfSeveralProcessorsStayWholeAndInOrder() throws InterruptedException {
        HostKvm.assume();
        StringWriter out = new StringWriter();
        ExitTrace trace = new ExitTrace(new PrintWriter(out));
        try (Kvm kvm = Kvm.open();
                Vm vm = kvm.createVm()) {
            List<Thread> threads = new ArrayList<>();
            for (int id = 0; id < PROCESSORS; id++) {
                Vcpu vcpu = vm.createVcpu(id);
                threads.add(Thread.ofPlatform().start(() -> exit(trace, vcpu)));
            }
            for (Thread thread : threads) {
                thread.join();
            }
        }
        int[] lines = new int[PROCESSORS];
        double last = 0;
        for (String line : out.toString().lines().toList()) {
            Matcher matcher = LINE.matcher(line);
            assertTrue(matcher.matches(), line);
            double time = Double.parseDouble(matcher.group(1));
            assertTrue(time >= last, line);
            last = time;
            lines[Integer.parseInt(matcher.group(2))]++;
        }
        assertEquals(List.of(EXITS, EXITS, EXITS), List.of(lines[0], lines[1], lines[2]));
    }

    private static void exit(ExitTrace trace, Vcpu vcpu) {
        for (int i = 0; i < EXITS; i++) {
            trace.exited(vcpu, ExitReason.HLT);
        }
    }
}
