package kvm4j.boot;

import java.lang.foreign.MemorySegment;
import java.util.OptionalLong;
import java.util.Set;

/** The header of a multiboot 2 kernel (Multiboot2 Specification 2.0, section 3.1). */
final class Multiboot2Header {

    private static final long MAGIC = 0xe852_50d6L;
    private static final int X86 = 0;
    private static final long SEARCH_LIMIT = 32768;
    private static final int ALIGNMENT = 8;
    private static final int SIZE = 16;
    private static final int TAG_HEADER_SIZE = 8;
    private static final int OPTIONAL = 1;

    private static final int TAG_END = 0;
    private static final int TAG_REQUEST = 1;
    private static final int TAG_ADDRESSES = 2;
    private static final int TAG_ENTRY = 3;
    private static final int TAG_CONSOLE = 4;
    private static final int TAG_ALIGN_MODULES = 6;
    private static final int TAG_EFI_BOOT_SERVICES = 7;
    private static final int TAG_EFI32_ENTRY = 8;
    private static final int TAG_EFI64_ENTRY = 9;
    private static final int TAG_RELOCATABLE = 10;

    /** What needs nothing from a loader that is no EFI firmware and does not relocate. */
    private static final Set<Integer> HARMLESS =
            Set.of(
                    TAG_CONSOLE,
                    TAG_ALIGN_MODULES,
                    TAG_EFI_BOOT_SERVICES,
                    TAG_EFI32_ENTRY,
                    TAG_EFI64_ENTRY,
                    TAG_RELOCATABLE);

    /** The load address that stands for the beginning of the file. */
    private static final long WHOLE_FILE = 0xffff_ffffL;

    private final MemorySegment image;
    private final ImageReader reader;
    private final long header;
    private final Set<Integer> provided;

    private long addressesTag = -1;
    private OptionalLong entry = OptionalLong.empty();

    private Multiboot2Header(MemorySegment image, long header, Set<Integer> provided) {
        this.image = image;
        this.reader = new ImageReader(image, "the multiboot 2 header");
        this.header = header;
        this.provided = provided;
    }

    /** {@return the offset of an image's header, or empty if it has none} */
    static OptionalLong find(MemorySegment image) {
        ImageReader reader = new ImageReader(image, "the multiboot 2 header");
        long limit = Math.min(image.byteSize(), SEARCH_LIMIT);
        for (long at = 0; at + SIZE <= limit; at += ALIGNMENT) {
            long sum = 0;
            for (int field = 0; field < SIZE; field += Integer.BYTES) {
                sum += reader.u32(at + field);
            }
            if (reader.u32(at) == MAGIC && (int) sum == 0) {
                return OptionalLong.of(at);
            }
        }
        return OptionalLong.empty();
    }

    /**
     * Reads the header.
     *
     * @param image the whole file
     * @param provided the types of information that the kernel will get
     * @return what to load
     * @throws ImageException if there is no header, or it requires what there is not
     */
    static LoadPlan read(MemorySegment image, Set<Integer> provided) {
        long header =
                find(image)
                        .orElseThrow(
                                () -> new ImageException("the image has no multiboot 2 header"));
        return new Multiboot2Header(image, header, provided).read();
    }

    private LoadPlan read() {
        if (reader.u32(header + 4) != X86) {
            throw new ImageException(
                    "the multiboot 2 header is not for x86: its architecture is "
                            + reader.u32(header + 4));
        }
        long end = header + reader.u32(header + 8);
        long tag = header + SIZE;
        while (tag < end && reader.u16(tag) != TAG_END) {
            long size = reader.u32(tag + 4);
            if (size < TAG_HEADER_SIZE) {
                throw new ImageException("the multiboot 2 header has a tag of " + size + " bytes");
            }
            readTag(tag, size);
            tag += size + ALIGNMENT - 1 & -ALIGNMENT;
        }
        return plan();
    }

    private void readTag(long tag, long size) {
        int type = reader.u16(tag);
        boolean optional = (reader.u16(tag + 2) & OPTIONAL) != 0;
        switch (type) {
            case TAG_ADDRESSES -> addressesTag = tag;
            case TAG_ENTRY -> entry = OptionalLong.of(reader.u32(tag + TAG_HEADER_SIZE));
            case TAG_REQUEST -> {
                if (!optional) {
                    requireProvided(tag, size);
                }
            }
            default -> {
                if (!optional && !HARMLESS.contains(type)) {
                    throw new ImageException(
                            "the multiboot 2 header requires what there is none of here: tag "
                                    + type);
                }
            }
        }
    }

    private void requireProvided(long tag, long size) {
        for (long at = tag + TAG_HEADER_SIZE; at + Integer.BYTES <= tag + size; at += 4) {
            long type = reader.u32(at);
            if (!provided.contains((int) type)) {
                throw new ImageException(
                        "the multiboot 2 header requires information that there is none of here:"
                                + " type "
                                + type);
            }
        }
    }

    private LoadPlan plan() {
        if (addressesTag < 0) {
            LoadPlan plan = LoadPlan.of(ElfFile.parse(image));
            return entry.isPresent() ? plan.withEntry(entry.getAsLong()) : plan;
        }
        long headerAddress = reader.u32(addressesTag + 8);
        long start = reader.u32(addressesTag + 12);
        if (start == WHOLE_FILE) {
            start = headerAddress - header;
        }
        return LoadPlan.addressed(
                reader,
                header - (headerAddress - start),
                start,
                reader.u32(addressesTag + 16),
                reader.u32(addressesTag + 20),
                entry.orElseThrow(
                        () ->
                                new ImageException(
                                        "the multiboot 2 header has addresses but no entry")));
    }
}
