# shellcheck shell=bash
# What the lanes download or build once and keep outside the checkout. Sourced.
#
# An entry is a folder named after everything that decides its contents, so a new version is a new
# entry; it appears in one rename, so an interrupted download or build leaves no half entry behind.

lane_cache="${XDG_CACHE_HOME:-$HOME/.cache}/kvm4j/lanes"

# cached KEY COMMAND...
# Prints the folder of entry KEY; where it is missing, COMMAND fills a new folder, its working
# directory.
cached() {
    local entry="$lane_cache/$1" fresh
    shift
    if [ ! -d "$entry" ]; then
        mkdir -p "$lane_cache"
        fresh="$(mktemp -d "$lane_cache/.new-XXXXXX")"
        if ! (cd "$fresh" && "$@") >&2; then
            rm -rf "$fresh"
            return 1
        fi
        chmod 755 "$fresh"
        # Another lane may have been faster; its entry is as good as this one.
        mv -T "$fresh" "$entry" 2>/dev/null || rm -rf "$fresh"
    fi
    [ -d "$entry" ] && printf '%s\n' "$entry"
}
