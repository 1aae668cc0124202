package kvm4j.device;

import kvm4j.x86.Bytes;

/** A first-in first-out queue of bytes with a fixed capacity. Not for several threads. */
final class ByteRing {

    private final byte[] bytes;
    private int head;
    private int size;

    ByteRing(int capacity) {
        bytes = new byte[capacity];
    }

    int size() {
        return size;
    }

    boolean isEmpty() {
        return size == 0;
    }

    boolean isFull() {
        return size == bytes.length;
    }

    /** Appends a byte; there must be room. */
    void add(int value) {
        bytes[(head + size++) % bytes.length] = (byte) value;
    }

    /** {@return the oldest byte, unsigned, which is removed; there must be one} */
    int remove() {
        int value = Byte.toUnsignedInt(bytes[head]);
        head = (head + 1) % bytes.length;
        size--;
        return value;
    }

    /** {@return the youngest byte, unsigned, which is removed; there must be one} */
    int removeLast() {
        return Byte.toUnsignedInt(bytes[(head + --size) % bytes.length]);
    }

    /** Puts a byte before the oldest one; there must be room. */
    void addFirst(int value) {
        head = (head + bytes.length - 1) % bytes.length;
        bytes[head] = (byte) value;
        size++;
    }

    void clear() {
        size = 0;
    }

    /** {@return what it holds, oldest first} */
    Bytes content() {
        byte[] content = new byte[size];
        for (int i = 0; i < size; i++) {
            content[i] = bytes[(head + i) % bytes.length];
        }
        return Bytes.of(content);
    }

    /** Holds these bytes instead of its own; there must be room. */
    void replaceBy(Bytes content) {
        clear();
        for (byte value : content.toArray()) {
            add(value);
        }
    }
}
