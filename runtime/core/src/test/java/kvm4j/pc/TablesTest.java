package kvm4j.pc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import kvm4j.memory.GuestMemory;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The ACPI and MP tables, read as a kernel would. */
class TablesTest {

    private final GuestMemory memory = GuestMemory.ofSize(2 << 20);

    @AfterEach
    void close() {
        memory.close();
    }

    private static Platform platform(int processors) {
        return Platform.usual(processors, InterruptControllers.APICS_AND_PICS);
    }

    private void assertSound(long table, long length) {
        assertEquals(0, Checksum.sum(memory.slice(table, length)), "checksum");
    }

    private int u8(long address) {
        return Byte.toUnsignedInt(memory.getByte(address));
    }

    /** Follows the XSDT, and makes sure that the RSDT says the same. */
    private Map<String, Long> acpiTables() {
        long root = AcpiTables.ROOT_ADDRESS;
        assertEquals("RSD PTR ", memory.readString(root, 8));
        assertSound(root, 20);
        assertSound(root, 36);
        long rsdt = memory.getInt(root + 16);
        long xsdt = memory.getLong(root + 24);
        assertEquals("RSDT", memory.readString(rsdt, 4));
        assertEquals("XSDT", memory.readString(xsdt, 4));
        assertSound(rsdt, memory.getInt(rsdt + 4));
        assertSound(xsdt, memory.getInt(xsdt + 4));
        Map<String, Long> tables = new HashMap<>();
        for (int i = 0; i < (memory.getInt(xsdt + 4) - 36) / 8; i++) {
            long table = memory.getLong(xsdt + 36 + 8L * i);
            assertEquals(table, memory.getInt(rsdt + 36 + 4L * i));
            assertSound(table, memory.getInt(table + 4));
            tables.put(memory.readString(table, 4), table);
        }
        long dsdt = memory.getLong(tables.get("FACP") + 140);
        assertEquals("DSDT", memory.readString(dsdt, 4));
        assertSound(dsdt, memory.getInt(dsdt + 4));
        tables.put("DSDT", dsdt);
        return tables;
    }

    @Test
    void theFadtSaysWhereThePowerIsManaged() {
        AcpiTables.write(memory, platform(1));
        long fadt = acpiTables().get("FACP");
        assertEquals(9, memory.getShort(fadt + 46));
        assertEquals(0x600, memory.getInt(fadt + 56));
        assertEquals(0x604, memory.getInt(fadt + 64));
        assertEquals(0x608, memory.getInt(fadt + 76));
        assertEquals(0xcf9, memory.getLong(fadt + 120));
        assertEquals(6, u8(fadt + 128));
        assertEquals(0x608, memory.getLong(fadt + 212));
        long facs = memory.getInt(fadt + 36);
        assertEquals(0, memory.getLong(fadt + 132), "one pointer to it is enough");
        assertEquals("FACS", memory.readString(facs, 4));
        assertEquals(0, facs % 64);
    }

    @Test
    void theHpetIsWhereItsTableSays() {
        AcpiTables.write(memory, platform(1));
        long hpet = acpiTables().get("HPET");
        assertEquals(56, memory.getInt(hpet + 4));
        assertEquals(0x8086_2201, memory.getInt(hpet + 36));
        assertEquals(0, u8(hpet + 40), "in memory");
        assertEquals(0xfed0_0000L, memory.getLong(hpet + 44));
    }

    @Test
    void theBiosDataSaysWhereLowMemoryEnds() {
        BiosData.write(memory);
        assertEquals(0x3f8, memory.getShort(0x400));
        assertEquals(0x9fc0, Short.toUnsignedInt(memory.getShort(0x40e)));
        assertEquals(639, memory.getShort(0x413));
        assertEquals(1, u8(0x9_fc00), "KiB of extended data");
    }

    @Test
    void eachInterruptVectorLeadsToCode() {
        BiosData.write(memory);
        for (int vector = 0; vector < 256; vector++) {
            long segment = Short.toUnsignedInt(memory.getShort(4L * vector + 2));
            long handler = 16 * segment + Short.toUnsignedInt(memory.getShort(4L * vector));
            boolean device = vector >> 3 == 1 || vector >> 3 == 14;
            assertEquals(device ? 0x50 : 0x55, u8(handler), "push %ax or push %bp");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4, 64, 255})
    void theMadtListsTheProcessors(int processors) {
        AcpiTables.write(memory, platform(processors));
        long madt = acpiTables().get("APIC");
        long end = madt + memory.getInt(madt + 4);
        List<Integer> localApics = new ArrayList<>();
        List<Integer> others = new ArrayList<>();
        for (long entry = madt + 44; entry < end; entry += u8(entry + 1)) {
            if (u8(entry) == 0) {
                localApics.add(u8(entry + 3));
            } else {
                others.add(u8(entry));
            }
        }
        assertEquals(processors, localApics.size());
        assertEquals(processors, localApics.stream().distinct().count());
        assertEquals(List.of(1, 2, 2, 4), others);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4, 64, 255})
    void theMpTableListsTheProcessors(int processors) {
        MpTable.write(memory, platform(processors));
        assertEquals("_MP_", memory.readString(MpTable.ADDRESS, 4));
        assertSound(MpTable.ADDRESS, 16);
        long table = memory.getInt(MpTable.ADDRESS + 4);
        assertEquals("PCMP", memory.readString(table, 4));
        int length = memory.getShort(table + 4);
        assertSound(table, length);
        int[] counts = new int[5];
        int bootProcessors = 0;
        long entry = table + 44;
        for (int i = 0; i < memory.getShort(table + 34); i++) {
            counts[u8(entry)]++;
            bootProcessors += u8(entry) == 0 ? u8(entry + 3) >> 1 : 0;
            entry += u8(entry) == 0 ? 20 : 8;
        }
        assertEquals(table + length, entry);
        assertEquals(processors, counts[0]);
        assertEquals(1, bootProcessors);
        assertEquals(1, counts[1]);
        assertEquals(1, counts[2]);
        assertEquals(15, counts[3]);
        assertEquals(2, counts[4]);
    }

    @Test
    void withoutThe8259sNoTableNamesThemOrTheTimer() {
        Platform platform = Platform.usual(2, InterruptControllers.APICS);
        AcpiTables.write(memory, platform);
        MpTable.write(memory, platform);
        long madt = acpiTables().get("APIC");
        assertEquals(0, memory.getInt(madt + 40));
        List<Integer> overridden = new ArrayList<>();
        long end = madt + memory.getInt(madt + 4);
        for (long entry = madt + 44; entry < end; entry += u8(entry + 1)) {
            if (u8(entry) == 2) {
                overridden.add(u8(entry + 3));
            }
        }
        assertEquals(List.of(9), overridden);
        long table = memory.getInt(MpTable.ADDRESS + 4);
        assertEquals(2 + 1 + 1 + 14 + 1, memory.getShort(table + 34));
    }

    @Test
    void withoutControllersNoTableNamesOne() {
        Platform platform = Platform.usual(1, InterruptControllers.NONE);
        AcpiTables.write(memory, platform);
        MpTable.write(memory, platform);
        assertEquals(Set.of("FACP", "DSDT"), acpiTables().keySet());
        long table = memory.getInt(MpTable.ADDRESS + 4);
        assertEquals(1 + 1, memory.getShort(table + 34));
    }

    @Test
    void theDsdtHasTheDevicesThatThereAre() {
        Platform platform =
                new Platform(1, InterruptControllers.APICS, List.of(Platform.SERIAL_PORT));
        AcpiTables.write(memory, platform);
        long dsdt = acpiTables().get("DSDT");
        String text =
                new String(memory.read(dsdt, memory.getInt(dsdt + 4)), StandardCharsets.ISO_8859_1);
        assertTrue(text.contains("COM1") && !text.contains("RTC_") && !text.contains("KBD_"));
        assertEquals(0, u8(acpiTables().get("FACP") + 109) & 2, "an 8042");
    }

    @Test
    void bothKindsOfTablesHaveRoom() {
        AcpiTables.write(memory, platform(255));
        MpTable.write(memory, platform(255));
        acpiTables();
        assertEquals(0, memory.getLong(0xf_ff00), "nothing reaches the BIOS's entry points");
    }

    @Test
    void thereIsAHighestNumberOfProcessors() {
        assertThrows(IllegalArgumentException.class, () -> platform(0));
        assertThrows(IllegalArgumentException.class, () -> platform(256));
    }

    /** ACPICA's compiler takes the tables apart, if it is installed. */
    @Test
    void theTablesCanBeTakenApart(@TempDir Path folder) throws Exception {
        AcpiTables.write(memory, platform(2));
        for (var table : acpiTables().entrySet()) {
            Path file = folder.resolve(table.getKey() + ".aml");
            Files.write(file, memory.read(table.getValue(), memory.getInt(table.getValue() + 4)));
            String output = disassemble(file);
            String source = Files.readString(folder.resolve(table.getKey() + ".dsl"));
            assertTrue(!output.contains("rror") && !source.contains("rror"), output + source);
        }
        String dsdt = Files.readString(folder.resolve("DSDT.dsl"));
        assertTrue(dsdt.contains("EisaId (\"PNP0501\")"), dsdt);
        assertTrue(dsdt.contains("Name (\\_S5, Package (0x04)"), dsdt);
        assertTrue(dsdt.contains("Name (\\_S3, Package (0x04)"), dsdt);
        assertTrue(dsdt.contains("EisaId (\"PNP0A03\")"), dsdt);
        assertTrue(dsdt.contains("DWordMemory (ResourceProducer"), dsdt);
        assertTrue(dsdt.contains("Name (_PRT, Package (0x7C)"), dsdt);
    }

    private static String disassemble(Path table) throws IOException, InterruptedException {
        Process iasl;
        try {
            iasl =
                    new ProcessBuilder("iasl", "-d", table.toString())
                            .redirectErrorStream(true)
                            .start();
        } catch (IOException e) {
            assumeTrue(false, "no iasl to take the tables apart with: " + e.getMessage());
            throw e;
        }
        String output = new String(iasl.getInputStream().readAllBytes());
        assertEquals(0, iasl.waitFor(), output);
        return output;
    }
}
