# shellcheck shell=bash
# Bochs, the emulator of the VMX lane: QEMU emulates no VMX, Bochs does. Debian 13's version is built
# from source with what the lane needs and no more; the packaged ones stop in a debugger prompt and
# are three times as slow. Sourced after packages.sh.

bochs_release=trixie
bochs_version=3.0+dfsg-1
bochs_options=(
    --with-nogui --disable-docbook --disable-plugins --disable-usb --disable-gameport --disable-xpm
    --enable-cpu-level=6 --enable-x86-64 --enable-vmx=2 --enable-avx --enable-evex --enable-memtype
    --enable-all-optimizations --enable-handlers-chaining --disable-large-ramfile
    --disable-debugger --disable-readline --disable-stats
)

# At VM entry this version decides whether external interrupts are masked before it considers itself
# in the guest, so a guest that spins with interrupts off is never left, "external-interrupt exiting"
# (Intel SDM, table 25-5) or not. It is made to decide once more.
let_interrupts_leave_guests() {
    sed -i 's/^  BX_CPU_THIS_PTR in_vmx_guest = true;$/&\n  handleInterruptMaskChange();/' "$1/cpu/vmx.cc"
    grep -q 'handleInterruptMaskChange' "$1/cpu/vmx.cc"
}

build_bochs() {
    source_tarball "$bochs_release" "bochs=$bochs_version"
    mkdir source
    tar -xf bochs_*.orig.tar.* -C source --strip-components=1
    let_interrupts_leave_guests source
    (
        cd source
        CFLAGS=-O2 CXXFLAGS=-O2 ./configure "${bochs_options[@]}"
        nice make -s -j"$(nproc)" bochs
    ) >build.log 2>&1 || {
        tail -n 20 build.log
        echo "bochs does not build"
        return 1
    }
    mv source/bochs .
    rm -r source ./bochs_*
}

# bochs: prints the emulator's path
bochs() {
    local recipe entry
    recipe="$(declare -f build_bochs let_interrupts_leave_guests source_tarball; echo "${bochs_options[*]}")"
    recipe="$(sha256sum <<<"$recipe" | cut -c1-12)"
    entry="$(cached "bochs-$bochs_version-$recipe" build_bochs)" && printf '%s\n' "$entry/bochs"
}
