package kvm4j.trace;

import java.util.Map;

/**
 * How the kernel lays out a page of its ring buffer: the file {@code events/header_page} of
 * tracefs.
 *
 * @param commitSize how many bytes the number of used ones has: 8, or 4 on kernels of 32 bits
 * @param commitOffset where it is
 * @param dataOffset where the records begin
 * @param dataSize how many bytes of records there can be
 */
record PageLayout(int commitOffset, int commitSize, int dataOffset, int dataSize) {

    /** As x86-64 kernels with pages of 4 KiB have it. */
    static final PageLayout USUAL = new PageLayout(8, 8, 16, 4080);

    /**
     * Reads the layout.
     *
     * @param text the file's text; what it does not say is as usual
     */
    static PageLayout parse(String text) {
        Map<String, EventField> fields = EventFormat.fields(text);
        EventField commit = fields.get("commit");
        EventField data = fields.get("data");
        if (commit == null || data == null || commit.size() != 4 && commit.size() != 8) {
            return USUAL;
        }
        return new PageLayout(commit.offset(), commit.size(), data.offset(), data.size());
    }

    /** How large a page is, in bytes. */
    int pageSize() {
        return dataOffset + dataSize;
    }
}
