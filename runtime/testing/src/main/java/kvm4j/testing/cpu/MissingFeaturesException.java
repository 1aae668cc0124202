package kvm4j.testing.cpu;

import java.io.Serial;
import java.util.List;

/** KVM does not offer all that a processor is to have here. */
public final class MissingFeaturesException extends RuntimeException {

    @Serial private static final long serialVersionUID = 1L;

    MissingFeaturesException(QemuCpu cpu, List<String> features) {
        super(
                "processor %s: KVM does not offer here: %s"
                        .formatted(cpu, String.join(", ", features)));
    }
}
