package kvm4j.cli.doctor;

/**
 * What runs guests here, in a few words.
 *
 * @param kernel the kernel's version
 * @param module KVM's module for this vendor's processors; {@code none} without one
 * @param processor the processor's name
 */
public record HostFacts(String kernel, String module, String processor) {

    /**
     * Looks at this host.
     *
     * @return what it is
     */
    public static HostFacts ofThisHost() {
        HostFiles files = HostFiles.OF_THIS_HOST;
        KernelModules modules = KernelModules.of(files);
        return new HostFacts(
                "Linux " + modules.release(),
                modules.vendor().isEmpty() ? "none" : String.join(", ", modules.vendor()),
                Processor.of(files).model());
    }
}
