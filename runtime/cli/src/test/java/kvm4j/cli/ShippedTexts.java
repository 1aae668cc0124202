package kvm4j.cli;

import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.codegen.docgen.manpage.ManPageGenerator;

import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * Writes what the distribution has beside the program and what follows from its options: manual
 * pages, in AsciiDoc, and the script that completes commands. The build runs it.
 */
public final class ShippedTexts {

    private ShippedTexts() {}

    /**
     * Writes them.
     *
     * @param arguments the folder to write to, and the version of kvm4j
     * @throws IOException if it cannot be written to
     */
    public static void main(String[] arguments) throws IOException {
        Path folder = Files.createDirectories(Path.of(arguments[0]));
        CommandLine all =
                KvmCommand.commandLine(
                        () ->
                                new Console(
                                        new ByteArrayInputStream(new byte[0]),
                                        OutputStream.nullOutputStream(),
                                        OutputStream.nullOutputStream()));
        Files.writeString(
                Files.createDirectories(folder.resolve("completions")).resolve("kvm4j"),
                AutoComplete.bash(all.getCommandName(), all));
        File pages = folder.resolve("man").toFile();
        int status =
                ManPageGenerator.generateManPage(
                        pages, null, new boolean[0], true, specs(all, arguments[1]));
        if (status != 0) {
            throw new IOException("the manual pages cannot be written: status " + status);
        }
    }

    /** On a class path, as here, there is no module that would tell the version. */
    private static CommandSpec[] specs(CommandLine all, String version) {
        return Stream.concat(Stream.of(all), all.getSubcommands().values().stream())
                .map(CommandLine::getCommandSpec)
                .map(spec -> spec.versionProvider(null).version("kvm4j " + version))
                .toArray(CommandSpec[]::new);
    }
}
