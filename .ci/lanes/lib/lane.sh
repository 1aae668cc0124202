# shellcheck shell=bash
# One lane's journey: gather what an emulated host needs, assemble its disk, boot it, wait, bring the
# results back, judge. Sourced by the lanes' commands, which tell what differs between lanes: these
# variables, and the functions prepare_emulator, prepare_boot COMMAND_LINE, boot_host and
# check_results.

: "${lane:?}" "${vendor:?}" "${vendor_module:?}" "${minutes:?}" "${patience:?}" "${cannot?}"

lanes="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
project="$(cd "$lanes/../.." && pwd)"
# shellcheck source=.ci/lanes/lib/tools.sh
. "$lanes/lib/tools.sh"
# shellcheck source=.ci/lanes/lib/cache.sh
. "$lanes/lib/cache.sh"
# shellcheck source=.ci/lanes/lib/packages.sh
. "$lanes/lib/packages.sh"
# shellcheck source=.ci/lanes/lib/kernel.sh
. "$lanes/lib/kernel.sh"
# shellcheck source=.ci/lanes/lib/runtime.sh
. "$lanes/lib/runtime.sh"
# shellcheck source=.ci/lanes/lib/payload.sh
. "$lanes/lib/payload.sh"
# shellcheck source=.ci/lanes/lib/disk.sh
. "$lanes/lib/disk.sh"

# What the emulated host begins a line with that this side reads.
marker='lane: '

# With the time since this lane began, which the emulated host's clock knows nothing of.
say() {
    printf '%s lane: %2d:%02d %s\n' "$lane" $((SECONDS / 60)) $((SECONDS % 60)) "$*"
}

fail() {
    say "FAILED: $*" >&2
    exit 1
}

usage() {
    cat <<USAGE
usage: .ci/lanes/$lane [--kernel PACKAGE] [--steps NAME,...|--with FOLDER] [--minutes N]
       .ci/lanes/$lane --prepare

Runs kvm4j on $vendor in an emulated host: tests, doctor, guests, benchmarks.

  --kernel PACKAGE   the Debian package of the host's kernel (linux-image-cloud-amd64)
  --steps NAME,...   only these steps ($(step_names))
  --with FOLDER      in place of the steps, FOLDER/run, a script for busybox's sh that is started in a
                     copy of the folder, with kvm4j and qemu-system-x86_64 on the PATH; what it
                     prints comes back, and what it puts into /results
  --minutes N        how long the emulated host may run ($minutes)
  --prepare          no more than what the emulator needs, built into the cache if need be

Exit status: 0 if every step passed, 1 if not, 2 for a wrong option.
Results: target/lanes/$lane; cache: \$XDG_CACHE_HOME/kvm4j/lanes.
USAGE
}

step_names() {
    sed -n 's/^step_\([a-z]*\)().*/\1/p' "$lanes/inside/steps" | grep -vx with | paste -sd,
}

read_options() {
    kernel_package=linux-image-cloud-amd64
    steps="$(step_names)"
    with=
    prepare=
    while [ $# -gt 0 ]; do
        case "$1" in
            --kernel) kernel_package="${2:?--kernel wants a package}" ;;
            --steps) steps="${2:?--steps wants names}" ;;
            --with)
                with="$(cd "${2:?--with wants a folder}" && pwd)" && steps=with
                [ -f "$with/run" ] || fail "there is no script $2/run"
                ;;
            --minutes) minutes="${2:?--minutes wants a number}" ;;
            --prepare)
                prepare=1
                shift
                continue
                ;;
            --help) usage && exit 0 ;;
            *) usage >&2 && exit 2 ;;
        esac
        shift 2
    done
}

# What the host's kernel is told. The clock is the TSC and nothing else, no self-test and no
# mitigation costs time, addresses are the same in every run, and a panic resets at once: with a triple
# fault, on which both emulators stop. Newer kernels enter VMX operation when the module is loaded;
# here, as in older ones, the first VM does.
command_line=(
    "console=ttyS0,115200n8" loglevel=4 tsc=reliable clocksource=tsc mitigations=off
    cryptomgr.notests nokaslr norandmaps random.trust_cpu=on kvm.enable_virt_at_load=0
    oops=panic panic=-1 reboot=triple
)

assemble() {
    local root="$work/root" initrd="$work/initrd" image java_home runtime_home
    busybox="$(package busybox-static)/bin/busybox"
    image="$(kernel "$kernel_package" "$busybox")"
    java_home="$(jdk)"
    runtime_home="$(runtime "$java_home")"

    mkdir -p "$initrd"/{bin,dev,proc,sys,host}
    cp "$busybox" "$initrd/bin/busybox"
    install -m 755 "$lanes/inside/init" "$initrd/init"
    copy_modules "$image" "$initrd" ata_piix sd_mod "$vendor_module"

    mkdir -p "$root"/{bin,boot,dev,proc,sys,tmp,lane,results}
    cp "$busybox" "$root/bin/busybox"
    cp "$image"/boot/vmlinuz-* "$root/boot/vmlinuz"
    make_initrd "$root/boot/initrd" "$initrd" "$busybox"
    cp -a "$runtime_home" "$root/jre"
    copy_libraries "$root" "$runtime_home/lib/server/libjvm.so"
    cp "$lanes/inside/start" "$lanes/inside/steps" "$root/lane"
    install -D -m 755 "$lanes/inside/kvm4j" "$root/lane/bin/kvm4j"
    install -m 755 "$lanes/inside/linux" "$root/lane"
    printf '%s\n' "steps='${steps//,/ }'" "cannot='$cannot'" "patience=$patience" \
        "minutes=$minutes" \
        >"$root/lane/settings"
    copy_project "$root/lane"
    compile_exits "$root/lane" "$java_home"
    if [ -n "$with" ]; then
        cp -rL "$with" "$root/lane/with"
        copy_qemu "$root"
    fi
    train_command_line "$root/lane" "$root/jre"

    make_disk "$work/disk" "$root"
    say "host assembled: $(basename "$image"), $(sed -n 's/^JAVA_RUNTIME_VERSION="\(.*\)"/Java \1/p' \
        "$java_home/release")"
}

# copy_qemu ROOT: this machine's QEMU, which --with has beside kvm4j
copy_qemu() {
    local qemu
    need qemu-system-x86_64 qemu-system-x86
    qemu="$(command -v qemu-system-x86_64)"
    install -D "$qemu" "$1$qemu"
    ln -s "$qemu" "$1/bin/qemu-system-x86_64"
    copy_libraries "$1" "$qemu"
    mkdir -p "$1/usr/share"
    cp -rL /usr/share/qemu /usr/share/seabios "$1/usr/share"
}

# Runs the emulated host, showing its progress, until it ends or its time is over.
run_host() {
    local deadline=$((SECONDS + minutes * 60)) verdict
    : >"$console"
    boot_host >"$work/emulator.log" 2>&1 </dev/null &
    emulator=$!
    tail -n +1 -f --pid="$emulator" "$console" 2>/dev/null | sed -u -n "s/^.*$marker//;T;s/\r$//p" |
        while read -r verdict; do
            say "$verdict"
        done &
    while kill -0 "$emulator" 2>/dev/null; do
        if [ "$SECONDS" -ge "$deadline" ]; then
            say "time limit of $minutes minutes reached"
            stop_emulator
        fi
        sleep 1
    done
    wait
}

stop_emulator() {
    if [ -n "${emulator:-}" ] && kill -0 "$emulator" 2>/dev/null; then
        kill "$emulator" 2>/dev/null
        for _ in 1 2 3 4 5; do
            kill -0 "$emulator" 2>/dev/null || break
            sleep 1
        done
        kill -9 "$emulator" 2>/dev/null || true
    fi
}

# The status of the emulator says nothing: Bochs ends a clean power-off with 1.
judge() {
    local failed name
    if ! grep -q "${marker}finished" "$console"; then
        echo "--- last lines of the host's console ($console)" >&2
        tail -n 40 "$console" >&2
        tail -n 10 "$work/emulator.log" >&2
        fail "the emulated host did not finish"
    fi
    failed="$(sed -n "s/^.*$marker\([^ ]*\) FAILED.*/\1/p" "$console")"
    for name in $failed; do
        echo "--- $name ($results/$name.txt)"
        grep -A 4 ':: FAILED$' "$results/$name.txt" || tail -n 30 "$results/$name.txt"
    done >&2
    [ -z "$failed" ] || fail "${failed//$'\n'/ }"
    check_results
    say "passed; results in ${results#"$project/"}"
}

clean_up() {
    stop_emulator
    rm -rf "$work"
}

run_lane() {
    read_options "$@"
    results="$project/target/lanes/$lane"
    console="$results/console.txt"
    rm -rf "$results"
    mkdir -p "$results"
    work="$(mktemp -d "${TMPDIR:-/tmp}/kvm4j-$lane-XXXXXX")"
    trap clean_up EXIT
    trap 'exit 130' INT TERM HUP

    # Where Debian keeps programs for administrators.
    PATH="$PATH:/usr/sbin:/sbin"
    need cc gcc
    need sfdisk fdisk
    need mke2fs e2fsprogs
    prepare_emulator
    if [ -n "$prepare" ]; then
        say "the emulator is there"
        return
    fi
    assemble
    prepare_boot "${command_line[*]}"
    run_host
    copy_from_disk "$work/disk" /results "$work"
    cp -r "$work/results/." "$results"
    judge
}
