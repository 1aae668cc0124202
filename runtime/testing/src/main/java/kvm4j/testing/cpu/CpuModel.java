package kvm4j.testing.cpu;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A processor that QEMU has a name for.
 *
 * @param names the name, and others for the same
 * @param signature family, model and stepping
 * @param highestLeaf of the basic leaves
 * @param highestExtendedLeaf of those from 0x80000000 on; 0 if it has none
 * @param words what it has at most, by the registers that tell of features; 0 in others
 * @param title what it is sold as
 */
record CpuModel(
        List<String> names,
        Signature signature,
        int highestLeaf,
        int highestExtendedLeaf,
        Map<CpuIdWord, Integer> words,
        String title) {

    private static final Pattern COLUMNS = Pattern.compile(" \\| ?");
    private static final int COLUMN_COUNT = 5;

    /** Finds a model by a name of it, in which capital letters count. */
    static Optional<CpuModel> find(String name) {
        return Lines.of("models.txt").stream()
                .map(line -> COLUMNS.split(line, COLUMN_COUNT))
                .filter(columns -> List.of(columns[0].split(" ")).contains(name))
                .map(CpuModel::of)
                .findFirst();
    }

    private static CpuModel of(String[] columns) {
        String[] signature = columns[1].split(" ");
        String[] levels = columns[2].split(" ");
        Map<CpuIdWord, Integer> words = new HashMap<>();
        if (!columns[3].isEmpty()) {
            for (String word : columns[3].split(" ")) {
                String[] parts = word.split("=");
                words.put(CpuIdWord.parse(parts[0]), number(parts[1]));
            }
        }
        return new CpuModel(
                List.of(columns[0].split(" ")),
                new Signature(number(signature[0]), number(signature[1]), number(signature[2])),
                number(levels[0]),
                number(levels[1]),
                words,
                columns[4]);
    }

    private static int number(String text) {
        return Integer.parseUnsignedInt(text, 16);
    }
}
