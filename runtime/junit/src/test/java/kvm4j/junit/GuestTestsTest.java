package kvm4j.junit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.testing.GuestSetup;
import kvm4j.testing.HostKvm;
import kvm4j.testing.suite.Discovery;
import kvm4j.testing.suite.SuiteRunner;
import kvm4j.testing.suite.TestCase;
import kvm4j.testing.suite.TestResult;

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
import java.util.stream.Stream;

/** What the factory makes of a folder is what {@code kvm4j test} does. */
@RequiresKvm
class GuestTestsTest {

    @TempDir private static Path lists;
    @TempDir private static Path images;

    @BeforeAll
    static void fill() throws IOException {
        Files.write(
                lists.resolve("prints.flat"),
                PrintingGuest.image("PASS: one\nFAIL: two\nSKIP: three\n"));
        Files.write(lists.resolve("passes.flat"), PrintingGuest.image("PASS: only\n"));
        Files.writeString(
                lists.resolve("unittests.cfg"),
                """
                [first]
                file = prints.flat
                [second]
                file = passes.flat
                test_args = 'one two'
                qemu_params = -m 2048
                smp = 2
                timeout = 20
                [slow]
                file = prints.flat
                timeout = soon
                [tcg]
                file = passes.flat
                accel = tcg
                [manual]
                file = passes.flat
                groups = nodefault
                [checked]
                file = passes.flat
                check = /proc/sys/kernel/ostype=Hurd
                [absent]
                file = absent.flat
                """);
        Files.write(images.resolve("skipped.bin"), PrintingGuest.image("PASS: never\n"));
        Files.writeString(images.resolve("skipped.toml"), "skip = 'needs a disk'\n");
        Files.write(images.resolve("runs.bin"), PrintingGuest.image("PASS: it\n"));
        Files.writeString(images.resolve("runs.toml"), "exit = 1\n");
    }

    @Test
    void aFolderWithAList() throws InterruptedException {
        assertSameAsTheSuite(Engine.run(FolderWithAList.class), lists);
    }

    static final class FolderWithAList {
        @TestFactory
        Stream<DynamicNode> all() {
            return GuestTests.in(lists, _ -> {});
        }
    }

    @Test
    void aListItself() throws InterruptedException {
        assertSameAsTheSuite(Engine.run(AListItself.class), lists);
    }

    static final class AListItself {
        @TestFactory
        Stream<DynamicNode> all() {
            return GuestTests.in(lists.resolve("unittests.cfg"), _ -> {});
        }
    }

    @Test
    void aFolderWithSidecars() throws InterruptedException {
        Engine engine = Engine.run(FolderWithSidecars.class);
        assertEquals(
                List.of("runs.bin: it", "skipped.bin: ends well"),
                engine.names(),
                () -> engine.failures().toString());
        assertSameAsTheSuite(engine, images);
    }

    static final class FolderWithSidecars {
        @TestFactory
        Stream<DynamicNode> all() {
            return GuestTests.in(images, _ -> {});
        }
    }

    private static void assertSameAsTheSuite(Engine engine, Path path) throws InterruptedException {
        List<String> names = new ArrayList<>();
        List<String> skipped = new ArrayList<>();
        List<String> failed = new ArrayList<>();
        List<TestCase> cases = new Discovery(HostKvm.device(), _ -> {}, _ -> {}).in(path);
        for (TestResult result : new SuiteRunner(0, _ -> {}).run(cases)) {
            result.tests().forEach(test -> names.add(result.name() + ": " + test.name()));
            for (var test : result.tests()) {
                switch (test.status()) {
                    case PASSED -> {}
                    case SKIPPED -> skipped.add(test.reason());
                    case FAILED -> failed.add(test.reason());
                }
            }
        }
        assertEquals(names, engine.names());
        assertEquals(skipped, engine.skipped());
        assertEquals(failed.size(), engine.failures().size(), engine.failures()::toString);
        for (int i = 0; i < failed.size(); i++) {
            String message = engine.failures().get(i).getMessage();
            assertTrue(message.endsWith(failed.get(i)), message);
        }
    }

    /** A folder that the build left empty would pass. */
    @Test
    void whereThereIsNothingToTest() {
        List<Throwable> failures = Engine.run(Nothing.class).failures();
        assertEquals(1, failures.size());
        String message = failures.getFirst().getMessage();
        assertTrue(message.startsWith("there is no image to test in '"), message);
    }

    static final class Nothing {
        @TestFactory
        Stream<DynamicNode> all(@TempDir Path empty) {
            return GuestTests.in(empty, _ -> {});
        }
    }

    /** As of one that was made in memory. */
    @Test
    void namesThatAreNoPaths() {
        assertEquals(
                List.of("guest: starts", "guest: starts", "a\\x00b: starts", "/: starts"),
                Engine.run(OddNames.class).names());
    }

    static final class OddNames {
        @TestFactory
        Stream<DynamicNode> all() {
            return Stream.concat(
                    Stream.of("", "/", "a\0b")
                            .map(name -> GuestSetup.of(name, new byte[0]))
                            .map(GuestTests::of),
                    Stream.of(GuestTests.of(Path.of("/"), _ -> {})));
        }
    }

    /** With what the list says, as in {@code kvm4j run} to repeat it by hand. */
    @Test
    void whatTheListSaysIsWhatTheGuestGets() {
        COMMANDS.clear();
        Engine.run(Commands.class);
        assertEquals(
                List.of(
                        "kvm4j run -m 2048M --cpus 2 --device pc-testdev --device isa-debug-exit"
                                + " --append 'one two' --timeout 20000ms "
                                + lists.resolve("passes.flat")),
                COMMANDS.stream().filter(command -> command.contains("passes")).toList());
    }

    private static final List<String> COMMANDS = new ArrayList<>();

    static final class Commands {
        @TestFactory
        Stream<DynamicNode> all() {
            return GuestTests.in(lists, guest -> COMMANDS.add(guest.repeatCommand()));
        }
    }
}
