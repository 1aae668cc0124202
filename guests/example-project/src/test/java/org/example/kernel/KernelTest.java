package org.example.kernel;

import static kvm4j.junit.GuestAssertions.assertThat;

import kvm4j.junit.Guest;
import kvm4j.junit.RequiresKvm;
import kvm4j.kvm.ExitReason;
import kvm4j.testing.FinishedGuest;
import kvm4j.testing.RunningGuest;

import org.junit.jupiter.api.Test;

/** What the kernel does on one machine. */
@RequiresKvm
class KernelTest {

    private static final String KERNEL = "target/kernels/kernel.elf";

    @Test
    void greetsTheWorld(@Guest(path = KERNEL, timeout = "5s") FinishedGuest guest) {
        assertThat(guest).exited(0).consoleContains("Hello, world!\n");
    }

    @Test
    void readsItsCommandLine(@Guest(path = KERNEL, append = "name=Zoë") FinishedGuest guest) {
        assertThat(guest).exited(0).consoleContains("Hello, Zoë!\n");
    }

    @Test
    void readsWhatIsTyped(@Guest(path = KERNEL, append = "ask") RunningGuest guest) {
        guest.await("Who is there? ").type("Zoë\n").await("Hello, Zoë!");
        assertThat(guest.finish()).exited(0);
    }

    @Test
    void countsItsTestsInMemory(@Guest(path = KERNEL) FinishedGuest guest) {
        assertThat(guest)
                .memory("passed", guest.verdicts().size())
                .memory("failed", 0)
                .exitsBetween(ExitReason.IO, 1, 1000);
    }
}
