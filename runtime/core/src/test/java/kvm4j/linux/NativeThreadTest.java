package kvm4j.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;

class NativeThreadTest {

    @Test
    void eachThreadHasAnIdOfItsOwn() {
        NativeThread here = NativeThread.current();
        assertEquals(here, NativeThread.current());
        assertNotEquals(here, CompletableFuture.supplyAsync(NativeThread::current).join());
    }

    @Test
    void aThreadThatEndedIsLeftAlone() throws InterruptedException {
        var thread = new CompletableFuture<NativeThread>();
        Thread.ofPlatform().start(() -> thread.complete(NativeThread.current())).join();
        thread.join().interrupt();
        assertThrows(LinuxException.class, () -> gone(thread.join()).cpus());
    }

    /** The kernel takes the thread away some time after it is joined. */
    private static NativeThread gone(NativeThread thread) {
        while (true) {
            try {
                thread.cpus();
                Thread.onSpinWait();
            } catch (LinuxException e) {
                return thread;
            }
        }
    }

    /** The JVM allocates, collects and compiles on a thread that is interrupted all the time. */
    @Test
    void interruptsDoNotDisturbTheJvm() {
        var thread = new CompletableFuture<NativeThread>();
        var worker =
                CompletableFuture.supplyAsync(
                        () -> {
                            thread.complete(NativeThread.current());
                            long sum = 0;
                            for (int i = 0; i < 500; i++) {
                                List<Integer> garbage = new ArrayList<>();
                                for (int j = 0; j < 500; j++) {
                                    garbage.add(i ^ j);
                                }
                                sum += garbage.stream().mapToInt(Integer::intValue).sum();
                            }
                            return sum;
                        });
        for (int i = 0; i < 500; i++) {
            thread.join().interrupt();
            LockSupport.parkNanos(50_000); // a storm without a pause would let it do nothing else
        }
        assertTrue(worker.join() > 0);
    }

    @Test
    void aThreadIsBoundAndFreed() {
        NativeThread thread = NativeThread.current();
        CpuSet all = thread.cpus();
        int first = all.stream().findFirst().orElseThrow();
        try {
            thread.bindTo(CpuSet.of(first));
            assertEquals(CpuSet.of(first), thread.cpus());
        } finally {
            thread.bindTo(all);
        }
        assertEquals(all, thread.cpus());
        assertThrows(LinuxException.class, () -> thread.bindTo(CpuSet.of(CpuSet.CAPACITY - 1)));
    }

    @Test
    void setsOfCpus() {
        CpuSet set = CpuSet.of(3, 70, 3);
        assertEquals(2, set.size());
        assertTrue(set.contains(70));
        assertFalse(set.contains(4));
        assertFalse(set.contains(-1));
        assertEquals("CPUs {3, 70}", set.toString());
        assertEquals(CpuSet.of(70, 3).hashCode(), set.hashCode());
        assertThrows(IllegalArgumentException.class, CpuSet::of);
        assertThrows(IllegalArgumentException.class, () -> CpuSet.of(-1));
        assertThrows(IllegalArgumentException.class, () -> CpuSet.of(CpuSet.CAPACITY));
    }
}
