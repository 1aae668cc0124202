package kvm4j.outsider;

import java.util.stream.Stream;

/** What machines' threads do, as anybody in the process can see. */
final class VcpuThreads {

    private VcpuThreads() {}

    /** Waits until the first vCPU is in the guest, or just before. */
    static void awaitGuest() throws InterruptedException {
        while (Thread.getAllStackTraces().keySet().stream().noneMatch(VcpuThreads::isInGuest)) {
            Thread.sleep(1);
        }
    }

    private static boolean isInGuest(Thread thread) {
        return thread.getName().equals("kvm4j-vcpu-0")
                && Stream.of(thread.getStackTrace())
                        .anyMatch(frame -> frame.getMethodName().equals("tryIoctl"));
    }
}
