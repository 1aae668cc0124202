package kvm4j.device;

/**
 * A device whose registers are all one byte wide, as on the 8-bit ISA bus: a wider access becomes
 * one access for each byte, lowest offset first.
 */
public interface ByteDevice extends BusDevice {

    /**
     * The guest reads a register.
     *
     * @param offset in bytes from the start of the device's range
     * @return the register, of which the low 8 bits count
     */
    int readByte(int offset);

    /**
     * The guest writes a register.
     *
     * @param offset in bytes from the start of the device's range
     * @param value 0 to 255
     */
    void writeByte(int offset, int value);

    @Override
    default long read(long offset, int size) {
        long value = 0;
        for (int i = 0; i < size; i++) {
            value |= (readByte((int) offset + i) & 0xffL) << i * Byte.SIZE;
        }
        return value;
    }

    @Override
    default void write(long offset, int size, long value) {
        for (int i = 0; i < size; i++) {
            writeByte((int) offset + i, (int) (value >>> i * Byte.SIZE) & 0xff);
        }
    }
}
