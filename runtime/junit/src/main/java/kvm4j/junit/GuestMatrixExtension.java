package kvm4j.junit;

import kvm4j.machine.IrqchipMode;
import kvm4j.testing.GuestSetup;
import kvm4j.testing.Quantity;

import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.Extension;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.TestTemplateInvocationContext;
import org.junit.jupiter.api.extension.TestTemplateInvocationContextProvider;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Repeats a test on the machines of a {@link GuestMatrix}. */
final class GuestMatrixExtension implements TestTemplateInvocationContextProvider {

    private static final Namespace NAMESPACE = Namespace.create(GuestMatrixExtension.class);

    @Override
    public boolean supportsTestTemplate(ExtensionContext context) {
        return context.getRequiredTestMethod().isAnnotationPresent(GuestMatrix.class);
    }

    @Override
    public Stream<TestTemplateInvocationContext> provideTestTemplateInvocationContexts(
            ExtensionContext context) {
        GuestMatrix matrix = context.getRequiredTestMethod().getAnnotation(GuestMatrix.class);
        if (matrix.cpus().length + matrix.irqchip().length + matrix.memory().length == 0) {
            throw new ExtensionConfigurationException(
                    "@GuestMatrix wants cpus, irqchip or memory, one of them at least");
        }
        List<TestTemplateInvocationContext> cells = new ArrayList<>();
        for (OptionalInt cpus : cpus(matrix)) {
            for (Optional<IrqchipMode> irqchip : orNothing(matrix.irqchip())) {
                for (Optional<String> memory : orNothing(matrix.memory())) {
                    Cell cell = new Cell(cpus, irqchip, memory);
                    if (cell.isPossible()) {
                        cells.add(cell);
                    }
                }
            }
        }
        if (cells.isEmpty()) {
            throw new ExtensionConfigurationException(
                    "@GuestMatrix has no machine that can be: several processors need interrupt"
                            + " controllers to start each other");
        }
        return cells.stream();
    }

    private static List<OptionalInt> cpus(GuestMatrix matrix) {
        return matrix.cpus().length == 0
                ? List.of(OptionalInt.empty())
                : Arrays.stream(matrix.cpus()).mapToObj(OptionalInt::of).toList();
    }

    private static <T> List<Optional<T>> orNothing(T[] values) {
        return values.length == 0
                ? List.of(Optional.empty())
                : Arrays.stream(values).map(Optional::of).toList();
    }

    /** What the matrix, if there is one, changes of a guest's description. */
    static Consumer<GuestSetup> overrides(ExtensionContext context) {
        Cell cell = context.getStore(NAMESPACE).get(Cell.class, Cell.class);
        return cell == null ? setup -> {} : cell::applyTo;
    }

    private record Cell(OptionalInt cpus, Optional<IrqchipMode> irqchip, Optional<String> memory)
            implements TestTemplateInvocationContext, BeforeEachCallback {

        boolean isPossible() {
            return cpus.orElse(1) == 1
                    || irqchip.filter(mode -> mode == IrqchipMode.NONE).isEmpty();
        }

        void applyTo(GuestSetup setup) {
            cpus.ifPresent(setup::cpus);
            irqchip.ifPresent(setup::irqchip);
            memory.map(Quantity::bytes).ifPresent(setup::memory);
        }

        @Override
        public String getDisplayName(int index) {
            List<String> parts = new ArrayList<>();
            cpus.ifPresent(count -> parts.add(count + (count == 1 ? " cpu" : " cpus")));
            irqchip.ifPresent(mode -> parts.add("irqchip " + mode.name().toLowerCase(Locale.ROOT)));
            memory.ifPresent(parts::add);
            return String.join(", ", parts);
        }

        @Override
        public List<Extension> getAdditionalExtensions() {
            return List.of(this);
        }

        @Override
        public void beforeEach(ExtensionContext context) {
            context.getStore(NAMESPACE).put(Cell.class, this);
        }
    }
}
