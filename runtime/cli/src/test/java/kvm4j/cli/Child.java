package kvm4j.cli;

import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.lang.module.ResolvedModule;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** The command line in a process of its own, on the modules that this process runs on. */
final class Child implements AutoCloseable {

    /** Has a shell with job control start it, as a user does. */
    static final List<String> WITH_JOB_CONTROL =
            List.of("bash", "-c", "set -m; \"$0\" \"$@\" & wait -f $!");

    /** Gives it a full disk to print on. */
    static final List<String> ON_A_FULL_DISK =
            List.of("bash", "-c", "exec \"$0\" \"$@\" >/dev/full");

    /** Undoes what a shell that runs the tests in the background does to its children. */
    static final List<String> WITH_SIGNALS = List.of("env", "--default-signal");

    private static final long PATIENCE_SECONDS = 60;

    private final Process process;
    private final Path out;
    private final Path err;

    private Child(Process process, Path out, Path err) {
        this.process = process;
        this.out = out;
        this.err = err;
    }

    /**
     * Starts it.
     *
     * @param folder for what it prints
     * @param wrapper a command that runs its arguments, or nothing
     * @param arguments of the command line
     */
    static Child start(Path folder, List<String> wrapper, String... arguments) throws IOException {
        Path out = folder.resolve("out");
        return start(folder, wrapper, Redirect.PIPE, Redirect.to(out.toFile()), arguments);
    }

    /**
     * Starts it at a terminal, apart from its standard error.
     *
     * @param screen the terminal
     * @param folder for what it prints on standard error
     * @param arguments of the command line
     */
    static Child startAt(Screen screen, Path folder, String... arguments) throws IOException {
        return startAt(screen, folder, WITH_SIGNALS, arguments);
    }

    /**
     * Starts it at a terminal, apart from its standard error.
     *
     * @param screen the terminal
     * @param folder for what it prints on standard error
     * @param wrapper a command that runs its arguments
     * @param arguments of the command line
     */
    static Child startAt(Screen screen, Path folder, List<String> wrapper, String... arguments)
            throws IOException {
        Files.createFile(folder.resolve("out"));
        return start(
                folder,
                wrapper,
                Redirect.from(screen.file()),
                Redirect.appendTo(screen.file()),
                arguments);
    }

    /**
     * Starts it with its jars on the class path, so that the JVM has those modules of Java alone
     * that it is told to have.
     *
     * @param folder for what it prints
     * @param options of the JVM
     * @param arguments of the command line
     */
    static Child startOnClassPath(Path folder, List<String> options, String... arguments)
            throws IOException {
        List<String> allowed = new ArrayList<>(options);
        allowed.add("--enable-native-access=ALL-UNNAMED");
        return startWith(folder, allowed, arguments);
    }

    /**
     * Starts it with its jars on the class path, and without the permission for native calls.
     *
     * @param folder for what it prints
     * @param arguments of the command line
     */
    static Child startWithoutNativeAccess(Path folder, String... arguments) throws IOException {
        return startWith(folder, List.of("--illegal-native-access=deny"), arguments);
    }

    private static Child startWith(Path folder, List<String> options, String... arguments)
            throws IOException {
        List<String> java = new ArrayList<>(options);
        java.addAll(
                List.of(
                        "--class-path",
                        String.join(
                                File.pathSeparator,
                                System.getProperty("java.class.path"),
                                System.getProperty("jdk.module.path", "")),
                        "kvm4j.cli.Main"));
        Redirect output = Redirect.to(folder.resolve("out").toFile());
        return start(folder, List.of(), java, Redirect.PIPE, output, arguments);
    }

    private static Child start(
            Path folder, List<String> wrapper, Redirect input, Redirect output, String... arguments)
            throws IOException {
        List<String> java =
                List.of(
                        "--module-path",
                        modulePath(),
                        "--enable-native-access=kvm4j.core,kvm4j.bindings",
                        "--module",
                        "kvm4j.cli/kvm4j.cli.Main");
        return start(folder, wrapper, java, input, output, arguments);
    }

    private static Child start(
            Path folder,
            List<String> wrapper,
            List<String> java,
            Redirect input,
            Redirect output,
            String... arguments)
            throws IOException {
        List<String> command = new ArrayList<>(wrapper);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
        command.addAll(java);
        command.addAll(List.of(arguments));
        Path err = folder.resolve("err");
        Process process =
                new ProcessBuilder(command)
                        .redirectInput(input)
                        .redirectOutput(output)
                        .redirectError(err.toFile())
                        .start();
        return new Child(process, folder.resolve("out"), err);
    }

    private static String modulePath() {
        return Main.class.getModule().getLayer().configuration().modules().stream()
                .map(ResolvedModule::reference)
                .flatMap(reference -> reference.location().stream())
                .filter(location -> location.getScheme().equals("file"))
                .map(URI::getPath)
                .collect(Collectors.joining(File.pathSeparator));
    }

    /** Types into its standard input, which stays open. */
    Child type(String text) throws IOException {
        process.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        process.getOutputStream().flush();
        return this;
    }

    /** Waits until it has printed this much. */
    Child awaitOutput(String text) throws IOException, InterruptedException {
        return await(text, out);
    }

    /** Waits until it has printed this much on standard error. */
    Child awaitError(String text) throws IOException, InterruptedException {
        return await(text, err);
    }

    private Child await(String text, Path file) throws IOException, InterruptedException {
        while (process.isAlive() && !Files.readString(file).contains(text)) {
            Thread.sleep(10);
        }
        return this;
    }

    Child endInput() throws IOException {
        process.getOutputStream().close();
        return this;
    }

    Child signal(String name) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-" + name, Long.toString(java().pid())).start().waitFor();
        return this;
    }

    private ProcessHandle java() {
        return process.descendants().reduce((_, last) -> last).orElse(process.toHandle());
    }

    /** Waits until a signal has stopped it: one that goes on before never stops. */
    void awaitStop() throws IOException, InterruptedException {
        Path state = Path.of("/proc", Long.toString(java().pid()), "stat");
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!Files.readString(state).contains(") T ")) {
            if (System.nanoTime() > end) {
                throw new AssertionError("still not stopped: " + Files.readString(state));
            }
            Thread.sleep(1);
        }
    }

    Result await() throws IOException, InterruptedException {
        if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError("still running; printed: " + Files.readString(err));
        }
        return new Result(process.exitValue(), Files.readString(out), Files.readString(err));
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
