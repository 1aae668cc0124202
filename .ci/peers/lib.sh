# shellcheck shell=sh
# How a kvm-unit-tests image is run under QEMU and under kvm4j: the same memory, processors, test
# devices and processor features. To be sourced, here by bash, in emulated hosts by busybox's sh. The
# command line to run is $kvm4j.
: "${kvm4j:?}"

# run_qemu SECONDS IMAGE CPUS ARGUMENTS: its serial output; its exit status, 124 if the time was over.
# QEMU ends with 0 where it is asked to terminate, so it is killed, and where the guest shuts down or
# resets.
run_qemu() {
    qemu_status=0
    timeout -s KILL "$1" qemu-system-x86_64 -nodefaults -no-reboot -vnc none -serial stdio \
        -machine accel=kvm -cpu max,-arch-capabilities -m 512 -smp "$3" \
        -device pc-testdev -device isa-debug-exit,iobase=0xf4,iosize=0x4 \
        -kernel "$2" -append "$4" </dev/null || qemu_status=$?
    [ "$qemu_status" -ne 137 ] || qemu_status=124
    return "$qemu_status"
}

# run_kvm4j SECONDS IMAGE CPUS ARGUMENTS: likewise.
run_kvm4j() {
    "$kvm4j" run --memory 512M --cpus "$3" --timeout "${1}s" \
        --device pc-testdev --device isa-debug-exit --append "$4" "$2" </dev/null
}

# run_both RESULT SECONDS IMAGE CPUS ARGUMENTS: one after the other. What each printed is in
# RESULT.qemu and RESULT.kvm4j, with .errors and .status beside it.
run_both() {
    result="$1"
    shift
    for peer in qemu kvm4j; do
        peer_status=0
        "run_$peer" "$@" >"$result.$peer" 2>"$result.$peer.errors" || peer_status=$?
        echo "$peer_status" >"$result.$peer.status"
    done
}

# Where both run on this machine: QEMU is there, and kvm4j built.
require_peers() {
    if ! command -v qemu-system-x86_64 >/dev/null; then
        echo "$0: needs qemu-system-x86_64 (package qemu-system-x86)" >&2
        exit 69
    fi
    "$kvm4j" --version >/dev/null
}
