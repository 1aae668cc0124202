# shellcheck shell=bash
# The programs that a lane calls on this machine. Sourced.

# need COMMAND PACKAGE: installs a Debian package where a command, or a file, is missing
need() {
    command -v "$1" >/dev/null || [ -e "$1" ] && return
    if [ "$(id -u)" -ne 0 ]; then
        echo "$1 is missing: sudo apt-get install $2" >&2
        return 1
    fi
    apt-get -q update >/dev/null
    DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends "$2" >/dev/null
}
