package kvm4j.boot;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.memory.GuestMemory;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;

/** A format of somebody else's, and files that are mapped. */
class BootFormatTest {

    /** Code for real mode behind four letters. */
    private static final class Letters implements BootFormat {

        @Override
        public String description() {
            return "code behind the letters CODE";
        }

        @Override
        public boolean recognises(ImageFile file) {
            return file.bytes().byteSize() > 4
                    && file.bytes().get(ValueLayout.JAVA_INT_UNALIGNED, 0) == 0x4544_4f43;
        }

        @Override
        public BootImage read(ImageFile file, BootParameters parameters) {
            return new FlatImage(ImageFile.of(file.bytes().asSlice(4)), 0x2000);
        }
    }

    @Test
    void aProgramMayBringItsOwnFormat() {
        BootFormat format = new Letters();
        ImageFile file = ImageFile.of(new byte[] {'C', 'O', 'D', 'E', 1, 2});
        assertTrue(format.recognises(file));
        assertTrue(format.hints(file).isEmpty());
        assertFalse(format.recognises(ImageFile.of(new byte[] {1})));
        try (GuestMemory memory = GuestMemory.ofSize(1 << 20)) {
            format.read(file, BootParameters.NONE).load(memory);
            assertArrayEquals(new byte[] {1, 2}, memory.read(0x2000, 2));
        }
    }

    @Test
    void aMappedFileIsLoadedWithoutACopyInBetween(@TempDir Path folder) throws IOException {
        Path kernel = Files.write(folder.resolve("kernel"), SampleImages.bzImage64());
        Path initrd = Files.write(folder.resolve("initrd"), new byte[] {1, 2, 3});
        try (Arena arena = Arena.ofConfined();
                FileChannel kernelFile = FileChannel.open(kernel);
                FileChannel initrdFile = FileChannel.open(initrd);
                GuestMemory memory = GuestMemory.ofSize(64 << 20)) {
            ImageFile file =
                    ImageFile.of(kernelFile.map(MapMode.READ_ONLY, 0, kernelFile.size(), arena));
            var module = initrdFile.map(MapMode.READ_ONLY, 0, initrdFile.size(), arena);
            ImageFormat format = ImageFormat.of(file);
            assertEquals(ImageFormat.BZIMAGE, format);
            var parameters = BootParameters.NONE.withModule(module, "");
            long page = format.read(file, parameters).load(memory).registers().rsi();
            long address = Integer.toUnsignedLong(memory.getInt(page + 0x218));
            assertArrayEquals(new byte[] {1, 2, 3}, memory.read(address, 3));
        }
    }

    @Test
    void aFileIsParsedOnce() {
        ImageFile file = ImageFile.of(SampleImages.vmlinux());
        assertEquals(ImageFormat.VMLINUX, ImageFormat.of(file));
        ElfFile parsed = file.elf();
        ImageFormat.VMLINUX.read(file, BootParameters.NONE);
        assertTrue(parsed == file.elf());
    }
}
