# shellcheck shell=bash
# kvm4j itself and its tests, as an emulated host gets them: all jars in one folder, the test classes
# of each module in another. Sourced.

# maven GOAL...: quiet unless something is wrong
maven() {
    "$project/mvnw" -f "$project/pom.xml" -B -q --no-transfer-progress -DskipTests -Dformat.skip "$@"
}

# console_launcher: JUnit's own program for running tests, in the version that the build uses; the
# platform counts 1.x where Jupiter counts 5.x, and alike from 6 on
console_launcher() {
    sed -n 's|.*<junit.version>\(.*\)</junit.version>.*|\1|p' "$project/pom.xml" |
        sed 's/^5\./1./; s/^/org.junit.platform:junit-platform-console-standalone:/'
}

# copy_project INTO: builds the project and copies its jars, what they need, and its test classes. One
# lane at a time, as they build in the same folder.
copy_project() {
    local module lock
    exec {lock}>"$project/target/lanes/build.lock"
    flock "$lock"
    maven package dependency:copy-dependencies -DincludeScope=test -DoutputDirectory="$1/jars" \
        -DexcludeGroupIds=org.junit.jupiter,org.junit.platform,org.opentest4j,org.apiguardian
    maven -N dependency:copy -Dartifact="$(console_launcher)" \
        -DoutputDirectory="$1/junit"
    cp -r "$project/runtime/cli/target/app/lib" "$1/app"
    for module in "$project"/{bindings,runtime/*,guests,benchmarks}; do
        find "$module/target" -maxdepth 1 -name 'kvm4j-*.jar' -exec cp {} "$1/jars" \;
        [ ! -d "$module/target/test-classes" ] ||
            cp -r "$module/target/test-classes" "$1/tests-$(basename "$module")"
    done
    exec {lock}>&-
}

# compile_exits INTO JDK: the loops that the instruction counts are taken from; the one in C is static
compile_exits() {
    mkdir "$1/exits"
    cc -O2 -static -pthread -o "$1/exits/exits" "$lanes/exits/exits.c"
    "$2/bin/javac" -d "$1/exits" -cp "$1/jars/*" "$lanes/exits/Exits.java"
}

# train_command_line INTO JRE: makes the command line's AOT cache. Its jars are on the class path,
# which may lie elsewhere when the cache is used; a module path may not. A run of hello that finds no
# KVM on this machine is nearly as good.
train_command_line() {
    "$2/bin/java" -Xlog:disable -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \
        -XX:AOTCacheOutput="$1/kvm4j.aot" -cp "$(echo "$1"/app/*.jar | tr ' ' :)" \
        --enable-native-access=ALL-UNNAMED kvm4j.cli.Main run hello >/dev/null 2>&1 </dev/null ||
        [ -e "$1/kvm4j.aot" ]
}
