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

    private final OptionSpec kvmDevice = Usage.kvmDevice();

    private final OptionSpec json =
            OptionSpec.builder("--json")
                    .type(boolean.class)
                    .initialValue(false)
                    .description("Write the report as JSON.")
                    .build();

    private final CommandSpec spec =
            CommandSpec.wrapWithoutInspection(this)
                    .name("doctor")
                    .addOption(kvmDevice)
                    .addOption(json);

    CommandSpec spec() {
        spec.usageMessage()
                .header("Examines whether this host can run guests.")
                .description(
                        "Looks at the processor, the kernel, the KVM device and what it can do,"
                                + " runs a guest in each mode of the processor, and says what to do"
                                + " where something is in the way. Ends with status 0 only if"
                                + " guests can run.");
        return spec;
    }

    @Override
    public Integer call() {
        CommandLine command = spec.commandLine();
        PrintWriter out = command.getOut();
        Report report = Doctor.examineThisHost(kvmDevice.getValue());
        if (json.<Boolean>getValue()) {
            JsonReport.write(report, out);
        } else {
            int width = spec.usageMessage().width();
            new TextReport(command.getColorScheme(), width).write(report, out);
        }
        out.flush();
        return (report.ready() ? ExitStatus.OK : ExitStatus.UNAVAILABLE).code();
    }
}
