package kvm4j.cli;

import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What the process tells the shell. The numbers below 79 are those of {@code sysexits.h}, 124 is
 * that of {@code timeout(1)}, and those above 128 are what a shell makes of signals.
 */
enum ExitStatus {
    /** The guest exited with code 0 or halted, or the command did what it was asked for. */
    OK(0, "the guest ended well: exit code 0, a halt, or power off"),
    /** What a suite ends with: no guest's exit code. */
    TEST_FAILED(1, "a test failed"),
    /** The command line itself is wrong. */
    USAGE(64, "the command line is wrong"),
    /** The image is there but is none that can be run. */
    BAD_IMAGE(65, "the image, or another file that is read, cannot be used"),
    /** There is neither a file nor a guest of that name. */
    NO_IMAGE(66, "there is no such image"),
    /** The host has no KVM, or KVM nothing that the guest needs, or no JDK to run kvm4j itself. */
    UNAVAILABLE(
            69,
            "this host cannot run the guest: no KVM, no VMX or SVM inside, no JDK, or no room for a"
                    + " JVM"),
    /** A defect of kvm4j. */
    SOFTWARE(70, "an error in kvm4j itself, or in its build"),
    /** The guest's serial output or a report has nowhere to go, or what kvm4j is built to. */
    CANNOT_CREATE(
            73,
            "a file cannot be created: the serial output's, a snapshot, a report, or kvm4j's own"),
    /** The user may not use KVM, or read or write a file. */
    NO_PERMISSION(77, "no permission, for the KVM device or a file"),
    /** The guest's processor shut down. */
    TRIPLE_FAULT(80, "the guest's processor shut down: a triple fault"),
    /** KVM gave up on the guest. */
    INTERNAL_ERROR(81, "KVM could not go on, as with an instruction that it cannot emulate"),
    /** The hardware did not take the guest's state. */
    FAILED_ENTRY(82, "the processor refused to enter the guest"),
    /** A system call failed while the guest ran or was set up. */
    HOST_ERROR(83, "the host failed: out of memory, a full disk, an error of a device"),
    /** The guest reset its machine, which does not start again. */
    RESET(84, "the guest reset the machine"),
    /** The guest's kernel has crashed. */
    PANICKED(85, "the guest's kernel panicked"),
    /** The guest's exit code has more bits than a status, and all that a status has are 0. */
    WIDE_CODE(86, "the guest's exit code is not 0, but its low byte is"),
    /** The time limit ended the guest. */
    TIME_LIMIT(124, "the time limit ended the guest"),
    /** The terminal is gone. */
    HUNG_UP(129, "SIGHUP ended the guest"),
    /** The user ended the guest. */
    INTERRUPTED(130, "Ctrl-C ended the guest, or Ctrl-A x at a terminal"),
    /** Somebody ended the guest. */
    TERMINATED(143, "SIGTERM ended the guest");

    private final int code;
    private final String meaning;

    ExitStatus(int code, String meaning) {
        this.code = code;
        this.meaning = meaning;
    }

    /** The number, from 0 to 255. */
    int code() {
        return code;
    }

    /**
     * What the help of a command that runs a guest says: each number with its meaning, guests' own
     * exit codes among them.
     */
    static Map<String, String> ofGuests() {
        Map<String, String> meanings = new LinkedHashMap<>();
        meanings.put(label(OK), OK.meaning);
        meanings.put(" 1-255", "the guest's own exit code, other than 0");
        describe(EnumSet.complementOf(EnumSet.of(OK, TEST_FAILED)), meanings);
        return meanings;
    }

    /**
     * What the help of any other command says: each number with its meaning.
     *
     * @param success what 0 means there
     * @param failures what it ends with besides what every command may end with
     */
    static Map<String, String> of(String success, ExitStatus... failures) {
        Set<ExitStatus> all = EnumSet.of(USAGE, UNAVAILABLE, SOFTWARE, CANNOT_CREATE, HOST_ERROR);
        all.addAll(List.of(failures));
        Map<String, String> meanings = new LinkedHashMap<>();
        meanings.put(label(OK), success);
        describe(all, meanings);
        return meanings;
    }

    private static void describe(Set<ExitStatus> statuses, Map<String, String> meanings) {
        statuses.forEach(status -> meanings.put(label(status), status.meaning));
    }

    private static String label(ExitStatus status) {
        return " " + status.code;
    }
}
