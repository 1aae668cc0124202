/**
 * The kernel's KVM interface, the libc calls and perf_event_open(2), as jextract prints them from
 * the headers named in {@code HEADERS}. Nothing here is written by hand and nothing here checks its
 * arguments; {@code kvm4j.linux} and {@code kvm4j.kvm} are the interface for people.
 */
module kvm4j.bindings {
    exports kvm4j.bindings.kvm;
    exports kvm4j.bindings.libc;
    exports kvm4j.bindings.perf;
}
