package kvm4j.machine;

import kvm4j.device.BusCursor;
import kvm4j.device.MmioBus;
import kvm4j.device.PortBus;
import kvm4j.kvm.memory.CoalescedRing;

/** Hands writes that were collected in the kernel to their devices, one vCPU thread at a time. */
final class CoalescedWrites implements CoalescedRing.Visitor {

    private final BusCursor ports;
    private final BusCursor mmio;

    /** Null while nothing is collected. */
    private CoalescedRing ring;

    CoalescedWrites(PortBus ports, MmioBus mmio) {
        this.ports = ports.cursor();
        this.mmio = mmio.cursor();
    }

    /** Says where they are, before the machine starts. */
    void collectedIn(CoalescedRing writes) {
        ring = writes;
    }

    /** To be called before an exit is handled: what was collected happened first. */
    void deliver() {
        if (ring != null) {
            deliverCollected();
        }
    }

    private synchronized void deliverCollected() {
        ring.drain(this);
    }

    @Override
    public void mmio(long address, int length, long value) {
        try {
            mmio.write(address, length, value);
        } catch (Throwable failure) {
            throw PartFailure.atAddress(address, failure);
        }
    }

    @Override
    public void port(int port, int size, long value) {
        try {
            ports.write(port, size, value);
        } catch (Throwable failure) {
            throw PartFailure.atPort(port, failure);
        }
    }
}
