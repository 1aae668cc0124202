package kvm4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import kvm4j.kvm.ExitReason;
import kvm4j.kvm.Kvm;
import kvm4j.kvm.Vcpu;
import kvm4j.kvm.Vm;

import org.junit.jupiter.api.Test;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

class ExitStatisticsTest {

    private static final int PROCESSORS = 4;
    private static final int EXITS = 2_000_000;

    @Test
    void nothingIsLostBetweenThreads() throws InterruptedException {
        HostKvm.assume();
        ExitStatistics statistics = new ExitStatistics(PROCESSORS);
        try (Kvm kvm = Kvm.open();
                Vm vm = kvm.createVm()) {
            List<Thread> threads = new ArrayList<>();
            for (int id = 0; id < PROCESSORS; id++) {
                Vcpu vcpu = vm.createVcpu(id);
                threads.add(Thread.ofPlatform().start(() -> exit(statistics, vcpu)));
            }
            for (Thread thread : threads) {
                thread.join();
            }
        }
        StringWriter out = new StringWriter();
        statistics.print(Duration.ofSeconds(8), new PrintWriter(out));
        assertEquals(
                """
                exit reason                 count
                IO                        8000000
                MMIO                            4
                total                     8000004 in 8.000000 s, 1.00 us for each
                vCPU 0                    2000001  IO 2000000, MMIO 1
                vCPU 1                    2000001  IO 2000000, MMIO 1
                vCPU 2                    2000001  IO 2000000, MMIO 1
                vCPU 3                    2000001  IO 2000000, MMIO 1
                """,
                out.toString());
    }

    private static void exit(ExitStatistics statistics, Vcpu vcpu) {
        statistics.exited(vcpu, ExitReason.MMIO);
        for (int i = 0; i < EXITS; i++) {
            statistics.exited(vcpu, ExitReason.IO);
        }
    }
}
