package kvm4j.cli;

import kvm4j.cli.doctor.Doctor;
import kvm4j.cli.doctor.JsonReport;
import kvm4j.cli.doctor.Report;
import kvm4j.cli.doctor.TextReport;

import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

import java.io.PrintWriter;
import java.util.concurrent.Callable;

/** {@code kvm4j doctor}: whether guests can run here, and if not, what to do. */
final class DoctorCommand implements Callable<Integer> {

    static final String NAME = "doctor";

    private final OptionSpec kvmDevice = Usage.kvmDevice();

    private final OptionSpec json =
            OptionSpec.builder("--json")
                    .type(boolean.class)
                    .initialValue(false)
                    .description("Write the report as JSON, with all capabilities.")
                    .build();

    private final OptionSpec capabilities =
            OptionSpec.builder("--capabilities")
                    .type(boolean.class)
                    .initialValue(false)
                    .description("Also list what KVM and the processor can do.")
                    .build();

    private final OptionSpec gate =
            OptionSpec.builder("--ci")
                    .type(boolean.class)
                    .initialValue(false)
                    .description("Write the verdict and what stands in the way alone: for CI.")
                    .build();

    private final CommandSpec spec =
            CommandSpec.wrapWithoutInspection(this)
                    .name(NAME)
                    .addOption(kvmDevice)
                    .addOption(json)
                    .addOption(capabilities)
                    .addOption(gate);

    CommandSpec spec() {
        spec.usageMessage()
                .header("Examines whether this host can run guests.")
                .exitCodeList(ExitStatus.of("guests can run here", ExitStatus.NO_PERMISSION))
                .description(
                        "Looks at the processor, the kernel, the KVM device and what it can do,"
                                + " runs a guest in each mode of the processor, and says what to do"
                                + " where something is in the way.");
        return spec;
    }

    @Override
    public Integer call() {
        CommandLine command = spec.commandLine();
        Report report = Doctor.examineThisHost(kvmDevice.getValue(), Version.ofKvm4j());
        write(report, command);
        command.getOut().flush();
        return statusOf(report).code();
    }

    private void write(Report report, CommandLine command) {
        PrintWriter out = command.getOut();
        TextReport text = new TextReport(command.getColorScheme(), spec.usageMessage().width());
        if (json.<Boolean>getValue()) {
            JsonReport.write(report, out);
            return;
        }
        if (gate.<Boolean>getValue()) {
            text.writeObstacles(report, out);
        } else {
            text.write(report, out);
        }
        if (capabilities.<Boolean>getValue()) {
            text.writeAbilities(report, out);
        }
    }

    private static ExitStatus statusOf(Report report) {
        if (report.ready()) {
            return ExitStatus.OK;
        }
        return report.permitted() ? ExitStatus.UNAVAILABLE : ExitStatus.NO_PERMISSION;
    }
}
