# shellcheck shell=bash
# The disk of an emulated host: a boot loader for hosts that boot from disk, and one ext4 file system
# that holds everything the host needs and takes what it has to say. Nothing here needs root or a
# mount. Sourced.

# The same content makes the same image, down to the directory hashes: the VMX lane counts on it.
disk_partition_offset=$((1024 * 1024))
disk_identity=4b564d34-6a00-4000-8000-000000000001

# make_disk DISK ROOT: a disk with one partition that holds the folder ROOT
make_disk() {
    local disk="$1" root="$2" mebibytes
    mebibytes=$(($(du -sm "$root" | cut -f1) * 5 / 4 + 128))
    rm -f "$disk"
    truncate -s "$((mebibytes + 1))M" "$disk"
    echo 'start=2048, type=83, bootable' | sfdisk -q "$disk"
    mke2fs -q -t ext4 -O ^has_journal -U "$disk_identity" -d "$root" \
        -E "offset=$disk_partition_offset,hash_seed=$disk_identity,root_owner=0:0,lazy_itable_init=0" \
        "$disk" "${mebibytes}M"
}

# make_bootable DISK COMMAND_LINE: GRUB before the partition, which starts /boot/vmlinuz with /boot/initrd
make_bootable() {
    local disk="$1" core="$1.core" config="$1.grub"
    printf '%s\n' 'set root=(hd0,msdos1)' "linux /boot/vmlinuz $2" 'initrd /boot/initrd' boot >"$config"
    grub-mkimage -O i386-pc -p '(hd0,msdos1)/boot' -c "$config" -o "$core" \
        biosdisk part_msdos ext2 linux
    # The first 440 bytes are the boot record's code; the partition table behind them stays.
    dd if=/usr/lib/grub/i386-pc/boot.img of="$disk" bs=440 count=1 conv=notrunc status=none
    dd if="$core" of="$disk" bs=512 seek=1 conv=notrunc status=none
    rm "$core" "$config"
}

# copy_from_disk DISK FOLDER INTO: copies a folder out of the disk's file system
copy_from_disk() {
    debugfs -R "rdump $2 $3" "$1?offset=$disk_partition_offset" 2>/dev/null
}

# make_initrd INITRD ROOT BUSYBOX
make_initrd() {
    (cd "$2" && find . | sort | "$3" cpio -o -H newc --quiet 2>/dev/null) | gzip -n -1 >"$1"
}
