package kvm4j.machine;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * Where a memory's contents come from: those of another layer, and the pages that were changed
 * since. All layers of one machine, its forks and theirs are a tree.
 */
final class SnapshotLayer {

    private final SnapshotLayer parent;
    private final PageSet changed;

    private SnapshotLayer(SnapshotLayer parent, PageSet changed) {
        this.parent = parent;
        this.changed = changed;
    }

    /** One that has nothing in common with any other. */
    static SnapshotLayer first() {
        return new SnapshotLayer(null, new PageSet());
    }

    /** One that comes of this by changes to these pages. */
    SnapshotLayer next(PageSet pages) {
        return new SnapshotLayer(this, pages);
    }

    /** The pages in which this and another may differ; empty if nothing is known. */
    Optional<PageSet> differenceTo(SnapshotLayer other) {
        Set<SnapshotLayer> mine = new HashSet<>();
        for (SnapshotLayer layer = this; layer != null; layer = layer.parent) {
            mine.add(layer);
        }
        PageSet pages = new PageSet();
        SnapshotLayer common = other;
        while (common != null && !mine.contains(common)) {
            pages.addAll(common.changed);
            common = common.parent;
        }
        if (common == null) {
            return Optional.empty();
        }
        for (SnapshotLayer layer = this; layer != common; layer = layer.parent) {
            pages.addAll(layer.changed);
        }
        return Optional.of(pages);
    }
}
