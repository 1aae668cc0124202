package kvm4j.machine;

import kvm4j.kvm.ExitReason;
import kvm4j.kvm.Vcpu;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The exit handlers of a machine, in the order in which they are asked. */
final class ExitHandlers {

    private static final ExitHandler[] NOBODY = {};

    private final ExitHandler[] all;
    private final Map<ExitReason, ExitHandler[]> first = new EnumMap<>(ExitReason.class);

    ExitHandlers(List<ExitHandler> handlers) {
        all = handlers.toArray(ExitHandler[]::new);
        for (ExitHandler handler : handlers) {
            for (ExitReason reason : handler.first()) {
                first.put(reason, asking(reason, handlers));
            }
        }
    }

    private static ExitHandler[] asking(ExitReason reason, List<ExitHandler> handlers) {
        return handlers.stream()
                .filter(handler -> handler.first().contains(reason))
                .toArray(ExitHandler[]::new);
    }

    /** Whether one wants to be asked before the machine's own parts. */
    boolean comeFirst() {
        return !first.isEmpty();
    }

    /** Asks those that want to be asked before the machine's own parts. */
    ExitHandler.Verdict askFirst(Vcpu vcpu, ExitReason reason) {
        return ask(first.getOrDefault(reason, NOBODY), vcpu, reason);
    }

    /** Asks all, for an exit that the machine has no part for. */
    ExitHandler.Verdict askAll(Vcpu vcpu, ExitReason reason) {
        return ask(all, vcpu, reason);
    }

    private static ExitHandler.Verdict ask(ExitHandler[] handlers, Vcpu vcpu, ExitReason reason) {
        for (ExitHandler handler : handlers) {
            ExitHandler.Verdict verdict = verdict(handler, vcpu, reason);
            if (verdict != ExitHandler.Verdict.NOT_MINE) {
                return verdict;
            }
        }
        return ExitHandler.Verdict.NOT_MINE;
    }

    private static ExitHandler.Verdict verdict(ExitHandler handler, Vcpu vcpu, ExitReason reason) {
        try {
            return Objects.requireNonNull(handler.handle(vcpu, reason), "no verdict");
        } catch (Throwable failure) {
            throw new PartFailure("exit handler", failure);
        }
    }
}
