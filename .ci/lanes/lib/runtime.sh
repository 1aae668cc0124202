# shellcheck shell=bash
# The Java runtime of an emulated host: jlinked from a JDK of this machine. Sourced after cache.sh.

java_modules=java.instrument,java.logging,java.management,java.xml,jdk.jfr,jdk.management
java_modules+=,jdk.unsupported,jdk.zipfs

# jdk: prints the home of the first JDK of version 25 or newer, JAVA_HOME before the usual folders
jdk() {
    local home major
    for home in "${JAVA_HOME:-}" "${JDK_HOME:-}" /usr/lib/jvm/* /opt/*jdk* "$HOME"/.sdkman/candidates/java/* \
        "$HOME"/.jdks/*; do
        [ -x "$home/bin/jlink" ] || continue
        major="$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$home/release" 2>/dev/null || true)"
        if [ "${major:-0}" -ge 25 ]; then
            printf '%s\n' "$home"
            return
        fi
    done
    echo "no JDK 25 or newer found; set JAVA_HOME to one" >&2
    return 1
}

link_runtime() {
    "$1/bin/jlink" --add-modules "$java_modules" --strip-debug --no-header-files --no-man-pages \
        --generate-cds-archive --output jre
}

# runtime JDK: prints the folder of the jlinked runtime
runtime() {
    local key entry
    key="$(cat "$1/release" - <<<"$(declare -f link_runtime) $java_modules" | sha256sum | cut -c1-12)"
    entry="$(cached "jre-$key" link_runtime "$1")" && printf '%s\n' "$entry/jre"
}

# copy_libraries ROOT FILE...: copies the shared libraries that programs of this machine load
copy_libraries() {
    local root="$1" library
    shift
    for library in $(ldd "$@" | awk '$2 == "=>" { print $3 } $1 ~ /^\/.*[^:]$/ { print $1 }' | sort -u); do
        install -D "$library" "$root$library"
    done
}
