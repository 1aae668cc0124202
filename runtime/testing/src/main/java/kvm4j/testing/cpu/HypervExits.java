package kvm4j.testing.cpu;

import kvm4j.kvm.ExitReason;
import kvm4j.kvm.Vcpu;
import kvm4j.kvm.VmExit;
import kvm4j.machine.ExitHandler;

/**
 * What KVM leaves to user space of Hyper-V: the pages of the synthetic interrupt controller, which
 * are the guest's own memory here, and calls to somebody whom nobody has connected.
 */
final class HypervExits implements ExitHandler {

    private static final int CODE = 0xffff;
    private static final int POST_MESSAGE = 0x5c;
    private static final int SIGNAL_EVENT = 0x5d;

    private static final int INVALID_CODE = 2;
    private static final int INVALID_CONNECTION = 0x12;

    @Override
    public Verdict handle(Vcpu vcpu, ExitReason reason) {
        if (reason != ExitReason.HYPERV) {
            return Verdict.NOT_MINE;
        }
        return switch (VmExit.of(reason, vcpu.exit())) {
            case VmExit.HypervSynic _ -> Verdict.HANDLED;
            case VmExit.HypervHypercall call -> {
                vcpu.exit().setHypervResult(answer((int) call.input() & CODE));
                yield Verdict.HANDLED;
            }
            default -> Verdict.NOT_MINE;
        };
    }

    private static int answer(int code) {
        return switch (code) {
            case POST_MESSAGE, SIGNAL_EVENT -> INVALID_CONNECTION;
            default -> INVALID_CODE;
        };
    }
}
