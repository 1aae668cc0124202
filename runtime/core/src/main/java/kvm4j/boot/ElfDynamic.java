package kvm4j.boot;

import kvm4j.boot.ElfFile.Type;

import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;

/** The dynamic section of an ELF file (System V ABI, chapter 5): numbers by their tags. */
final class ElfDynamic {

    private static final int DT_NULL = 0;
    private static final int DT_NEEDED = 1;

    /** How many entries are looked at, so that no image takes long to refuse. */
    private static final int MAXIMUM_COUNT = 0x1_0000;

    private final Map<Integer, Long> values = new HashMap<>();

    /**
     * Reads a section, up to the end that it has or the file gives it.
     *
     * @param type the file's width
     * @param section its bytes
     */
    ElfDynamic(Type type, ImageReader section) {
        int word = type.wordSize();
        for (int i = 0; i < MAXIMUM_COUNT && section.contains(2L * i * word, 2L * word); i++) {
            long at = 2L * i * word;
            int tag = (int) type.word(section, at);
            if (tag == DT_NULL) {
                return;
            }
            values.put(tag, type.word(section, at + word));
        }
    }

    /** {@return whether the program does not run without a library} */
    boolean needsLibrary() {
        return values.containsKey(DT_NEEDED);
    }

    /** {@return the number that a tag has, if it is there} */
    OptionalLong value(int tag) {
        Long value = values.get(tag);
        return value == null ? OptionalLong.empty() : OptionalLong.of(value);
    }
}
