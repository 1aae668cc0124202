package kvm4j.kvm;

import kvm4j.memory.GuestMemory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Whether KVM translates guests' addresses by page tables that it derives from theirs. */
final class ShadowPaging {

    /** The parameters by which the vendors' modules say that the hardware translates. */
    private static final List<Path> SWITCHES =
            List.of(
                    Path.of("/sys/module/kvm_intel/parameters/ept"),
                    Path.of("/sys/module/kvm_amd/parameters/npt"));

    /** Far from all memory and devices. */
    private static final long NOWHERE = (1L << 46) - (1L << 40);

    private static final boolean USED = SWITCHES.stream().noneMatch(ShadowPaging::isOn);

    private ShadowPaging() {}

    static boolean isUsed() {
        return USED;
    }

    /** Made when it is first needed, and kept: the slot alone has to come and go each time. */
    private static final class Removable {
        static final GuestMemory PAGE =
                GuestMemory.builder().ram(NOWHERE, GuestMemory.PAGE_SIZE).build();
    }

    /** Memory whose removal makes KVM drop what it derived; not to be closed. */
    static GuestMemory pageToRemove() {
        return Removable.PAGE;
    }

    private static boolean isOn(Path parameter) {
        try {
            String value = Files.readString(parameter).strip();
            return value.equals("Y") || value.equals("1");
        } catch (IOException e) {
            return false;
        }
    }
}
