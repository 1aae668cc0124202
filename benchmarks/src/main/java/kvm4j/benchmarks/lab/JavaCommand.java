package kvm4j.benchmarks.lab;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A class of this module, run in a JVM of its own: same version, same classes. */
final class JavaCommand {

    /**
     * As {@code kvm4j run} has them: a collector without threads, and no memory fence on the way
     * back from a system call. Besides, a heap that a loop which allocates nothing can live in.
     */
    static final List<String> OPTIONS =
            List.of(
                    "-XX:+UseSerialGC",
                    "-XX:+UseSystemMemoryBarrier",
                    "-Xms16m",
                    "-Xmx64m",
                    "-Xshare:auto");

    private JavaCommand() {}

    static List<String> of(Class<?> main, String... arguments) {
        return with(List.of(), main, arguments);
    }

    static List<String> with(List<String> more, Class<?> main, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(OPTIONS);
        command.addAll(more);
        command.addAll(start(main));
        command.addAll(List.of(arguments));
        return command;
    }

    private static List<String> start(Class<?> main) {
        Module module = main.getModule();
        return module.isNamed()
                ? List.of(
                        "--enable-native-access=kvm4j.core,kvm4j.bindings," + module.getName(),
                        "--module-path",
                        System.getProperty("jdk.module.path"),
                        "--module",
                        module.getName() + "/" + main.getName())
                : List.of(
                        "--enable-native-access=ALL-UNNAMED",
                        "--class-path",
                        System.getProperty("java.class.path"),
                        main.getName());
    }
}
