package kvm4j.benchmarks.result;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Results as a JSON file. */
public final class ResultsFile {

    /** A hundred times what a run of all kinds makes, in bytes. */
    private static final long LONGEST = 1L << 28;

    private static final JsonMapper MAPPER =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private ResultsFile() {}

    /**
     * Writes results.
     *
     * @param results what the lab found
     * @param file the file, replaced if it exists
     * @throws IOException if it cannot be written
     */
    public static void write(LabResults results, Path file) throws IOException {
        WholeFile.write(file, MAPPER.writeValueAsString(results));
    }

    /**
     * Reads results.
     *
     * @param file a file that {@link #write} wrote
     * @return the results
     * @throws IOException if it cannot be read, or is something else; the message says which
     */
    public static LabResults read(Path file) throws IOException {
        LabResults results;
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            throw new IOException(file + " is not a regular file");
        }
        long size = Files.size(file); // files of /proc have none, and need not end
        if (size == 0 || size > LONGEST) {
            throw new IOException(
                    "%s is not a file of results: it has %d bytes".formatted(file, size));
        }
        try {
            results = MAPPER.readValue(Files.readAllBytes(file), LabResults.class);
        } catch (JacksonException e) {
            throw new IOException(file + " is not a file of results: " + e.getOriginalMessage(), e);
        }
        if (results == null || results.format() != LabResults.FORMAT) {
            throw new IOException(
                    "%s is not a file of results in format %d".formatted(file, LabResults.FORMAT));
        }
        return results;
    }
}
