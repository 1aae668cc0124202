import kvm4j.kvm.ExitReason;
import kvm4j.kvm.Kvm;
import kvm4j.kvm.Vcpu;
import kvm4j.kvm.Vm;
import kvm4j.memory.GuestMemory;
import kvm4j.x86.Registers;
import kvm4j.x86.Segment;

import java.util.Locale;

/**
 * What an exit costs in Java: three guests of a few bytes, each of which makes one kind of exit for
 * ever. Prints a line for each: its name and the nanoseconds of one exit. exits.c does the same.
 */
final class Exits {

    private static final long ENTRY = 0x1000;
    private static final int WARM_UP = 25_000;
    private static final int EXITS = 5_000;

    /** A loop is compiled for good, not just replaced while it runs, when it is entered often. */
    private static final int EXITS_IN_A_LOOP = 25;

    private enum Guest {
        PIO(ExitReason.IO, 0xe6, 0x10, 0xeb, 0xfc),
        MMIO(ExitReason.MMIO, 0xb8, 0x00, 0xa0, 0x8e, 0xd8, 0xa2, 0x00, 0x00, 0xeb, 0xfb),
        HLT(ExitReason.HLT, 0xf4, 0xeb, 0xfd);

        private final ExitReason reason;
        private final byte[] code;

        Guest(ExitReason reason, int... code) {
            this.reason = reason;
            this.code = new byte[code.length];
            for (int i = 0; i < code.length; i++) {
                this.code[i] = (byte) code[i];
            }
        }
    }

    public static void main(String[] arguments) {
        for (Guest guest : Guest.values()) {
            measure(guest);
        }
    }

    private static void measure(Guest guest) {
        try (GuestMemory memory = GuestMemory.ofSize(0x10000);
                Kvm kvm = Kvm.open();
                Vm vm = kvm.createVm()) {
            memory.write(ENTRY, guest.code);
            vm.map(memory);
            Vcpu vcpu = vm.createVcpu(0);
            vcpu.setSpecialRegisters(vcpu.specialRegisters().withCode(Segment.realModeCode(0)));
            vcpu.setRegisters(Registers.CLEARED.withRip(ENTRY));

            run(vcpu, guest.reason, WARM_UP);
            long start = System.nanoTime();
            run(vcpu, guest.reason, EXITS);
            double each = (double) (System.nanoTime() - start) / EXITS;
            System.out.printf(
                    Locale.ROOT, "%s %.1f%n", guest.name().toLowerCase(Locale.ROOT), each);
        }
    }

    private static void run(Vcpu vcpu, ExitReason reason, int count) {
        for (int i = 0; i < count; i += EXITS_IN_A_LOOP) {
            loop(vcpu, reason);
        }
    }

    private static void loop(Vcpu vcpu, ExitReason reason) {
        for (int i = 0; i < EXITS_IN_A_LOOP; i++) {
            ExitReason seen = vcpu.run();
            if (seen != reason) {
                throw new IllegalStateException("exit reason " + seen + ", not " + reason);
            }
        }
    }
}
