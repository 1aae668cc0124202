package kvm4j.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;

import kvm4j.kvm.msr.MsrTable;
import kvm4j.x86.Msr;

import org.junit.jupiter.api.Test;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

class StateMsrsTest {

    private static final Msr FIXED = new Msr(1, 10);
    private static final Msr OTHER = new Msr(2, 20);
    private static final List<Msr> ALL = List.of(FIXED, OTHER);

    private final StateMsrs msrs = new StateMsrs(ALL, Arena.ofAuto());
    private final List<List<Msr>> written = new ArrayList<>();

    /** A vCPU to which some cannot be written. */
    private Function<MsrTable, List<Msr>> refusing(List<Msr> refused) {
        return table -> {
            written.add(table.values());
            return table.values().stream().filter(refused::contains).toList();
        };
    }

    @Test
    void whatCannotBeWrittenIsNotTriedAgain() {
        msrs.restore(refusing(List.of(FIXED)), List.of()::equals);
        msrs.restore(refusing(List.of(FIXED)), List.of(FIXED)::equals);
        assertEquals(List.of(ALL, List.of(OTHER)), written);
    }

    @Test
    void aProcessorThatHasAnotherValueThereIsGivenAll() {
        msrs.restore(refusing(List.of(FIXED)), List.of()::equals);
        msrs.restore(refusing(List.of()), List.of()::equals);
        assertEquals(List.of(ALL, ALL), written);
    }

    @Test
    void whatIsRefusedLaterIsNotTriedAgainEither() {
        msrs.restore(refusing(List.of(FIXED)), _ -> true);
        msrs.restore(refusing(ALL), _ -> true);
        msrs.restore(refusing(ALL), ALL::equals);
        assertEquals(List.of(ALL, List.of(OTHER), List.of()), written);
    }
}
