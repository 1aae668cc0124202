package kvm4j.cli.doctor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Optional;

/** On the files of the host that the tests run on. */
class HostFilesTest {

    private final HostFiles files = HostFiles.OF_THIS_HOST;

    @Test
    void readsWhatTheKernelWrites() {
        assertEquals(
                Optional.of(System.getProperty("os.version")),
                files.text("proc/sys/kernel/osrelease"));
        assertTrue(files.value("proc/meminfo", "MemTotal").orElseThrow().matches("\\d+ kB"));
        assertTrue(files.value("proc/cpuinfo", "vendor_id").isPresent());
        assertTrue(files.names("proc").contains("meminfo"));
    }

    @Test
    void whatIsNotThereIsEmpty() {
        assertEquals(Optional.empty(), files.text("proc/no-such-file"));
        assertEquals(Optional.empty(), files.value("proc/meminfo", "Mem"));
        assertEquals(List.of(), files.names("proc/no-such-folder"));
        assertFalse(files.exists("proc/no-such-file"));
    }
}
