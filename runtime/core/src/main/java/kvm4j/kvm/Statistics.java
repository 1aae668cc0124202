package kvm4j.kvm;

import kvm4j.bindings.kvm.KvmUapi;
import kvm4j.bindings.kvm.kvm_stats_desc;
import kvm4j.bindings.kvm.kvm_stats_header;
import kvm4j.bindings.libc.Libc;
import kvm4j.linux.FileDescriptor;
import kvm4j.linux.Ioctl;
import kvm4j.linux.LinuxException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * What the kernel counts for a VM or a vCPU, in its binary form: {@code KVM_GET_STATS_FD}. Any
 * thread may use it; it is to be closed by whoever asked for it.
 *
 * {@snippet :
 * try (Statistics statistics = vcpu.statistics()) {
 *     Statistic exits = statistics.find("exits").orElseThrow();
 *     long before = statistics.read(exits).getFirst();
 * }
 * }
 */
public final class Statistics implements AutoCloseable {

    static final Ioctl GET_STATS_FD = new Ioctl("KVM_GET_STATS_FD", KvmUapi.KVM_GET_STATS_FD());

    private final FileDescriptor descriptor;
    private final String subject;
    private final List<Statistic> descriptors;
    private final int dataOffset;

    private Statistics(
            FileDescriptor descriptor,
            String subject,
            List<Statistic> descriptors,
            int dataOffset) {
        this.descriptor = descriptor;
        this.subject = subject;
        this.descriptors = descriptors;
        this.dataOffset = dataOffset;
    }

    static Statistics of(int fd, String name) {
        FileDescriptor descriptor = new FileDescriptor(fd, name + " statistics");
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment header = arena.allocate(kvm_stats_header.layout());
            readFully(descriptor, header, 0);
            int nameSize = kvm_stats_header.name_size(header);
            MemorySegment subject = arena.allocate(nameSize);
            readFully(descriptor, subject, kvm_stats_header.id_offset(header));
            return new Statistics(
                    descriptor,
                    subject.getString(0),
                    descriptors(arena, descriptor, header, nameSize),
                    kvm_stats_header.data_offset(header));
        } catch (Throwable e) {
            descriptor.close();
            throw e;
        }
    }

    private static List<Statistic> descriptors(
            Arena arena, FileDescriptor descriptor, MemorySegment header, int nameSize) {
        int count = kvm_stats_header.num_desc(header);
        long size = kvm_stats_desc.sizeof() + nameSize;
        MemorySegment all = arena.allocate(count * size, Long.BYTES);
        readFully(descriptor, all, kvm_stats_header.desc_offset(header));
        List<Statistic> descriptors = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            descriptors.add(Statistic.load(all.asSlice(i * size, size)));
        }
        return List.copyOf(descriptors);
    }

    private static void readFully(FileDescriptor descriptor, MemorySegment target, long offset) {
        long done = 0;
        while (done < target.byteSize()) {
            long count = descriptor.read(target.asSlice(done), offset + done);
            if (count == 0) {
                throw new LinuxException("pread(" + descriptor + ")", Libc.EIO());
            }
            done += count;
        }
    }

    /**
     * Whose statistics they are.
     *
     * @return the kernel's name of it, such as {@code kvm-1234/vcpu-0}
     */
    public String subject() {
        return subject;
    }

    /**
     * What is counted.
     *
     * @return the statistics, in the kernel's order
     */
    public List<Statistic> descriptors() {
        return descriptors;
    }

    /**
     * The statistic with a name.
     *
     * @param name its name, such as {@code exits}
     * @return the statistic, empty if this kernel does not count it
     */
    public Optional<Statistic> find(String name) {
        return descriptors.stream().filter(statistic -> statistic.name().equals(name)).findFirst();
    }

    /**
     * Reads a statistic: {@code pread(2)} of its data.
     *
     * @param statistic one of {@link #descriptors()}
     * @return its values, one unless it is a histogram
     * @throws LinuxException if the kernel refuses
     * @throws IllegalStateException if this is closed
     */
    public List<Long> read(Statistic statistic) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment values = arena.allocate(ValueLayout.JAVA_LONG, statistic.count());
            readFully(descriptor, values, dataOffset + statistic.offset());
            return values(values, 0, statistic.count());
        }
    }

    /**
     * Reads all statistics at once: {@code pread(2)} of the data.
     *
     * @return the values of each, in the order of {@link #descriptors()}
     * @throws LinuxException if the kernel refuses
     * @throws IllegalStateException if this is closed
     */
    public SequencedMap<Statistic, List<Long>> readAll() {
        long size = 0;
        for (Statistic statistic : descriptors) {
            size = Math.max(size, statistic.offset() + (long) statistic.count() * Long.BYTES);
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment data = arena.allocate(size, Long.BYTES);
            readFully(descriptor, data, dataOffset);
            SequencedMap<Statistic, List<Long>> all = new LinkedHashMap<>();
            for (Statistic statistic : descriptors) {
                all.put(statistic, values(data, statistic.offset(), statistic.count()));
            }
            return all;
        }
    }

    private static List<Long> values(MemorySegment data, long offset, int count) {
        List<Long> values = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            values.add(data.get(ValueLayout.JAVA_LONG, offset + (long) i * Long.BYTES));
        }
        return List.copyOf(values);
    }

    /** Closes the descriptor. Does nothing the second time. */
    @Override
    public void close() {
        descriptor.close();
    }
}
