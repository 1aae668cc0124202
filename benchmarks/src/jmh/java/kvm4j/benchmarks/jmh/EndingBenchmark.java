package kvm4j.benchmarks.jmh;

import kvm4j.boot.FlatImage;
import kvm4j.device.BusDevice;
import kvm4j.machine.IrqchipMode;
import kvm4j.machine.Machine;
import kvm4j.machine.MachineBuilder;
import kvm4j.machine.Outcome;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.Pipe;
import java.util.HexFormat;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * How long a machine takes to end when it is told to, while its guest and what is connected to it
 * do what they can: a machine's whole end, one at a time. What counts is the longest, which {@code
 * -rf json} has with all others.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 20)
@Measurement(iterations = 1000)
public class EndingBenchmark {

    /** What keeps a machine busy. */
    public enum Stall {
        /** A guest that never leaves by itself, with interrupts off. */
        SPINNING("ebfe"),
        /** Four processors, three of which wait for the first, which spins. */
        SPINNING_BESIDE_OTHERS("ebfe") {
            @Override
            void applyTo(MachineBuilder builder, CountDownLatch busy) throws IOException {
                builder.irqchip(IrqchipMode.KERNEL).processors(4);
                super.applyTo(builder, busy);
            }
        },
        /** One that waits for an interrupt. */
        HALTED("fbf4ebfd") {
            @Override
            void applyTo(MachineBuilder builder, CountDownLatch busy) throws IOException {
                builder.irqchip(IrqchipMode.KERNEL);
                super.applyTo(builder, busy);
            }
        },
        /** One that exits all the time. */
        EXITING("e681ebfc"),
        /** One whose device waits for something that does not come. */
        DEVICE_WAITS("e680ebfc") {
            @Override
            void applyTo(MachineBuilder builder, CountDownLatch busy) {
                builder.ports(0x80, 1, new WaitingDevice(busy));
            }
        },
        /** One that prints more than the pipe holds, whose other end nobody reads. */
        OUTPUT_UNREAD("baf803b90010b078f36eebf9") {
            @Override
            void applyTo(MachineBuilder builder, CountDownLatch busy) throws IOException {
                OutputStream pipe = Channels.newOutputStream(Pipe.open().sink());
                builder.console(pipe);
                super.applyTo(builder, busy);
            }
        };

        private final byte[] code;

        Stall(String code) {
            this.code = HexFormat.of().parseHex(code);
        }

        /** Connects what it needs, and says when the guest is at it. */
        void applyTo(MachineBuilder builder, CountDownLatch busy) throws IOException {
            busy.countDown();
        }
    }

    /** Waits until it is interrupted. */
    private record WaitingDevice(CountDownLatch busy) implements BusDevice {
        @Override
        public long read(long offset, int size) {
            return 0;
        }

        @Override
        public void write(long offset, int size, long value) {
            busy.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** What keeps it busy. */
    @Param private Stall stall;

    private Machine machine;

    /**
     * Starts a machine, and gives it time to be at it.
     *
     * @throws IOException if there are no pipes
     * @throws InterruptedException if interrupted
     */
    @Setup(Level.Iteration)
    public void start() throws IOException, InterruptedException {
        CountDownLatch busy = new CountDownLatch(1);
        MachineBuilder builder = Machine.builder().memory(1 << 20).image(new FlatImage(stall.code));
        stall.applyTo(builder, busy);
        machine = builder.build();
        machine.start();
        busy.await();
        Thread.sleep(5);
    }

    /**
     * Ends it.
     *
     * @return how it ended
     */
    @Benchmark
    public Outcome stop() {
        machine.stop();
        return machine.await();
    }

    /** Gives back what it held. */
    @TearDown(Level.Iteration)
    public void close() {
        machine.close();
    }
}
