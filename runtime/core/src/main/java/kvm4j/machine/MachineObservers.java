package kvm4j.machine;

import kvm4j.kvm.Vcpu;
import kvm4j.kvm.irq.Irqchip;
import kvm4j.snapshot.MachineState;
import kvm4j.x86.Msi;

import java.util.Optional;
import java.util.stream.Stream;

/** Two observers of a machine as one, called in order. */
record MachineObservers(MachineObserver one, MachineObserver other) implements MachineObserver {

    @Override
    public Optional<ExitObserver> exits(int processors) {
        return Stream.of(one, other)
                .flatMap(observer -> observer.exits(processors).stream())
                .reduce(ExitObservers::new);
    }

    @Override
    public void built(MachineState.Hardware hardware, int processors) {
        one.built(hardware, processors);
        other.built(hardware, processors);
    }

    @Override
    public void started() {
        one.started();
        other.started();
    }

    @Override
    public void kicked(Vcpu vcpu, Kick kick) {
        one.kicked(vcpu, kick);
        other.kicked(vcpu, kick);
    }

    @Override
    public void lineSet(int gsi, boolean high) {
        one.lineSet(gsi, high);
        other.lineSet(gsi, high);
    }

    @Override
    public void messageSent(Msi message, Irqchip.Delivery delivery) {
        one.messageSent(message, delivery);
        other.messageSent(message, delivery);
    }

    @Override
    public void ended(Outcome outcome) {
        try {
            one.ended(outcome);
        } finally {
            other.ended(outcome);
        }
    }
}
