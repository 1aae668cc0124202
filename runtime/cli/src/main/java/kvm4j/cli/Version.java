package kvm4j.cli;

import picocli.CommandLine.IVersionProvider;

import java.lang.module.ModuleDescriptor;

/** What {@code --version} prints. */
final class Version implements IVersionProvider {

    @Override
    public String[] getVersion() {
        ModuleDescriptor module = Version.class.getModule().getDescriptor();
        return new String[] {
            "kvm4j " + module.rawVersion().orElse("(unknown version)"),
            "Java " + Runtime.version() + ", " + System.getProperty("java.vm.vendor"),
            System.getProperty("os.name") + " " + System.getProperty("os.version")
        };
    }
}
