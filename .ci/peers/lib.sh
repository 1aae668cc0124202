# shellcheck shell=bash
# How a kvm-unit-tests image is run under QEMU and under kvm4j: the same memory, processors, test
# devices and processor features. To be sourced.
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

# run_qemu SECONDS IMAGE CPUS ARGUMENTS: its serial output; its exit status, 124 if the time was over.
run_qemu() {
    timeout "$1" qemu-system-x86_64 -nodefaults -vnc none -serial stdio \
        -machine accel=kvm -cpu max,-arch-capabilities -m 512 -smp "$3" \
        -device pc-testdev -device isa-debug-exit,iobase=0xf4,iosize=0x4 \
        -kernel "$2" -append "$4" </dev/null
}

# run_kvm4j SECONDS IMAGE CPUS ARGUMENTS: likewise.
run_kvm4j() {
    "$repository/kvm4j" run --memory 512M --cpus "$3" --timeout "${1}s" \
        --device pc-testdev --device isa-debug-exit --append "$4" "$2" </dev/null
}

require_peers() {
    if ! command -v qemu-system-x86_64 >/dev/null; then
        echo "$0: needs qemu-system-x86_64 (package qemu-system-x86)" >&2
        exit 69
    fi
    "$repository/kvm4j" --version >/dev/null
}
