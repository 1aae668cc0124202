# shellcheck shell=bash
# Debian packages as material: downloaded and verified by apt, unpacked into the cache, never
# installed. Sourced after cache.sh.

# A cache folder is not readable for apt's own user, so apt's sandbox is switched off for root.
apt_get() {
    apt-get -q -o APT::Sandbox::User=root "$@"
}

unpack_package() {
    apt_get download "$1"
    dpkg-deb -x ./*.deb .
    rm ./*.deb
}

# package_file NAME: the file name of the candidate version, which names the version
package_file() {
    local file
    file="$(apt_get download --print-uris "$1" 2>/dev/null | awk '/^'\''/ { print $2; exit }')"
    [ -n "$file" ] || {
        echo "no Debian package $1 is known here; the lanes want Debian 12 or newer and apt-get update" >&2
        return 1
    }
    printf '%s\n' "${file%.deb}"
}

# package NAME: prints the folder with the package unpacked
package() {
    local file
    file="$(package_file "$1")" && cached "$file" unpack_package "$1"
}

# source_tarball RELEASE PACKAGE: downloads the upstream tarball of a source package of a Debian
# release into the working directory. The release need not be the one installed: its index comes from
# the mirror that this machine uses, and apt holds it against Debian's signature and the tarball
# against the index.
source_tarball() {
    local mirror apt="$PWD/apt"
    # shellcheck disable=SC2016 # the dollar is apt's
    mirror="$(apt-get indextargets --format '$(SITE)' \
        'Created-By: Packages' 'Component: main' 'Label: Debian' | head -n 1)"
    [ -n "$mirror" ] || {
        echo "apt knows no Debian mirror; the lanes want Debian 12 or newer and apt-get update" >&2
        return 1
    }
    mkdir -p "$apt/lists/partial"
    echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $1 main" \
        >"$apt/sources.list"
    local options=(-o "Dir::Etc::SourceList=$apt/sources.list" -o Dir::Etc::SourceParts=/dev/null
        -o "Dir::State::Lists=$apt/lists" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache=)
    apt_get "${options[@]}" update
    apt_get "${options[@]}" source --download-only --tar-only "$2"
    rm -r "$apt"
}
