/*
 * What kvm4j.bindings.perf is generated from: perf_event_open(2). perf.args says which names are
 * taken.
 */
#include <linux/perf_event.h>
#include <linux/stddef.h>

/*
 * jextract leaves bit-fields out. Those of struct perf_event_attr that kvm4j sets are given here as
 * masks of the 64-bit word at PERF_ATTR_FLAGS_OFFSET.
 */
enum perf_attr_flag {
    PERF_ATTR_FLAG_DISABLED = 1 << 0,
    PERF_ATTR_FLAG_INHERIT = 1 << 1,
    PERF_ATTR_FLAG_PINNED = 1 << 2,
    PERF_ATTR_FLAG_EXCLUSIVE = 1 << 3,
    PERF_ATTR_FLAG_EXCLUDE_USER = 1 << 4,
    PERF_ATTR_FLAG_EXCLUDE_KERNEL = 1 << 5,
    PERF_ATTR_FLAG_EXCLUDE_HV = 1 << 6,
    PERF_ATTR_FLAG_EXCLUDE_IDLE = 1 << 7,
    PERF_ATTR_FLAG_EXCLUDE_HOST = 1 << 19,
    PERF_ATTR_FLAG_EXCLUDE_GUEST = 1 << 20,
};

enum {
    PERF_ATTR_FLAGS_OFFSET =
        __builtin_offsetof(struct perf_event_attr, read_format) + sizeof(__u64),
};
