package kvm4j.benchmarks.loop;

import kvm4j.benchmarks.kind.Workload;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** How much of kvm4j is between the loop and the system call. */
public enum Layer {
    /**
     * A downcall of libc's {@code ioctl(2)} with errno, and nothing else: what Java has to offer.
     */
    DOWNCALL("a bare downcall"),

    /** {@code Kvm.apiVersion()}, {@code Vcpu.run()}: what a user of the library calls. */
    VCPU("Vcpu.run()"),

    /** A machine's exit loop with the device that the exit is for, or a machine as a whole. */
    MACHINE("Machine"),

    /** The same with an observer that counts exits by their reason. */
    OBSERVED("with observer");

    private final String title;

    Layer(String title) {
        this.title = title;
    }

    /**
     * Looks a layer up by its name.
     *
     * @param name such as {@code vcpu}
     * @return the layer, or empty if there is none of that name
     */
    public static Optional<Layer> find(String name) {
        return Arrays.stream(values()).filter(layer -> layer.layerName().equals(name)).findFirst();
    }

    /** {@return the layer's name, such as {@code vcpu}} */
    public String layerName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** {@return what the layer is, in a few words} */
    public String title() {
        return title;
    }

    /**
     * Whether a workload can be done on this layer.
     *
     * @param workload what to measure
     * @return whether {@link #prepare} takes it
     */
    public boolean supports(Workload workload) {
        return switch (this) {
            case DOWNCALL ->
                    workload instanceof Workload.SystemCall
                            || workload instanceof Workload.ImmediateExit;
            case VCPU ->
                    !(workload instanceof Workload.Machined
                            || workload instanceof Workload.WholeProcess);
            case MACHINE -> workload instanceof Workload.Machined || MachineLoop.supports(workload);
            case OBSERVED -> MachineLoop.supports(workload);
        };
    }

    Measurable prepare(Workload workload) {
        return switch (this) {
            case DOWNCALL -> OperationLoop.counted(new DowncallOperation(workload));
            case VCPU -> OperationLoop.counted(Operation.of(workload));
            case MACHINE ->
                    workload instanceof Workload.GuestExits exits
                            ? new MachineLoop(exits)
                            : OperationLoop.uncounted(Operation.of(workload));
            case OBSERVED -> new MachineLoop((Workload.GuestExits) workload, new ExitCount());
        };
    }
}
