package kvm4j.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.boot.FlatImage;
import kvm4j.kvm.NeedsKvm;
import kvm4j.linux.CpuSet;
import kvm4j.linux.NativeThread;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A vCPU on a thread that another vCPU has left finds no trace of that one. */
@NeedsKvm
class SpareThreadsTest {

    /** mov $5, %al; out %al, $0xf4. */
    private static final byte[] EXIT_5 = HexFormat.of().parseHex("b005e6f4");

    private static MachineBuilder machine() {
        return Machine.builder().memory(1 << 20).image(new FlatImage(EXIT_5));
    }

    private static void run(MachineBuilder builder) {
        try (Machine machine = builder.build()) {
            assertEquals(new Outcome.Exited(5), machine.run());
        }
    }

    private static void runOnThread(Runnable preparation, MachineBuilder builder) throws Exception {
        Thread thread =
                Thread.ofPlatform()
                        .start(
                                () -> {
                                    preparation.run();
                                    run(builder);
                                });
        thread.join();
    }

    @Test
    void oneThreadServesOneMachineAfterTheOther() {
        Set<Thread> threads = ConcurrentHashMap.newKeySet();
        for (int i = 0; i < 100; i++) {
            run(machine().observer((vcpu, reason) -> threads.add(Thread.currentThread())));
        }
        assertTrue(threads.size() < 100, () -> threads.size() + " threads");
        assertTrue(
                threads.stream().map(Thread::getName).allMatch("kvm4j-vcpu-0"::equals),
                threads::toString);
    }

    @Test
    void itRunsWhereTheThreadMayThatStartedTheMachine() throws Exception {
        CpuSet all = NativeThread.current().cpus();
        int first = all.stream().min().orElseThrow();
        int last = all.stream().max().orElseThrow();
        List<CpuSet> seen = new ArrayList<>();
        MachineBuilder builder =
                machine().observer((vcpu, reason) -> seen.add(NativeThread.current().cpus()));
        runOnThread(() -> NativeThread.current().bindTo(CpuSet.of(first)), builder);
        runOnThread(() -> NativeThread.current().bindTo(CpuSet.of(last)), builder);
        run(builder);
        runOnThread(() -> {}, machine().pin(last).observer((vcpu, reason) -> {}));
        run(builder);
        assertEquals(List.of(CpuSet.of(first), CpuSet.of(last), all, all), seen);
    }

    @Test
    void itFindsTheClassesOfTheThreadThatStartedTheMachine() throws Exception {
        ClassLoader other = new ClassLoader() {};
        List<ClassLoader> seen = new ArrayList<>();
        MachineBuilder builder =
                machine()
                        .observer(
                                (vcpu, reason) ->
                                        seen.add(Thread.currentThread().getContextClassLoader()));
        runOnThread(() -> Thread.currentThread().setContextClassLoader(other), builder);
        run(builder);
        assertEquals(List.of(other, Thread.currentThread().getContextClassLoader()), seen);
    }

    @Test
    void itIsNotInterruptedForTheOneBefore() {
        run(machine().observer((vcpu, reason) -> Thread.currentThread().interrupt()));
        List<Boolean> seen = new ArrayList<>();
        run(machine().observer((vcpu, reason) -> seen.add(Thread.interrupted())));
        assertFalse(seen.contains(true));
    }

    @Test
    @SuppressWarnings("try") // closed by another machine's thread is what is tested
    void itIsNoThreadOfTheMachineThatItHasLeft() {
        try (Machine one = machine().build()) {
            one.run();
            for (int i = 0; i < 10; i++) {
                run(machine().observer((vcpu, reason) -> one.close()));
            }
        }
    }
}
