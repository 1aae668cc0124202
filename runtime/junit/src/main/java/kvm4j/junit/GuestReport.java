package kvm4j.junit;

import java.io.Serial;

/** What is to be known of a guest whose test failed: comes with the failure, as suppressed. */
public final class GuestReport extends Exception {

    @Serial private static final long serialVersionUID = 1L;

    GuestReport(String report) {
        super("\n" + report, null, false, false);
    }
}
