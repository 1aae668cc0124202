package kvm4j.boot;

import kvm4j.memory.StructWriter;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * The boot information of multiboot 2 while it is put together (Multiboot2 Specification 2.0,
 * section 3.6): a length, then tags, each with its type and its size, at multiples of eight.
 */
final class TagList {

    private static final int HEADER_SIZE = 8;
    private static final int ALIGNMENT = 8;
    private static final int END = 0;

    private final List<byte[]> tags = new ArrayList<>();

    /** Adds a tag, and gives what follows its type and size to be written. */
    StructWriter add(int type, int length) {
        int size = HEADER_SIZE + length;
        byte[] tag = new byte[size + ALIGNMENT - 1 & -ALIGNMENT];
        StructWriter writer = new StructWriter(MemorySegment.ofArray(tag));
        writer.u32(0, type);
        writer.u32(4, size);
        tags.add(tag);
        return new StructWriter(writer.bytes().asSlice(HEADER_SIZE));
    }

    /** Adds a tag that is a string with a zero behind it. */
    void text(int type, String text) {
        add(type, text.length() + 1).text(0, text);
    }

    /** {@return all of it, with its length in front and an end tag} */
    byte[] toBytes() {
        add(END, 0);
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(new byte[HEADER_SIZE]);
        tags.forEach(all::writeBytes);
        byte[] bytes = all.toByteArray();
        new StructWriter(MemorySegment.ofArray(bytes)).u32(0, bytes.length);
        return bytes;
    }
}
