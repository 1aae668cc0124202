package kvm4j.device;

import java.util.ArrayList;
import java.util.List;

/** Answers each read with the same pattern, and remembers the accesses. */
final class RecordingDevice implements BusDevice {

    final List<String> accesses = new ArrayList<>();
    private final long answer;

    RecordingDevice(long answer) {
        this.answer = answer;
    }

    @Override
    public long read(long offset, int size) {
        accesses.add("read %x %d".formatted(offset, size));
        return answer;
    }

    @Override
    public void write(long offset, int size, long value) {
        accesses.add("write %x %d %x".formatted(offset, size, value));
    }
}
