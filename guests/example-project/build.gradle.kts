plugins {
    java
}

repositories {
    mavenLocal { content { includeGroup("kvm4j") } }
    mavenCentral()
}

java {
    toolchain { languageVersion = JavaLanguageVersion.of(25) }
}

dependencies {
    testImplementation("kvm4j:kvm4j-junit:0.1.0-SNAPSHOT")
    testImplementation(platform("org.junit:junit-bom:5.14.4"))
    testImplementation("org.junit.jupiter:junit-jupiter")
    testRuntimeOnly("org.junit.platform:junit-platform-launcher")
}

val kernel by tasks.registering(Exec::class) {
    commandLine("make")
    inputs.files("Makefile", fileTree("src/main/kernel"))
    outputs.dir("target/kernels")
}

tasks.test {
    inputs.files(kernel)
    useJUnitPlatform()
    // On the module path: -PnativeAccess=kvm4j.core,kvm4j.bindings
    jvmArgs("--enable-native-access=" + (findProperty("nativeAccess") ?: "ALL-UNNAMED"))
}
