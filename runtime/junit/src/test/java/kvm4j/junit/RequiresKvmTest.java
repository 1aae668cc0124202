package kvm4j.junit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.kvm.Capability;
import kvm4j.testing.FinishedGuest;
import kvm4j.testing.GuestSetup;
import kvm4j.testing.HostKvm;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

class RequiresKvmTest {

    private static final Map<String, String> NO_DEVICE =
            Map.of("kvm4j.device", "/no/kvm", "kvm4j.kvm.required", "false");

    @Test
    void withoutKvmTestsAreSkippedWithTheRemedy() {
        Engine result = Engine.run(Plain.class, NO_DEVICE);
        assertEquals(List.of(), result.names());
        String reason = result.skipped().getFirst();
        assertTrue(reason.contains("ENOENT") && reason.contains("load kvm_intel"), reason);
    }

    @Test
    void withoutKvmTestsFailWhereThereHasToBe() {
        Engine result =
                Engine.run(
                        Plain.class,
                        Map.of("kvm4j.device", "/no/kvm", "kvm4j.kvm.required", "true"));
        assertEquals(1, result.failures().size());
    }

    @Test
    void whatIsNeitherTrueNorFalseIsNoAnswer() {
        Engine result =
                Engine.run(
                        Plain.class,
                        Map.of("kvm4j.device", "/no/kvm", "kvm4j.kvm.required", "yes"));
        String failure = String.valueOf(result.failures().getFirst().getMessage());
        assertTrue(failure.endsWith("kvm4j.kvm.required=yes is neither true nor false"), failure);
    }

    @Test
    void guestsUseTheDeviceThatIsLookedAt() {
        Engine result = Engine.run(WithAGuest.class, NO_DEVICE);
        String failure = result.failures().getFirst().toString();
        assertTrue(failure.contains("/no/kvm"), failure);
    }

    /** Wherever they are described. */
    @RequiresKvm
    @Test
    void allGuestsOfAClassUseTheDeviceThatIsLookedAt(@TempDir Path folder) throws IOException {
        Path link = Files.createSymbolicLink(folder.resolve("kvm"), HostKvm.device());
        Path before = HostKvm.device();
        COMMANDS.clear();
        Engine result = Engine.run(Describing.class, Map.of("kvm4j.device", link.toString()));
        Files.delete(link);
        assertEquals(List.of(), result.failures());
        assertEquals(5, COMMANDS.size(), COMMANDS::toString);
        for (String command : COMMANDS) {
            assertTrue(command.startsWith("kvm4j run --kvm-device " + link + " "), command);
        }
        assertEquals(before, HostKvm.device());
    }

    private static final List<String> COMMANDS = new ArrayList<>();

    @RequiresKvm
    static final class Describing {

        @BeforeAll
        static void beforeAll() {
            COMMANDS.add(GuestSetup.of("hello").repeatCommand());
        }

        @Test
        void injected(@Guest("hello") GuestSetup guest) {
            COMMANDS.add(guest.repeatCommand());
        }

        @Test
        void described() {
            COMMANDS.add(GuestSetup.of("hello").repeatCommand());
        }

        @TestFactory
        Stream<DynamicNode> folder(@TempDir Path images) throws IOException {
            Files.write(images.resolve("one.bin"), PrintingGuest.image("PASS: one\n"));
            Files.writeString(images.resolve("one.toml"), "exit = 1\n");
            return GuestTests.in(images, guest -> COMMANDS.add(guest.repeatCommand()));
        }

        @TestFactory
        DynamicNode one() {
            GuestSetup guest = GuestSetup.of("hello");
            COMMANDS.add(guest.repeatCommand());
            return GuestTests.of(guest);
        }
    }

    static final class WithAGuest {
        @Test
        void test(@Guest("hello") FinishedGuest guest) {}
    }

    @RequiresKvm
    static final class Plain {
        @Test
        void test() {}
    }

    @RequiresKvm
    @Test
    void manyCpus() {
        Engine result = Engine.run(ManyCpus.class);
        assertTrue(
                result.skipped().getFirst().startsWith("100000 CPUs are needed, this process has"),
                result.skipped()::toString);
    }

    static final class ManyCpus {
        @RequiresKvm(hostCpus = 100_000)
        @Test
        void test() {}
    }

    @RequiresKvm
    @Test
    void whatEveryKvmHas() {
        Engine result = Engine.run(Usual.class);
        assertEquals(List.of("test()"), result.names());
        assertEquals(List.of(), result.skipped());
    }

    static final class Usual {
        @RequiresKvm(
                capabilities = {Capability.USER_MEMORY, Capability.IRQCHIP},
                vendor = {
                    RequiresKvm.Vendor.KVM_AMD,
                    RequiresKvm.Vendor.KVM_INTEL,
                    RequiresKvm.Vendor.KVM_PVM
                })
        @Test
        void test() {}
    }
}
