# shellcheck shell=bash
# The programs that a lane calls on this machine. Sourced after cache.sh.

# need COMMAND PACKAGE: installs a Debian package where a command, or a file, is missing
need() {
    local as_root=() lock
    is_there "$1" && return
    [ "$(id -u)" -eq 0 ] || as_root=(sudo -n)
    mkdir -p "$lane_cache"
    exec {lock}>"$lane_cache/install.lock"
    flock "$lock"
    is_there "$1" || {
        "${as_root[@]}" apt-get -q update &&
            "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
                apt-get -q -y install --no-install-recommends "$2"
    } >/dev/null || fail "$1 is missing, and apt-get install $2 does not bring it"
    exec {lock}>&-
}

is_there() {
    command -v "$1" >/dev/null || [ -e "$1" ]
}
