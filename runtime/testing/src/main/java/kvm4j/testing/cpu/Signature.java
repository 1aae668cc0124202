package kvm4j.testing.cpu;

/**
 * Which processor it is: CPUID.1:EAX; Intel SDM volume 2, CPUID, figure 3-6.
 *
 * @param family 0 to 270, the extended family added
 * @param model 0 to 255, the extended model before it
 * @param stepping 0 to 15
 */
record Signature(int family, int model, int stepping) {

    private static final int EXTENDED_FAMILY = 0xf;

    /** Checks that there can be such numbers. */
    Signature {
        if (family < 0 || family > EXTENDED_FAMILY + 0xff) {
            throw new IllegalArgumentException("there is no family " + family);
        }
        if (model < 0 || model > 0xff) {
            throw new IllegalArgumentException("there is no model " + model);
        }
        if (stepping < 0 || stepping > 0xf) {
            throw new IllegalArgumentException("there is no stepping " + stepping);
        }
    }

    /** From the register. */
    static Signature of(int eax) {
        int family = eax >>> 8 & 0xf;
        return new Signature(
                family == EXTENDED_FAMILY ? family + (eax >>> 20 & 0xff) : family,
                eax >>> 4 & 0xf | eax >>> 12 & 0xf0,
                eax & 0xf);
    }

    /** As the register has it. */
    int eax() {
        int base = Math.min(family, EXTENDED_FAMILY);
        return family - base << 20
                | (model & 0xf0) << 12
                | base << 8
                | (model & 0xf) << 4
                | stepping;
    }

    Signature withFamily(int newFamily) {
        return new Signature(newFamily, model, stepping);
    }

    Signature withModel(int newModel) {
        return new Signature(family, newModel, stepping);
    }

    Signature withStepping(int newStepping) {
        return new Signature(family, model, newStepping);
    }
}
