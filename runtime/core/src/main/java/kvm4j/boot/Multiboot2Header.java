package kvm4j.boot;

import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** The header of a multiboot 2 kernel (Multiboot2 Specification 2.0, section 3.1). */
final class Multiboot2Header {

    private static final int ALIGNMENT = 8;
    private static final int SIZE = 16;

    /** Where it is: four words, which add up to zero, in the first 32 KiB. */
    static final HeaderSearch SEARCH =
            new HeaderSearch("multiboot 2", 0xe852_50d6L, ALIGNMENT, SIZE / Integer.BYTES, 32768);

    private static final int X86 = 0;
    private static final int TAG_HEADER_SIZE = 8;
    private static final int OPTIONAL = 1;

    private static final int TAG_END = 0;
    private static final int TAG_REQUEST = 1;
    private static final int TAG_ADDRESSES = 2;
    private static final int TAG_ENTRY = 3;
    private static final int TAG_CONSOLE = 4;
    private static final int TAG_FRAMEBUFFER = 5;
    private static final int TAG_ALIGN_MODULES = 6;
    private static final int TAG_EFI_BOOT_SERVICES = 7;
    private static final int TAG_EFI32_ENTRY = 8;
    private static final int TAG_EFI64_ENTRY = 9;
    private static final int TAG_RELOCATABLE = 10;

    /** What needs nothing from a loader that is no EFI firmware. */
    private static final Set<Integer> HARMLESS =
            Set.of(
                    TAG_CONSOLE,
                    TAG_ALIGN_MODULES,
                    TAG_EFI_BOOT_SERVICES,
                    TAG_EFI32_ENTRY,
                    TAG_EFI64_ENTRY);

    private static final String NO_FRAMEBUFFER =
            ", a framebuffer: a kernel that can do with the serial port has it optional (flags 1)";

    /** The load address that stands for the beginning of the file. */
    private static final long WHOLE_FILE = 0xffff_ffffL;

    private final ImageFile image;
    private final ImageReader reader;
    private final long header;
    private final Set<Integer> provided;

    private long addressesTag = -1;
    private OptionalLong entry = OptionalLong.empty();
    private Optional<Mobility> mobility = Optional.empty();

    private Multiboot2Header(
            ImageFile image, ImageReader reader, long header, Set<Integer> provided) {
        this.image = image;
        this.reader = reader;
        this.header = header;
        this.provided = provided;
    }

    /**
     * Whether a file has a header that counts. That of a kernel behind the boot sector of a disk
     * only does with addresses.
     */
    static boolean recognises(ImageFile file) {
        ImageReader reader = file.reader("the multiboot 2 header");
        OptionalLong header = SEARCH.find(reader);
        return header.isPresent()
                && (file.isElf()
                        || !BootSector.recognises(file.bytes())
                        || hasAddresses(reader, header.getAsLong()));
    }

    private static boolean hasAddresses(ImageReader reader, long header) {
        long end = Math.min(header + reader.u32(header + 8), reader.size() - TAG_HEADER_SIZE);
        long tag = header + SIZE;
        while (tag <= end && reader.u16(tag) != TAG_END) {
            if (reader.u16(tag) == TAG_ADDRESSES) {
                return true;
            }
            tag += Math.max(reader.u32(tag + 4), 1) + ALIGNMENT - 1 & -ALIGNMENT;
        }
        return false;
    }

    /**
     * Reads the header.
     *
     * @param image the whole file
     * @param provided the types of information that the kernel will get
     * @return the header
     * @throws ImageException if there is no header, or it requires what there is not
     */
    static Multiboot2Header read(ImageFile image, Set<Integer> provided) {
        ImageReader reader = image.reader("the multiboot 2 header");
        long at = SEARCH.find(reader).orElseThrow(() -> SEARCH.missing(reader));
        Multiboot2Header header = new Multiboot2Header(image, reader, at, provided);
        header.read();
        return header;
    }

    private void read() {
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
    }

    private void readTag(long tag, long size) {
        int type = reader.u16(tag);
        boolean optional = (reader.u16(tag + 2) & OPTIONAL) != 0;
        switch (type) {
            case TAG_ADDRESSES -> addressesTag = tag;
            case TAG_RELOCATABLE -> mobility = Optional.of(readMobility(tag));
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
                                    + type
                                    + (type == TAG_FRAMEBUFFER ? NO_FRAMEBUFFER : "")
                                    + otherHeader());
                }
            }
        }
    }

    /** An image may have headers of both versions. */
    private String otherHeader() {
        return MultibootImage.SEARCH.find(reader).isPresent()
                ? "; it has a header of multiboot 1 as well: --format multiboot"
                : "";
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

    /** The addresses that the image may be moved to, and which of them it likes best. */
    private Mobility readMobility(long tag) {
        return new Mobility(
                Math.max(reader.u32(tag + 16), 1),
                reader.u32(tag + 8),
                reader.u32(tag + 12),
                switch ((int) reader.u32(tag + 20)) {
                    case 1 -> Mobility.Preference.LOWEST;
                    case 2 -> Mobility.Preference.HIGHEST;
                    default -> Mobility.Preference.AS_LINKED;
                });
    }

    /** {@return whether the image can be moved, and wants to know where it is then} */
    boolean isRelocatable() {
        return mobility.isPresent();
    }

    /** {@return the sections of the ELF file that is loaded, if it is one} */
    Optional<ElfSections> sections() {
        return addressesTag < 0 ? image.elf().sections() : Optional.empty();
    }

    /** {@return what to load} */
    LoadPlan plan() {
        LoadPlan linked = addressesTag < 0 ? elfPlan() : addressedPlan();
        return mobility.map(linked::withMobility).orElse(linked);
    }

    private LoadPlan elfPlan() {
        ElfFile file = image.elf();
        return entry.isPresent() ? LoadPlan.enteredAt(file, entry.getAsLong()) : LoadPlan.of(file);
    }

    private LoadPlan addressedPlan() {
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
