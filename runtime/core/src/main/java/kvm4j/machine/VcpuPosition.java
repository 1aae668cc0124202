package kvm4j.machine;

import kvm4j.kvm.Vcpu;
import kvm4j.memory.GuestMemory;
import kvm4j.x86.Registers;

import java.util.Locale;
import java.util.Optional;

/**
 * Where a vCPU was when its machine was ended from outside.
 *
 * @param vcpu the vCPU's number
 * @param activity what it did
 * @param report its registers and the code at RIP; nothing if they could not be read, as those of a
 *     vCPU that has not left a device
 */
public record VcpuPosition(int vcpu, Activity activity, Optional<CrashReport> report) {

    /** What a vCPU can be doing. */
    public enum Activity {
        /** Its thread had not come to it yet. */
        NOT_STARTED,
        /** It ran the guest's code. */
        RUNNING,
        /** It had executed HLT, and waited for an interrupt. */
        HALTED,
        /** It waited for INIT and SIPI, which start it. */
        WAITING_FOR_STARTUP,
        /** Its thread was in a device or an observer, and did not come back. */
        HANDLING_EXIT
    }

    /** The position of a vCPU that is out of the guest, on a thread that may use it. */
    static VcpuPosition of(Vcpu vcpu, GuestMemory memory, IrqchipMode irqchip) {
        return new VcpuPosition(
                vcpu.id(), activity(vcpu, irqchip), Optional.of(CrashReport.of(vcpu, memory)));
    }

    /** The position of a vCPU whose registers cannot be read. */
    static VcpuPosition unread(int vcpu, Activity activity) {
        return new VcpuPosition(vcpu, activity, Optional.empty());
    }

    private static Activity activity(Vcpu vcpu, IrqchipMode irqchip) {
        if (irqchip == IrqchipMode.NONE) {
            return Activity.RUNNING; // HLT would have ended the machine, and nobody waits for SIPI
        }
        return switch (vcpu.interrupts().mpState()) {
            case HALTED -> Activity.HALTED;
            case UNINITIALIZED, INIT_RECEIVED, AP_RESET_HOLD -> Activity.WAITING_FOR_STARTUP;
            case RUNNABLE, SIPI_RECEIVED -> Activity.RUNNING;
        };
    }

    /**
     * Whether the processor would have taken an interrupt.
     *
     * @return RFLAGS.IF; false if the registers could not be read
     */
    public boolean interruptsEnabled() {
        return report.filter(known -> (known.registers().rflags() & Registers.RFLAGS_IF) != 0)
                .isPresent();
    }

    /**
     * All of it in a few words, for people.
     *
     * @return such as {@code vCPU 0 running at RIP 0x1000 (eb fe), interrupts off}
     */
    public String describe() {
        String doing = "vCPU " + vcpu + " " + activity.name().toLowerCase(Locale.ROOT);
        return doing.replace('_', ' ')
                + report.map(CrashReport::place).orElse("")
                + (report.isEmpty() ? "" : ", interrupts " + (interruptsEnabled() ? "on" : "off"));
    }
}
