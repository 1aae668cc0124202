/**
 * Fuzzing a guest: {@link kvm4j.testing.fuzz.SnapshotFuzz} lets it come to where its input begins,
 * and from there runs it with one input after the other. The inputs come from wherever the test has
 * them, such as Jazzer:
 *
 * {@snippet :
 * class ParserFuzzTest {
 *
 *     private static SnapshotFuzz kernel;
 *
 *     @BeforeAll
 *     static void boot() {
 *         kernel = SnapshotFuzz.of(GuestSetup.of("target/kernel.elf"));
 *     }
 *
 *     @FuzzTest
 *     void parses(byte[] input) {
 *         kernel.fuzz(input);
 *     }
 *
 *     @AfterAll
 *     static void end() {
 *         kernel.close();
 *     }
 * }
 * }
 *
 * <p>A fuzzer of Java sees nothing of the code that the guest runs, and so is not led by it: what
 * it has to find by itself should be near the inputs that it begins with.
 */
package kvm4j.testing.fuzz;
