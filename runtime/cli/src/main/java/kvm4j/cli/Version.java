package kvm4j.cli;

import picocli.CommandLine.IVersionProvider;

import java.lang.module.ModuleDescriptor;
import java.util.Optional;

/** What {@code --version} prints. */
final class Version implements IVersionProvider {

    @Override
    public String[] getVersion() {
        return new String[] {
            "kvm4j " + ofKvm4j(),
            "Java " + Runtime.version() + ", " + System.getProperty("java.vm.vendor"),
            System.getProperty("os.name") + " " + System.getProperty("os.version")
        };
    }

    /** kvm4j's own, as its module has it; on a class path there is none. */
    static String ofKvm4j() {
        return Optional.ofNullable(Version.class.getModule().getDescriptor())
                .flatMap(ModuleDescriptor::rawVersion)
                .orElse("(unknown version)");
    }
}
