# shellcheck shell=bash
# kvm4j itself and its tests, as an emulated host gets them: all jars in one folder, the test classes
# of each module in another. Sourced.

# maven GOAL...: quiet unless something is wrong
maven() {
    "$project/mvnw" -f "$project/pom.xml" -B -q --no-transfer-progress -DskipTests "$@"
}

# console_launcher_version: JUnit numbers its platform 1.x where Jupiter has 5.x, and alike from 6 on
console_launcher_version() {
    sed -n 's|.*<junit.version>\(.*\)</junit.version>.*|\1|p' "$project/pom.xml" | sed 's/^5\./1./'
}

# copy_project INTO: builds the project, copies its jars, what they need, and its test classes
copy_project() {
    local module
    maven package dependency:copy-dependencies -DincludeScope=test -DoutputDirectory="$1/jars"
    maven -N dependency:copy -DoutputDirectory="$1" -Dmdep.stripVersion \
        -Dartifact="org.junit.platform:junit-platform-console-standalone:$(console_launcher_version)"
    for module in "$project"/{bindings,runtime/*,guests,benchmarks}; do
        cp "$module"/target/kvm4j-*.jar "$1/jars"
        [ ! -d "$module/target/test-classes" ] ||
            cp -r "$module/target/test-classes" "$1/tests-$(basename "$module")"
    done
}
