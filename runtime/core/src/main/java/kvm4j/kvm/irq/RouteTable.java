package kvm4j.kvm.irq;

import kvm4j.bindings.kvm.KvmUapi;
import kvm4j.bindings.kvm.kvm_irq_routing;
import kvm4j.bindings.kvm.kvm_irq_routing_entry;
import kvm4j.bindings.kvm.kvm_irq_routing_hv_sint;
import kvm4j.bindings.kvm.kvm_irq_routing_irqchip;
import kvm4j.bindings.kvm.kvm_irq_routing_msi;
import kvm4j.linux.FileDescriptor;
import kvm4j.linux.Ioctl;
import kvm4j.x86.IoApicState;
import kvm4j.x86.Msi;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The routes of a VM, which the kernel takes as a whole and never gives back: those of lines, which
 * are set together, and those of allocated interrupts, each of which is its owner's. What the
 * kernel refuses changes nothing. Any thread may use it.
 */
final class RouteTable {

    private static final Ioctl SET_GSI_ROUTING =
            new Ioctl("KVM_SET_GSI_ROUTING", KvmUapi.KVM_SET_GSI_ROUTING());
    private static final Ioctl CHECK_EXTENSION =
            new Ioctl("KVM_CHECK_EXTENSION", KvmUapi.KVM_CHECK_EXTENSION());

    private final FileDescriptor vm;
    private List<IrqRoute> lines = List.of();
    private final BitSet allocated = new BitSet();
    private final Map<Integer, IrqRoute> routes = new TreeMap<>();
    private int reserved = IoApicState.PINS;

    RouteTable(FileDescriptor vm) {
        this.vm = vm;
    }

    /** Notes what the kernel begins with. */
    synchronized void created(List<IrqRoute> standard) {
        lines = standard;
    }

    /** Keeps interrupts for lines, the first so many. */
    synchronized void reserve(int count) {
        reserved = Math.max(reserved, count);
    }

    synchronized void replace(List<IrqRoute> newLines) {
        for (IrqRoute route : newLines) {
            if (allocated.get(route.gsi())) {
                throw new IllegalArgumentException(
                        "interrupt %d is allocated to someone".formatted(route.gsi()));
            }
        }
        set(newLines, routes);
        lines = List.copyOf(newLines);
    }

    synchronized List<IrqRoute> all() {
        return join(lines, routes);
    }

    synchronized int allocate() {
        int limit = vm.ioctl(CHECK_EXTENSION, KvmUapi.KVM_CAP_IRQ_ROUTING());
        BitSet taken = (BitSet) allocated.clone();
        lines.forEach(route -> taken.set(route.gsi()));
        int gsi = taken.nextClearBit(reserved);
        if (gsi >= limit) {
            throw new IllegalStateException(
                    "no interrupt is free: %d of %d are allocated"
                            .formatted(allocated.cardinality(), limit));
        }
        allocated.set(gsi);
        return gsi;
    }

    /** Changes where an allocated interrupt goes: nowhere, if there is no route. */
    synchronized void route(int gsi, Optional<IrqRoute> route) {
        Map<Integer, IrqRoute> changed = new TreeMap<>(routes);
        route.ifPresentOrElse(to -> changed.put(gsi, to), () -> changed.remove(gsi));
        if (!changed.equals(routes)) {
            set(lines, changed);
            routes.clear();
            routes.putAll(changed);
        }
    }

    /** Gives an allocated interrupt back, which goes nowhere. */
    synchronized void free(int gsi) {
        routes.remove(gsi);
        allocated.clear(gsi);
    }

    private static List<IrqRoute> join(List<IrqRoute> lines, Map<Integer, IrqRoute> others) {
        List<IrqRoute> all = new ArrayList<>(lines);
        all.addAll(others.values());
        return all;
    }

    private void set(List<IrqRoute> newLines, Map<Integer, IrqRoute> others) {
        List<IrqRoute> all = join(newLines, others);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment table =
                    arena.allocate(
                            kvm_irq_routing.sizeof() + all.size() * kvm_irq_routing_entry.sizeof(),
                            Long.BYTES);
            kvm_irq_routing.nr(table, all.size());
            MemorySegment entries = table.asSlice(kvm_irq_routing.sizeof());
            for (int i = 0; i < all.size(); i++) {
                store(all.get(i), kvm_irq_routing_entry.asSlice(entries, i));
            }
            vm.ioctl(SET_GSI_ROUTING, table);
        }
    }

    private static void store(IrqRoute route, MemorySegment entry) {
        kvm_irq_routing_entry.gsi(entry, route.gsi());
        MemorySegment u = kvm_irq_routing_entry.u(entry);
        switch (route) {
            case IrqRoute.ToChip(int _, Irqchip.Chip chip, int pin) -> {
                kvm_irq_routing_entry.type(entry, KvmUapi.KVM_IRQ_ROUTING_IRQCHIP());
                MemorySegment target = kvm_irq_routing_entry.u.irqchip(u);
                kvm_irq_routing_irqchip.irqchip(target, chip.id());
                kvm_irq_routing_irqchip.pin(target, pin);
            }
            case IrqRoute.ToMsi(int _, Msi message) -> {
                kvm_irq_routing_entry.type(entry, KvmUapi.KVM_IRQ_ROUTING_MSI());
                MemorySegment target = kvm_irq_routing_entry.u.msi(u);
                kvm_irq_routing_msi.address_lo(target, (int) message.address());
                kvm_irq_routing_msi.address_hi(target, (int) (message.address() >>> Integer.SIZE));
                kvm_irq_routing_msi.data(target, message.data());
            }
            case IrqRoute.ToSyntheticSource(int _, int vcpu, int source) -> {
                kvm_irq_routing_entry.type(entry, KvmUapi.KVM_IRQ_ROUTING_HV_SINT());
                MemorySegment target = kvm_irq_routing_entry.u.hv_sint(u);
                kvm_irq_routing_hv_sint.vcpu(target, vcpu);
                kvm_irq_routing_hv_sint.sint(target, source);
            }
        }
    }
}
