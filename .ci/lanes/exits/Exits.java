import kvm4j.boot.ImageFormat;
import kvm4j.kvm.ExitReason;
import kvm4j.kvm.Kvm;
import kvm4j.kvm.Vcpu;
import kvm4j.kvm.Vm;
import kvm4j.machine.ExitHandler;
import kvm4j.machine.Machine;
import kvm4j.machine.MachineBuilder;
import kvm4j.machine.Outcome;
import kvm4j.machine.Snapshot;
import kvm4j.memory.GuestMemory;
import kvm4j.x86.Registers;
import kvm4j.x86.Segment;

import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.stream.LongStream;

/**
 * What an exit costs in Java: three guests of a few bytes, each of which makes one kind of exit for
 * ever; and what whole machines do: one from nothing to its end, one that is forked from a snapshot,
 * one that is run and restored. Prints a line for each: its name and the nanoseconds of one exit, or
 * of one machine. exits.c does the same.
 */
final class Exits {

    private static final long ENTRY = 0x1000;
    private static final int WARM_UP = 25_000;
    private static final int EXITS = 5_000;

    /** A loop is compiled for good, not just replaced while it runs, when it is entered often. */
    private static final int EXITS_IN_A_LOOP = 25;

    private static final long LIFE_MEMORY = 1 << 20;
    private static final int FIRST_LIVES = 400;
    private static final int LIVES = 50;

    /** MOV AL, 0; OUT 0xf4, AL. */
    private static final byte[] LIFE_CODE = {(byte) 0xb0, 0x00, (byte) 0xe6, (byte) 0xf4};

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
        measureLives();
    }

    /** Nanoseconds of machines from nothing, and from a snapshot, to their exits. */
    private static void measureLives() {
        print("life", mean(times(() -> live(builder().build()))));
        try (Machine machine = builder().build();
                Snapshot snapshot = machine.snapshot()) {
            print("fork", mean(times(() -> live(snapshot.fork()))));
        }
        Returning returning = new Returning();
        try (Machine machine = builder().exitHandler(returning).build()) {
            machine.pause();
            machine.start();
            try (Snapshot snapshot = machine.snapshot()) {
                print(
                        "restore",
                        median(times(() -> returning.goAndReturn(machine, snapshot))));
            }
        }
    }

    private static MachineBuilder builder() {
        return Machine.builder().memory(LIFE_MEMORY).image(ImageFormat.FLAT.read(LIFE_CODE));
    }

    private static void live(Machine machine) {
        try (machine) {
            Outcome outcome = machine.run();
            if (!outcome.equals(new Outcome.Exited(0))) {
                throw new IllegalStateException("another end: " + outcome);
            }
        }
    }

    /** Pauses the machine at its exit, in place of its end. */
    private static final class Returning implements ExitHandler {

        private final Semaphore paused = new Semaphore(0);

        @Override
        public Set<ExitReason> first() {
            return Set.of(ExitReason.IO);
        }

        @Override
        public Verdict handle(Vcpu vcpu, ExitReason reason) {
            paused.release();
            return Verdict.PAUSE;
        }

        void goAndReturn(Machine machine, Snapshot snapshot) {
            machine.resume();
            paused.acquireUninterruptibly();
            machine.restore(snapshot);
        }
    }

    private static long[] times(Runnable operation) {
        for (int i = 0; i < FIRST_LIVES; i++) {
            operation.run();
        }
        long[] times = new long[LIVES];
        for (int i = 0; i < LIVES; i++) {
            long start = System.nanoTime();
            operation.run();
            times[i] = System.nanoTime() - start;
        }
        return times;
    }

    /** Of what waits for the kernel's ticks, by which single times differ. */
    private static double mean(long[] times) {
        return LongStream.of(times).average().orElseThrow();
    }

    /** Of what is short beside the turns that the compiler's threads have in between. */
    private static double median(long[] times) {
        return LongStream.of(times).sorted().skip(times.length / 2).findFirst().orElseThrow();
    }

    private static void print(String name, double nanoseconds) {
        System.out.printf(Locale.ROOT, "%s %.1f%n", name, nanoseconds);
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
            print(guest.name().toLowerCase(Locale.ROOT), each);
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
