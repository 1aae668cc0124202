package kvm4j.x86;

/** An access to a port, as the exit information of both extensions has it. */
record PortAccess(boolean in, boolean string, boolean repeated, int size, int port) {

    @Override
    public String toString() {
        String name = (repeated ? "REP " : "") + (in ? "IN" : "OUT") + (string ? "S" : "");
        return "%s, %d byte%s, port 0x%x".formatted(name, size, size == 1 ? "" : "s", port);
    }
}
