package org.example.kernel;

import static kvm4j.junit.GuestAssertions.assertThat;

import kvm4j.junit.Guest;
import kvm4j.junit.GuestMatrix;
import kvm4j.junit.GuestTests;
import kvm4j.junit.RequiresKvm;
import kvm4j.machine.IrqchipMode;
import kvm4j.testing.GuestSetup;

import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;

import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;

/** The kernel on many machines, and each test that it makes of itself. */
@RequiresKvm
class KernelIT {

    @GuestMatrix(
            cpus = {1, 2},
            irqchip = {IrqchipMode.KERNEL, IrqchipMode.SPLIT},
            memory = {"16M", "1G"})
    void boots(@Guest(path = "target/kernels/kernel.elf") GuestSetup setup) {
        assertThat(setup.run()).exited(0);
    }

    @TestFactory
    Stream<DynamicNode> testsItself() {
        return GuestTests.in(
                Path.of("target/kernels"), guest -> guest.timeout(Duration.ofSeconds(5)));
    }
}
