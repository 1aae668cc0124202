# shellcheck shell=bash
# The kernel of an emulated host: one of Debian's, with the vendor modules that real hosts run.
# Sourced after packages.sh.

# kernel_image PACKAGE: the package that holds the kernel; a metapackage names it in its dependency
kernel_image() {
    local image
    image="$(apt-cache depends "$1" 2>/dev/null |
        awk '$1 == "Depends:" && $2 ~ /^linux-image-[0-9]/ { print $2; exit }')"
    printf '%s\n' "${image:-$1}"
}

unpack_kernel() {
    unpack_package "$1"
    find lib/modules -name '*.ko.xz' -exec unxz {} +
    "$2" depmod -b . "$(ls lib/modules)"
}

# kernel PACKAGE BUSYBOX: prints the folder with boot/vmlinuz-* and lib/modules/*, indexed
kernel() {
    local image file
    image="$(kernel_image "$1")"
    file="$(package_file "$image")" && cached "$file" unpack_kernel "$image" "$2"
}

# copy_modules KERNEL ROOT MODULE...: copies modules with all they depend on, ready for modprobe
copy_modules() {
    local modules root="$2" kernel="$1" module file
    modules="$(cd "$kernel" && echo lib/modules/*)"
    shift 2
    mkdir -p "$root/$modules"
    cp "$kernel/$modules/modules.dep" "$root/$modules"
    for module in "$@"; do
        for file in $(grep "/$module.ko:" "$kernel/$modules/modules.dep" | tr -d :); do
            install -D -m 644 "$kernel/$modules/$file" "$root/$modules/$file"
        done
    done
}
