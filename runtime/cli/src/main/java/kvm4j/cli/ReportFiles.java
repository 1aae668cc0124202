package kvm4j.cli;

import kvm4j.cli.explain.Explained;

import java.util.List;

/**
 * Files that get what a guest's recording tells.
 *
 * @param files owned by this
 */
record ReportFiles(List<ReportFile> files) implements AutoCloseable {

    /**
     * Writes all of them.
     *
     * @throws Failure if one cannot be written
     */
    void write(Explained explained) {
        files.forEach(file -> file.write(explained));
    }

    @Override
    public void close() {
        files.forEach(ReportFile::close);
    }
}
