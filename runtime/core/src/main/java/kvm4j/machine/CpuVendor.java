package kvm4j.machine;

import kvm4j.x86.CpuId;

/** Who made a processor, as CPUID leaf 0 says; which leaves of the others have a meaning. */
enum CpuVendor {
    /** Intel: {@code GenuineIntel}. */
    INTEL("Intel", 0x756e_6547),
    /** AMD: {@code AuthenticAMD}. */
    AMD("AMD", 0x6874_7541),
    /** Hygon, whose processors are AMD's: {@code HygonGenuine}. */
    HYGON("Hygon", 0x6f67_7948),
    /** Another. */
    OTHER("x86", 0);

    private final String title;
    private final int ebx;

    CpuVendor(String title, int ebx) {
        this.title = title;
        this.ebx = ebx;
    }

    static CpuVendor of(CpuId cpuId) {
        int found = cpuId.find(0, 0).map(entry -> entry.ebx()).orElse(0);
        for (CpuVendor vendor : values()) {
            if (vendor.ebx == found) {
                return vendor;
            }
        }
        return OTHER;
    }

    /** What it is called in a processor's name. */
    String title() {
        return title;
    }

    /** Whether AMD's manual says what the leaves mean. */
    boolean isAmd() {
        return this == AMD || this == HYGON;
    }
}
