package kvm4j.testing.fuzz;

import kvm4j.device.FuzzInput;
import kvm4j.kvm.ExitReason;
import kvm4j.kvm.KvmRun;
import kvm4j.kvm.Vcpu;
import kvm4j.machine.ExitHandler;

import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * Pauses a machine where its guest asks for its first input. Does nothing after that: machines that
 * are forked there have it, too.
 */
final class FirstRequest implements ExitHandler {

    private final CompletableFuture<Long> descriptor = new CompletableFuture<>();

    /** {@return what the guest writes to the port} */
    CompletableFuture<Long> descriptor() {
        return descriptor;
    }

    @Override
    public Set<ExitReason> first() {
        return Set.of(ExitReason.IO);
    }

    @Override
    public Verdict handle(Vcpu vcpu, ExitReason reason) {
        return reason == ExitReason.IO
                        && isRequest(vcpu.exit())
                        && descriptor.complete(vcpu.exit().ioValue(0))
                ? Verdict.PAUSE
                : Verdict.NOT_MINE;
    }

    /** Whether an exit of an access to a port asks for an input. */
    static boolean isRequest(KvmRun exit) {
        return exit.ioIsOut() && exit.ioPort() == FuzzInput.PORT && exit.ioSize() == Integer.BYTES;
    }
}
