package kvm4j.boot;

import kvm4j.memory.GuestMemory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * A Linux image, or what looks like one, such as iPXE, for firmware to start at its 16-bit entry
 * (Linux, Documentation/arch/x86/boot.rst). The firmware finds it in fw_cfg, with an option ROM
 * that loads it from there: QEMU's linuxboot or linuxboot_dma, which SeaBIOS runs instead of a
 * disk.
 *
 * <p>The real-mode part goes to 0x10000, the command line to 0x20000, the rest to 1 MiB, and the
 * initrd as high as it can.
 */
public final class FirmwareKernel {

    private static final String ROM_FILE = "genroms/linuxboot.bin";
    private static final String BOOT_ORDER_FILE = "bootorder";
    private static final String BOOT_ORDER = "/rom@" + ROM_FILE + "\nHALT\0";

    /** Keys of fw_cfg (QEMU, docs/specs/fw_cfg), for address, size and contents of each part. */
    private record Keys(int address, int size, int data) {}

    private static final Keys KERNEL = new Keys(0x07, 0x08, 0x11);
    private static final Keys INITRD = new Keys(0x0a, 0x0b, 0x12);
    private static final Keys COMMAND_LINE = new Keys(0x13, 0x14, 0x15);
    private static final Keys SETUP = new Keys(0x16, 0x17, 0x18);

    private static final long SETUP_ADDRESS = 0x1_0000;
    private static final long COMMAND_LINE_ADDRESS = 0x2_0000;
    private static final long KERNEL_ADDRESS = 0x10_0000;

    /** RAM that the firmware keeps for itself below the end. */
    private static final long FIRMWARE_SIZE = 0x4_0000;

    private static final int HEAP_END_SLACK = 0x200;
    private static final int OLDEST = 0x202;

    private final MemorySegment image;
    private final MemorySegment optionRom;
    private final BootParameters parameters;
    private final MemorySegment setup;
    private final long initrdEnd;

    /**
     * Checks an image.
     *
     * @param image the file's bytes
     * @param optionRom the ROM that loads the image
     * @param parameters command line, and at most one module, the initrd
     * @throws ImageException if the image has no Linux setup header, or one that is too old
     */
    public FirmwareKernel(byte[] image, byte[] optionRom, BootParameters parameters) {
        this(ImageFile.of(image), MemorySegment.ofArray(optionRom.clone()), parameters);
    }

    /**
     * Checks an image.
     *
     * @param file the image
     * @param optionRom the ROM that loads the image, which must not change any more
     * @param parameters command line, and at most one module, the initrd
     * @throws ImageException if the image has no Linux setup header, or one that is too old
     */
    public FirmwareKernel(ImageFile file, MemorySegment optionRom, BootParameters parameters) {
        this.image = file.bytes();
        this.optionRom = optionRom.asReadOnly();
        this.parameters = parameters;
        LinuxSetupHeader header = LinuxSetupHeader.of(file);
        if (header.version() < OLDEST || !header.isLoadedHigh()) {
            throw new ImageException("the Linux image follows a boot protocol before 2.02");
        }
        this.setup = header.setup();
        this.initrdEnd = header.initrdEnd();
        if (parameters.modules().size() > 1) {
            throw new ImageException("Linux takes one module, the initrd");
        }
    }

    /**
     * What goes into fw_cfg by number, as arrays.
     *
     * @param memory the guest's memory, of which the initrd takes the upper end below 4 GiB
     * @return contents by key
     * @throws ImageException if there is no room for the initrd
     */
    public Map<Integer, byte[]> items(GuestMemory memory) {
        Map<Integer, byte[]> items = new HashMap<>();
        segments(memory)
                .forEach((key, part) -> items.put(key, part.toArray(ValueLayout.JAVA_BYTE)));
        return items;
    }

    /**
     * What goes into fw_cfg by number, without a copy of what is large.
     *
     * @param memory the guest's memory, of which the initrd takes the upper end below 4 GiB
     * @return contents by key
     * @throws ImageException if there is no room for the initrd
     */
    public Map<Integer, MemorySegment> segments(GuestMemory memory) {
        MemorySegment initrd =
                parameters.modules().isEmpty()
                        ? MemorySegment.ofArray(new byte[0])
                        : parameters.modules().getFirst().contents();
        long initrdAddress = placeInitrd(memory, initrd.byteSize());
        byte[] commandLine =
                (parameters.commandLine() + '\0').getBytes(StandardCharsets.ISO_8859_1);
        Map<Integer, MemorySegment> parts = new HashMap<>();
        put(parts, SETUP, SETUP_ADDRESS, loadedSetup(initrdAddress, initrd.byteSize()));
        put(parts, COMMAND_LINE, COMMAND_LINE_ADDRESS, MemorySegment.ofArray(commandLine));
        put(parts, KERNEL, KERNEL_ADDRESS, image.asSlice(setup.byteSize()));
        put(parts, INITRD, initrdAddress, initrd);
        return parts;
    }

    /** The real-mode part, with what a loader has to tell it. */
    private MemorySegment loadedSetup(long initrdAddress, long initrdSize) {
        byte[] bytes = setup.toArray(ValueLayout.JAVA_BYTE);
        byte flags = (byte) (bytes[LinuxSetupHeader.LOAD_FLAGS] | LinuxSetupHeader.CAN_USE_HEAP);
        long heapEnd = COMMAND_LINE_ADDRESS - SETUP_ADDRESS - HEAP_END_SLACK;
        ByteBuffer.wrap(bytes)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(LinuxSetupHeader.LOADER_TYPE, (byte) LinuxSetupHeader.LOADER_WITHOUT_NUMBER)
                .put(LinuxSetupHeader.LOAD_FLAGS, flags)
                .putShort(LinuxSetupHeader.HEAP_END, (short) heapEnd)
                .putInt(LinuxSetupHeader.COMMAND_LINE_ADDRESS, (int) COMMAND_LINE_ADDRESS)
                .putInt(LinuxSetupHeader.RAMDISK_ADDRESS, (int) initrdAddress)
                .putInt(LinuxSetupHeader.RAMDISK_SIZE, (int) initrdSize);
        return MemorySegment.ofArray(bytes);
    }

    /**
     * What goes into fw_cfg by name: the option ROM, and the order to boot from it alone.
     *
     * @return contents by name
     */
    public Map<String, byte[]> files() {
        return Map.of(
                ROM_FILE,
                optionRom.toArray(ValueLayout.JAVA_BYTE),
                BOOT_ORDER_FILE,
                BOOT_ORDER.getBytes(StandardCharsets.US_ASCII));
    }

    private long placeInitrd(GuestMemory memory, long length) {
        if (length == 0) {
            return 0;
        }
        long ramEnd = MemoryMap.of(memory).usableEnd(MemoryMap.HIGH_START) - FIRMWARE_SIZE;
        long address = Math.min(ramEnd, initrdEnd) - length & -GuestMemory.PAGE_SIZE;
        if (address < KERNEL_ADDRESS + image.byteSize()) {
            throw new ImageException(
                    "there is no room for the initrd (%d bytes) above the kernel"
                            .formatted(length));
        }
        return address;
    }

    private static void put(
            Map<Integer, MemorySegment> parts, Keys keys, long address, MemorySegment contents) {
        parts.put(keys.address, number(address));
        parts.put(keys.size, number(contents.byteSize()));
        parts.put(keys.data, contents);
    }

    private static MemorySegment number(long value) {
        return MemorySegment.ofArray(
                ByteBuffer.allocate(Integer.BYTES)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putInt((int) value)
                        .array());
    }
}
