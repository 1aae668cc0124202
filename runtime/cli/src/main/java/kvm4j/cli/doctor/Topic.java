package kvm4j.cli.doctor;

/** What a {@link Finding} is about, in the order in which a report has them. */
enum Topic {
    PROCESSOR("Processor"),
    KERNEL("Kernel"),
    DEVICE("Device"),
    MEMORY("Memory"),
    CLOCK("Clock"),
    GUEST("Guest");

    private final String title;

    Topic(String title) {
        this.title = title;
    }

    String title() {
        return title;
    }
}
