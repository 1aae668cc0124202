/*
 * The floor under every figure of the exit-latency lab: the same loops as in Java, in C.
 *
 *   floor CPU WORKLOAD [MEMORY RIP RSP CR3 [ARGUMENT...]]
 *
 * CPU is where to run, or -1 for anywhere. A guest comes as a file with the memory that Java laid
 * out, with page tables and all, and the few registers that entering long mode takes. WORKLOAD is
 * one of the table `workloads` below, which says what its further arguments are. Then the lab gives
 * commands, one to a line, on standard input:
 *
 *   measure GROUPS SIZE   -> measured GROUPS INSTRUCTIONS
 *
 * repeats the operation in GROUPS groups of SIZE. Behind the answer's line come GROUPS 64-bit
 * numbers, little-endian: the nanoseconds that each group took. INSTRUCTIONS are those of all groups
 * in user space, -1 without a counter. The answers go to standard output. The first is the line
 * "ready"; a line that begins with "error" is the last. The Java side of the lab speaks the same
 * language.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/kvm.h>
#include <linux/perf_event.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* What an operation is; each does it once, or ends the process with the reason. */
typedef void operation(void);

/* The virtual machine of this thread. */
static __thread int kvm;
static __thread int vm;
static __thread int vcpu;
static __thread struct kvm_run *run;
static __thread uint8_t *memory;
static int run_size;
static struct kvm_regs entry;
static uint32_t expected_reason;
static operation *prepared;

/* The second of two virtual processors, one of the same number in another virtual machine. */
static int other_vcpu;
static struct kvm_run *other_run;

static int trigger;     /* an eventfd that interrupts the guest */
static int doorbell;    /* an eventfd that the guest signals */

/* Memory that the guest writes to, in a slot of its own. */
static struct kvm_userspace_memory_region window = {
    .slot = 1,
    .guest_phys_addr = 1ull << 30,
};
static uint64_t *dirty_bitmap;

/* The machine that is made again and again, or taken back: what its memory was at first. */
static uint64_t memory_size;
static uint8_t *contents;
static int contents_file = -1;
static const char *snapshot_path;
static int shadowed;

/* What its processor was at first. */
static struct {
    struct {
        struct kvm_cpuid2 table;
        struct kvm_cpuid_entry2 entries[256];
    } cpuid;
    struct {
        struct kvm_msrs table;
        struct kvm_msr_entry entries[1024];
    } msrs;
    struct kvm_mp_state mp_state;
    struct kvm_sregs2 special;
    struct kvm_regs registers;
    struct kvm_xsave *extended;
    struct kvm_xcrs extended_control;
    struct kvm_debugregs debug;
    struct kvm_vcpu_events events;
    struct kvm_clock_data clock;
    uint64_t counter;       /* the TSC */
    int counter_is_exact;
} saved;

static int instructions = -1;

static void fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    printf("error ");
    vprintf(format, arguments);
    printf("\n");
    fflush(stdout);
    exit(1);
}

static int require(int result, const char *call)
{
    if (result < 0)
        fail("%s failed: %s", call, strerror(errno));
    return result;
}

static uint64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000ull + time.tv_nsec;
}

static void system_call(void)
{
    require(ioctl(kvm, KVM_GET_API_VERSION, 0), "KVM_GET_API_VERSION");
}

static void immediate_exit(void)
{
    if (ioctl(vcpu, KVM_RUN, 0) != -1 || errno != EINTR)
        fail("KVM_RUN did not return at once");
}

static void run_to(int processor, const struct kvm_run *page, uint32_t reason)
{
    require(ioctl(processor, KVM_RUN, 0), "KVM_RUN");
    if (page->exit_reason != reason)
        fail("exit reason %u instead of %u", page->exit_reason, reason);
}

static void one_exit(void)
{
    run_to(vcpu, run, expected_reason);
}

static void create_vm(void)
{
    vm = require(ioctl(kvm, KVM_CREATE_VM, 0), "KVM_CREATE_VM");
}

static void create_vcpu(void)
{
    vcpu = require(ioctl(vm, KVM_CREATE_VCPU, 0), "KVM_CREATE_VCPU");
    run_size = require(ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0), "KVM_GET_VCPU_MMAP_SIZE");
    run = mmap(NULL, run_size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
    if (run == MAP_FAILED)
        fail("mmap of the vCPU failed: %s", strerror(errno));
}

static void *allocate(uint64_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        fail("mmap of the guest's memory failed: %s", strerror(errno));
    return memory;
}

static void set_region(const struct kvm_userspace_memory_region *region)
{
    require(ioctl(vm, KVM_SET_USER_MEMORY_REGION, region), "KVM_SET_USER_MEMORY_REGION");
}

static void map_memory(const char *path)
{
    struct stat status;
    int file = require(open(path, O_RDONLY | O_CLOEXEC), path);
    require(fstat(file, &status), "fstat");
    void *memory = allocate(status.st_size);
    if (read(file, memory, status.st_size) != status.st_size)
        fail("%s cannot be read whole", path);
    close(file);
    set_region(&(struct kvm_userspace_memory_region){
        .memory_size = status.st_size,
        .userspace_addr = (uintptr_t)memory,
    });
}

static void copy_cpuid(int processor)
{
    struct {
        struct kvm_cpuid2 table;
        struct kvm_cpuid_entry2 entries[256];
    } cpuid = { .table.nent = 256 };
    require(ioctl(kvm, KVM_GET_SUPPORTED_CPUID, &cpuid), "KVM_GET_SUPPORTED_CPUID");
    require(ioctl(processor, KVM_SET_CPUID2, &cpuid), "KVM_SET_CPUID2");
}

/* Newer kernels (6.12) refuse long mode to a processor whose CPUID does not have it. */
static void enter_long_mode(uint64_t cr3)
{
    struct kvm_segment code = {
        .selector = 0x10, .limit = ~0u, .type = 11, .present = 1, .s = 1, .l = 1, .g = 1,
    };
    struct kvm_segment data = {
        .selector = 0x18, .limit = ~0u, .type = 3, .present = 1, .s = 1, .db = 1, .g = 1,
    };
    struct kvm_sregs special;
    copy_cpuid(vcpu);
    require(ioctl(vcpu, KVM_GET_SREGS, &special), "KVM_GET_SREGS");
    special.gdt = (struct kvm_dtable){ .base = 0x1000, .limit = 4 * 8 - 1 };
    special.cs = code;
    special.ds = special.es = special.fs = special.gs = special.ss = data;
    special.cr0 = 1u << 31 | 1u << 4 | 1u << 0; /* PG, ET, PE */
    special.cr3 = cr3;
    special.cr4 = 1u << 5;             /* PAE */
    special.efer = 1u << 10 | 1u << 8; /* LMA, LME */
    require(ioctl(vcpu, KVM_SET_SREGS, &special), "KVM_SET_SREGS");
}

static void enter_guest(void)
{
    require(ioctl(vcpu, KVM_SET_REGS, &entry), "KVM_SET_REGS");
}

static void run_from_entry(void)
{
    enter_guest();
    one_exit();
}

static void filter_msr_0(void)
{
    struct kvm_enable_cap exits = {
        .cap = KVM_CAP_X86_USER_SPACE_MSR,
        .args = { KVM_MSR_EXIT_REASON_FILTER },
    };
    uint8_t denied = 0;
    struct kvm_msr_filter filter = {
        .flags = KVM_MSR_FILTER_DEFAULT_ALLOW,
        .ranges = { { .flags = KVM_MSR_FILTER_READ | KVM_MSR_FILTER_WRITE, .nmsrs = 1, .base = 0, .bitmap = &denied } },
    };
    require(ioctl(vm, KVM_ENABLE_CAP, &exits), "KVM_ENABLE_CAP(X86_USER_SPACE_MSR)");
    require(ioctl(vm, KVM_X86_SET_MSR_FILTER, &filter), "KVM_X86_SET_MSR_FILTER");
}

static void single_step(void)
{
    struct kvm_guest_debug debug = {
        .control = KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_SINGLESTEP,
    };
    require(ioctl(vcpu, KVM_SET_GUEST_DEBUG, &debug), "KVM_SET_GUEST_DEBUG");
}

static void create_irqchip(void)
{
    require(ioctl(vm, KVM_CREATE_IRQCHIP, 0), "KVM_CREATE_IRQCHIP");
}

static void ring_doorbell_at(uint64_t port)
{
    struct kvm_ioeventfd ring = {
        .addr = port,
        .len = 1,
        .fd = doorbell = require(eventfd(0, EFD_CLOEXEC), "eventfd"),
        .flags = KVM_IOEVENTFD_FLAG_PIO,
    };
    require(ioctl(vm, KVM_IOEVENTFD, &ring), "KVM_IOEVENTFD");
}

static void interrupt_by_eventfd(uint32_t gsi, uint32_t message)
{
    struct {
        struct kvm_irq_routing table;
        struct kvm_irq_routing_entry entry;
    } routing = {
        .table.nr = 1,
        .entry = {
            .gsi = gsi,
            .type = KVM_IRQ_ROUTING_MSI,
            .u.msi = { .address_lo = 0xfee00000, .data = message },
        },
    };
    struct kvm_irqfd irqfd = {
        .fd = trigger = require(eventfd(0, EFD_CLOEXEC), "eventfd"),
        .gsi = gsi,
    };
    require(ioctl(vm, KVM_SET_GSI_ROUTING, &routing), "KVM_SET_GSI_ROUTING");
    require(ioctl(vm, KVM_IRQFD, &irqfd), "KVM_IRQFD");
}

static void signal_event(int event)
{
    require(write(event, &(uint64_t){ 1 }, sizeof(uint64_t)), "write to an eventfd");
}

/* With a time limit, as the Java side has it. */
static void await_event(int event)
{
    uint64_t count;
    struct pollfd poll_event = { .fd = event, .events = POLLIN };
    if (require(poll(&poll_event, 1, 4000), "poll of an eventfd") == 0)
        fail("the guest does not answer");
    require(read(event, &count, sizeof(count)), "read from an eventfd");
}

/* Does what Java's Arrangement of the same name does. */
static void arrange_vm(const char *arrangement)
{
    if (strcmp(arrangement, "msr-filter") == 0)
        filter_msr_0();
    else if (strcmp(arrangement, "irqchip") == 0)
        create_irqchip();
    else if (strcmp(arrangement, "doorbell") == 0)
        ring_doorbell_at(0x3e0);
}

static void arrange_vcpu(const char *arrangement)
{
    if (strcmp(arrangement, "single-step") == 0)
        single_step();
}

static void prepare_guest(char **guest, const char *arrangement)
{
    create_vm();
    arrange_vm(arrangement);
    create_vcpu();
    map_memory(guest[0]);
    entry.rip = strtoull(guest[1], NULL, 0);
    entry.rsp = strtoull(guest[2], NULL, 0);
    entry.rflags = 1u << 1;
    enter_long_mode(strtoull(guest[3], NULL, 0));
    enter_guest();
    expected_reason = KVM_EXIT_IO;
    arrange_vcpu(arrangement);
}

static void prepare_system_call(char **unused)
{
    (void)unused;
    prepared = system_call;
}

static void prepare_immediate_exit(char **unused)
{
    (void)unused;
    create_vm();
    create_vcpu();
    run->immediate_exit = 1;
    prepared = immediate_exit;
}

static void prepare_guest_exits(char **arguments)
{
    prepare_guest(arguments, arguments[5]);
    expected_reason = strtoull(arguments[4], NULL, 0);
    prepared = one_exit;
}

static void prepare_kernel_exits(char **arguments)
{
    prepare_guest(arguments, arguments[4]);
    prepared = run_from_entry;
}

static void alternate(void)
{
    run_to(vcpu, run, KVM_EXIT_IO);
    run_to(other_vcpu, other_run, KVM_EXIT_IO);
}

static void prepare_turns(char **arguments)
{
    prepare_guest(arguments, "none");
    other_vcpu = vcpu;
    other_run = run;
    prepare_guest(arguments, "none");
    prepared = alternate;
}

static void inject(void)
{
    struct kvm_interrupt interrupt = { .irq = 0x40 };
    enter_guest();
    require(ioctl(vcpu, KVM_INTERRUPT, &interrupt), "KVM_INTERRUPT");
    one_exit();
}

static void prepare_injection(char **arguments)
{
    prepare_guest(arguments, "none");
    one_exit();
    run->immediate_exit = 1; /* completes the OUT, and no more */
    immediate_exit();
    run->immediate_exit = 0;
    require(ioctl(vcpu, KVM_GET_REGS, &entry), "KVM_GET_REGS");
    prepared = inject;
}

static void interrupt_through_trigger(void)
{
    signal_event(trigger);
    one_exit();
}

static void prepare_irqfd(char **arguments)
{
    prepare_guest(arguments, "irqchip");
    interrupt_by_eventfd(24, 0x40);
    one_exit();
    prepared = interrupt_through_trigger;
}

static void *run_for_ever(void *processor)
{
    while (ioctl(*(int *)processor, KVM_RUN, 0) == 0 || errno == EINTR || errno == EAGAIN)
        ;
    return NULL;
}

static void start_thread(int *processor)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, run_for_ever, processor) != 0)
        fail("no thread for a vCPU");
}

static void notify(void)
{
    signal_event(trigger);
    await_event(doorbell);
}

static void prepare_notification(char **arguments)
{
    prepare_guest(arguments, "irqchip");
    interrupt_by_eventfd(24, 0x40);
    ring_doorbell_at(0x3e0);
    start_thread(&vcpu);
    await_event(doorbell);
    prepared = notify;
}

static void prepare_ipi(char **arguments)
{
    prepare_guest(arguments, "irqchip");
    other_vcpu = require(ioctl(vm, KVM_CREATE_VCPU, 1), "KVM_CREATE_VCPU");
    copy_cpuid(other_vcpu);
    start_thread(&other_vcpu);
    prepared = run_from_entry;
}

static void map_window(uint64_t pages)
{
    window.memory_size = pages * 4096;
    window.userspace_addr = (uintptr_t)allocate(window.memory_size);
    set_region(&window);
}

static void move_window(int64_t distance)
{
    window.guest_phys_addr += distance;
    set_region(&window);
}

static void touch_anew(void)
{
    move_window(1 << 30);
    move_window(-(1 << 30));
    run_from_entry();
}

static void prepare_first_touch(char **arguments)
{
    prepare_guest(arguments, "none");
    map_window(strtoull(arguments[4], NULL, 0));
    prepared = touch_anew;
}

static void get_dirty_log(void)
{
    struct kvm_dirty_log log = { .slot = window.slot, .dirty_bitmap = dirty_bitmap };
    require(ioctl(vm, KVM_GET_DIRTY_LOG, &log), "KVM_GET_DIRTY_LOG");
}

static void log_window(uint64_t pages)
{
    window.flags = KVM_MEM_LOG_DIRTY_PAGES;
    map_window(pages);
    dirty_bitmap = allocate((pages + 63) / 64 * 8);
}

static void dirty_pages(void)
{
    run_from_entry();
    get_dirty_log();
}

static void prepare_dirty_pages(char **arguments)
{
    prepare_guest(arguments, "none");
    log_window(strtoull(arguments[4], NULL, 0));
    prepared = dirty_pages;
}

static void prepare_dirty_log(char **arguments)
{
    create_vm();
    log_window(strtoull(arguments[0], NULL, 0));
    prepared = get_dirty_log;
}

static void create_and_close_vm(void)
{
    create_vm();
    close(vm);
}

static void prepare_vm(char **unused)
{
    (void)unused;
    prepared = create_and_close_vm;
}

static void create_and_close_vcpu(void)
{
    create_vm();
    create_vcpu();
    munmap(run, run_size);
    close(vcpu);
    close(vm);
}

static void prepare_vcpu(char **unused)
{
    (void)unused;
    prepared = create_and_close_vcpu;
}

static void map_and_unmap(void)
{
    uint64_t size = window.memory_size;
    set_region(&window);
    window.memory_size = 0;
    set_region(&window);
    window.memory_size = size;
}

static void prepare_slot(char **arguments)
{
    create_vm();
    window.memory_size = strtoull(arguments[0], NULL, 0) * 4096;
    window.userspace_addr = (uintptr_t)allocate(window.memory_size);
    prepared = map_and_unmap;
}

static int is_on(const char *parameter)
{
    char value = 'N';
    int file = open(parameter, O_RDONLY | O_CLOEXEC);
    if (file >= 0 && read(file, &value, 1) != 1)
        value = 'N';
    close(file);
    return value == 'Y' || value == '1';
}

/* Whether KVM translates by page tables of its own, which outlive a change of the guest's. */
static int shadow_paging(void)
{
    return !is_on("/sys/module/kvm_intel/parameters/ept") &&
           !is_on("/sys/module/kvm_amd/parameters/npt");
}

static void save_cpuid(void)
{
    saved.cpuid.table.nent = 256;
    require(ioctl(kvm, KVM_GET_SUPPORTED_CPUID, &saved.cpuid), "KVM_GET_SUPPORTED_CPUID");
}

/* Machine checks as kvm4j's machines have them. */
static uint64_t machine_checks;

static void set_up_machine_checks(void)
{
    require(ioctl(vcpu, KVM_X86_SETUP_MCE, &machine_checks), "KVM_X86_SETUP_MCE");
}

static void begin_machine_checks(void)
{
    uint64_t supported = 0;
    require(ioctl(kvm, KVM_X86_GET_MCE_CAP_SUPPORTED, &supported), "KVM_X86_GET_MCE_CAP_SUPPORTED");
    machine_checks = (supported & (1u << 8 | 1u << 24)) | 10;
    set_up_machine_checks();
}

/* Of those that can be read and written; the others have no place in a state that is set at once. */
static void save_msr(uint32_t index)
{
    struct {
        struct kvm_msrs table;
        struct kvm_msr_entry entry;
    } one = { .table.nmsrs = 1, .entry.index = index };
    if (ioctl(vcpu, KVM_GET_MSRS, &one) == 1 && ioctl(vcpu, KVM_SET_MSRS, &one) == 1)
        saved.msrs.entries[saved.msrs.table.nmsrs++] = one.entry;
}

/* Memory types, the PAT and machine checks are state that the kernel does not list. */
static const struct {
    uint32_t first, count;
} unlisted[] = {
    { 0x200, 16 }, { 0x250, 1 }, { 0x258, 2 }, { 0x268, 8 }, { 0x277, 1 }, { 0x2ff, 1 }, { 0x400, 4 * 32 },
};

static void save_msrs(void)
{
    struct {
        struct kvm_msr_list list;
        uint32_t indices[1024];
    } known = { .list.nmsrs = 1024 };
    require(ioctl(kvm, KVM_GET_MSR_INDEX_LIST, &known), "KVM_GET_MSR_INDEX_LIST");
    saved.msrs.table.nmsrs = 0;
    for (uint32_t i = 0; i < known.list.nmsrs; i++)
        save_msr(known.indices[i]);
    for (size_t i = 0; i < sizeof(unlisted) / sizeof(*unlisted); i++)
        for (uint32_t j = 0; j < unlisted[i].count; j++)
            save_msr(unlisted[i].first + j);
}

static uint64_t get_counter(void)
{
    struct {
        struct kvm_msrs table;
        struct kvm_msr_entry entry;
    } tsc = { .table.nmsrs = 1, .entry.index = 0x10 };
    if (ioctl(vcpu, KVM_GET_MSRS, &tsc) != 1)
        fail("KVM_GET_MSRS of the TSC failed: %s", strerror(errno));
    return tsc.entry.data;
}

static int counter_offset(unsigned long request, int64_t *offset)
{
    return ioctl(vcpu, request, &(struct kvm_device_attr){
        .group = KVM_VCPU_TSC_CTRL, .attr = KVM_VCPU_TSC_OFFSET, .addr = (uintptr_t)offset,
    });
}

static void save_counter(void)
{
    int64_t offset;
    saved.counter = get_counter();
    saved.counter_is_exact = counter_offset(KVM_GET_DEVICE_ATTR, &offset) == 0;
}

/* The TSC goes on from where it was: the kernel takes no value for it that is near to what it shows. */
static void restore_counter(void)
{
    int64_t offset;
    uint64_t counter;
    if (!saved.counter_is_exact)
        return;
    counter = get_counter();
    require(counter_offset(KVM_GET_DEVICE_ATTR, &offset), "KVM_GET_DEVICE_ATTR");
    offset += saved.counter - counter;
    require(counter_offset(KVM_SET_DEVICE_ATTR, &offset), "KVM_SET_DEVICE_ATTR");
}

static void save_state(void)
{
    int size = ioctl(vm, KVM_CHECK_EXTENSION, KVM_CAP_XSAVE2);
    saved.extended = calloc(1, size > 4096 ? size : 4096);
    if (saved.extended == NULL)
        fail("no memory for the state");
    require(ioctl(vcpu, KVM_GET_MP_STATE, &saved.mp_state), "KVM_GET_MP_STATE");
    require(ioctl(vcpu, KVM_GET_REGS, &saved.registers), "KVM_GET_REGS");
    require(ioctl(vcpu, KVM_GET_SREGS2, &saved.special), "KVM_GET_SREGS2");
    require(ioctl(vcpu, size > 4096 ? KVM_GET_XSAVE2 : KVM_GET_XSAVE, saved.extended), "KVM_GET_XSAVE");
    require(ioctl(vcpu, KVM_GET_XCRS, &saved.extended_control), "KVM_GET_XCRS");
    require(ioctl(vcpu, KVM_GET_DEBUGREGS, &saved.debug), "KVM_GET_DEBUGREGS");
    save_msrs();
    require(ioctl(vcpu, KVM_GET_VCPU_EVENTS, &saved.events), "KVM_GET_VCPU_EVENTS");
    require(ioctl(vm, KVM_GET_CLOCK, &saved.clock), "KVM_GET_CLOCK");
    saved.clock.flags = 0;
    save_counter();
}

static void restore_state(void)
{
    require(ioctl(vcpu, KVM_SET_SREGS2, &saved.special), "KVM_SET_SREGS2");
    require(ioctl(vcpu, KVM_SET_REGS, &saved.registers), "KVM_SET_REGS");
    require(ioctl(vcpu, KVM_SET_XSAVE, saved.extended), "KVM_SET_XSAVE");
    require(ioctl(vcpu, KVM_SET_XCRS, &saved.extended_control), "KVM_SET_XCRS");
    require(ioctl(vcpu, KVM_SET_DEBUGREGS, &saved.debug), "KVM_SET_DEBUGREGS");
    require(ioctl(vcpu, KVM_SET_MSRS, &saved.msrs), "KVM_SET_MSRS");
    require(ioctl(vcpu, KVM_SET_VCPU_EVENTS, &saved.events), "KVM_SET_VCPU_EVENTS");
    require(ioctl(vcpu, KVM_SET_MP_STATE, &saved.mp_state), "KVM_SET_MP_STATE");
    require(ioctl(vm, KVM_SET_CLOCK, &saved.clock), "KVM_SET_CLOCK");
    restore_counter();
}

static uint64_t size_of(const char *path)
{
    struct stat status;
    require(stat(path, &status), path);
    return status.st_size;
}

/* The guest's memory as it is before the first entry, at the beginning of a larger one. */
static void read_contents(const char *path, uint8_t *place)
{
    ssize_t size = size_of(path);
    int file = require(open(path, O_RDONLY | O_CLOEXEC), path);
    if (read(file, place, size) != size)
        fail("%s cannot be read whole", path);
    close(file);
}

static void *map_contents(int file)
{
    void *pages = mmap(NULL, memory_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, file, 0);
    if (pages == MAP_FAILED)
        fail("mmap of the contents failed: %s", strerror(errno));
    return pages;
}

static void open_machine(void)
{
    kvm = require(open("/dev/kvm", O_RDWR | O_CLOEXEC), "/dev/kvm");
    create_vm();
}

static void map_as_memory(uint32_t flags)
{
    set_region(&(struct kvm_userspace_memory_region){
        .flags = flags,
        .memory_size = memory_size,
        .userspace_addr = (uintptr_t)memory,
    });
}

static void close_machine(void)
{
    munmap(run, run_size);
    close(vcpu);
    close(vm);
    close(kvm);
    munmap(memory, memory_size);
}

static int is_zero(const uint8_t *page)
{
    return page[0] == 0 && memcmp(page, page + 1, 4095) == 0;
}

/* Which pages of a life's memory have something in them: found once, and not in each. */
static uint64_t used_pages[512];
static int used_page_count;

static void find_used_pages(void)
{
    if (memory_size / 4096 > sizeof(used_pages) / sizeof(*used_pages))
        fail("a guest of %" PRIu64 " bytes", memory_size);
    for (uint64_t page = 0; page < memory_size; page += 4096)
        if (!is_zero(contents + page))
            used_pages[used_page_count++] = page;
}

struct processor {
    int descriptor;
    const struct kvm_run *page;
};

static void *run_once(void *argument)
{
    const struct processor *processor = argument;
    run_to(processor->descriptor, processor->page, KVM_EXIT_IO);
    return NULL;
}

/* On a thread of its own, as a virtual machine monitor has one for each vCPU. */
static void run_on_thread(void)
{
    struct processor processor = { vcpu, run };
    pthread_t thread;
    if (pthread_create(&thread, NULL, run_once, &processor) != 0)
        fail("no thread for a vCPU");
    pthread_join(thread, NULL);
}

static void begin_life(void)
{
    memory = allocate(memory_size);
    for (int i = 0; i < used_page_count; i++)
        memcpy(memory + used_pages[i], contents + used_pages[i], 4096);
    open_machine();
    map_as_memory(0);
}

static void begin_processor(void)
{
    create_vcpu();
    enter_long_mode(saved.special.cr3);
    enter_guest();
}

static void live_to_exit(void)
{
    begin_life();
    begin_processor();
    run_on_thread();
}

static void live(void)
{
    live_to_exit();
    close_machine();
}

static void prepare_life(char **guest)
{
    prepare_guest(guest, "none");
    saved.special.cr3 = strtoull(guest[3], NULL, 0);
    memory_size = size_of(guest[0]);
    contents = allocate(memory_size);
    read_contents(guest[0], contents);
    find_used_pages();
    prepared = live;
}

static pthread_barrier_t beginning, end;

static void *live_for_ever(void *unused)
{
    for (;;) {
        pthread_barrier_wait(&beginning);
        live();
        pthread_barrier_wait(&end);
    }
    return unused;
}

static void live_at_once(void)
{
    pthread_barrier_wait(&beginning);
    pthread_barrier_wait(&end);
}

static void prepare_lives(char **arguments)
{
    unsigned threads = strtoul(arguments[4], NULL, 0);
    prepare_life(arguments);
    pthread_barrier_init(&beginning, NULL, threads + 1);
    pthread_barrier_init(&end, NULL, threads + 1);
    for (unsigned i = 0; i < threads; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, live_for_ever, NULL) != 0)
            fail("no thread for a machine");
    }
    prepared = live_at_once;
}

/* Machines that are alive together; each is closed by a thread of its own. */
static struct machine {
    int kvm, vm, vcpu;
    struct kvm_run *run;
    uint8_t *memory;
    pthread_t closer;
} *crowd;
static unsigned crowd_size;

static void *close_one(void *argument)
{
    const struct machine *machine = argument;
    kvm = machine->kvm;
    vm = machine->vm;
    vcpu = machine->vcpu;
    run = machine->run;
    memory = machine->memory;
    close_machine();
    return NULL;
}

static void live_together(void)
{
    for (unsigned i = 0; i < crowd_size; i++) {
        live_to_exit();
        crowd[i] = (struct machine){ kvm, vm, vcpu, run, memory, 0 };
    }
    for (unsigned i = 0; i < crowd_size; i++)
        if (pthread_create(&crowd[i].closer, NULL, close_one, &crowd[i]) != 0)
            fail("no thread to close a machine");
    for (unsigned i = 0; i < crowd_size; i++)
        pthread_join(crowd[i].closer, NULL);
}

static void prepare_crowd(char **arguments)
{
    prepare_life(arguments);
    crowd_size = strtoul(arguments[4], NULL, 0);
    crowd = calloc(crowd_size, sizeof(*crowd));
    if (crowd == NULL)
        fail("no memory for %u machines", crowd_size);
    prepared = live_together;
}

/* Machines whose guests sleep, until this process is ended. */
static void prepare_sleep(char **arguments)
{
    unsigned machines = strtoul(arguments[4], NULL, 0);
    int *sleepers = calloc(machines, sizeof(*sleepers));
    if (sleepers == NULL)
        fail("no memory for %u machines", machines);
    prepare_life(arguments);
    memory_size = strtoull(arguments[5], NULL, 0);
    for (unsigned i = 0; i < machines; i++) {
        begin_life();
        create_irqchip();
        begin_processor();
        sleepers[i] = vcpu;
        start_thread(&sleepers[i]);
    }
}

/* The whole life of this process: to the guest's exit code, which is this one's. */
static void prepare_whole(char **guest)
{
    prepare_guest(guest, "none");
    do
        one_exit();
    while (run->io.port != 0xf4);
    exit(*((uint8_t *)run + run->io.data_offset));
}

/* A process that is started again and again, and the status that it ends with. */
static char **program;
static int program_status;
static posix_spawn_file_actions_t program_streams;

static void start_and_await(void)
{
    pid_t process;
    int status;
    int problem = posix_spawnp(&process, program[0], &program_streams, NULL, program, environ);
    if (problem != 0)
        fail("%s does not start: %s", program[0], strerror(problem));
    require(waitpid(process, &status, 0), "waitpid");
    if (!WIFEXITED(status) || WEXITSTATUS(status) != program_status)
        fail("%s did not run the guest to its end: status %x", program[0], status);
}

static void prepare_program(char **arguments)
{
    program_status = atoi(arguments[0]);
    program = arguments + 1;
    posix_spawn_file_actions_init(&program_streams);
    posix_spawn_file_actions_addopen(&program_streams, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&program_streams, 1, "/dev/null", O_WRONLY, 0);
    prepared = start_and_await;
}

static void live_from(int file)
{
    memory = map_contents(file);
    open_machine();
    map_as_memory(0);
    create_vcpu();
    require(ioctl(vcpu, KVM_SET_CPUID2, &saved.cpuid), "KVM_SET_CPUID2");
    set_up_machine_checks();
    restore_state();
    run_on_thread();
    close_machine();
}

static void live_from_contents(void)
{
    live_from(contents_file);
}

static void prepare_fork(char **guest)
{
    prepare_guest(guest, "none");
    save_cpuid();
    begin_machine_checks();
    save_state();
    contents_file = require(memfd_create("contents", MFD_CLOEXEC), "memfd_create");
    memory_size = size_of(guest[0]);
    contents = allocate(memory_size);
    read_contents(guest[0], contents);
    if (write(contents_file, contents, memory_size) != (ssize_t)memory_size)
        fail("the contents cannot be written");
    prepared = live_from_contents;
}

static void copy_back(void)
{
    get_dirty_log();
    for (uint64_t word = 0; word < memory_size / 4096 / 64; word++) {
        for (uint64_t bits = dirty_bitmap[word]; bits != 0; bits &= bits - 1) {
            uint64_t page = (word * 64 + __builtin_ctzll(bits)) * 4096;
            memcpy(memory + page, contents + page, 4096);
        }
    }
}

static void drop_shadow_pages(void)
{
    set_region(&(struct kvm_userspace_memory_region){
        .slot = 1, .guest_phys_addr = 1ull << 40, .memory_size = 4096, .userspace_addr = (uintptr_t)memory,
    });
    set_region(&(struct kvm_userspace_memory_region){ .slot = 1, .guest_phys_addr = 1ull << 40 });
}

static void run_and_restore(void)
{
    one_exit();
    run->immediate_exit = 1; /* completes the OUT, and no more */
    immediate_exit();
    run->immediate_exit = 0;
    copy_back();
    if (shadowed)
        drop_shadow_pages();
    restore_state();
}

static void prepare_restore(char **arguments)
{
    memory_size = strtoull(arguments[4], NULL, 0);
    prepare_guest(arguments, "none");
    begin_machine_checks();
    save_state();
    shadowed = shadow_paging();
    contents = allocate(memory_size);
    memory = allocate(memory_size);
    read_contents(arguments[0], contents);
    read_contents(arguments[0], memory);
    set_region(&(struct kvm_userspace_memory_region){ .slot = 0 });
    map_as_memory(KVM_MEM_LOG_DIRTY_PAGES);
    window.slot = 0;
    dirty_bitmap = allocate(memory_size / 4096 / 8);
    prepared = run_and_restore;
}

/* To a file that takes the other's place once it is whole. */
static void write_snapshot(void)
{
    char path[4096];
    uint64_t written = 0;
    snprintf(path, sizeof(path), "%s.new", snapshot_path);
    int file = require(open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), path);
    while (written < memory_size)
        written += require(write(file, contents + written, memory_size - written), "write");
    close(file);
    require(rename(path, snapshot_path), "rename");
}

static void fill_contents(uint64_t first)
{
    for (uint64_t page = first; page < memory_size; page += 4096)
        *(uint64_t *)(contents + page) = page + 1;
}

static void prepare_save(char **arguments)
{
    memory_size = strtoull(arguments[0], NULL, 0);
    snapshot_path = arguments[1];
    contents = allocate(memory_size);
    fill_contents(0);
    prepared = write_snapshot;
}

static void live_from_file(void)
{
    int file = require(open(snapshot_path, O_RDONLY | O_CLOEXEC), snapshot_path);
    live_from(file);
    close(file);
}

static void prepare_load(char **arguments)
{
    memory_size = strtoull(arguments[4], NULL, 0);
    snapshot_path = arguments[5];
    prepare_guest(arguments, "none");
    save_cpuid();
    begin_machine_checks();
    save_state();
    contents = allocate(memory_size);
    read_contents(arguments[0], contents);
    fill_contents(2 << 20);
    write_snapshot();
    prepared = live_from_file;
}

/* So many arguments or more. */
#define MORE 1000

/* What can be measured; GUEST stands for MEMORY RIP RSP CR3. */
static const struct {
    const char *name;
    int arguments;
    void (*prepare)(char **arguments);
} workloads[] = {
    { "system-call", 0, prepare_system_call },
    { "immediate-exit", 0, prepare_immediate_exit },
    { "guest-exits", 6, prepare_guest_exits },      /* GUEST KVM_EXIT_* ARRANGEMENT */
    { "kernel-exits", 5, prepare_kernel_exits },    /* GUEST ARRANGEMENT */
    { "turns", 4, prepare_turns },                  /* GUEST */
    { "injection", 4, prepare_injection },          /* GUEST */
    { "irqfd", 4, prepare_irqfd },                  /* GUEST */
    { "notification", 4, prepare_notification },    /* GUEST */
    { "ipi", 4, prepare_ipi },                      /* GUEST */
    { "first-touch", 5, prepare_first_touch },      /* GUEST PAGES */
    { "dirty-pages", 5, prepare_dirty_pages },      /* GUEST PAGES */
    { "dirty-log", 1, prepare_dirty_log },          /* PAGES */
    { "vm", 0, prepare_vm },
    { "vcpu", 0, prepare_vcpu },
    { "slot", 1, prepare_slot },                    /* PAGES */
    { "life", 4, prepare_life },                    /* GUEST */
    { "lives", 5, prepare_lives },                  /* GUEST THREADS */
    { "crowd", 5, prepare_crowd },                  /* GUEST MACHINES */
    { "sleep", 6, prepare_sleep },                  /* GUEST MACHINES BYTES */
    { "whole", 4, prepare_whole },                  /* GUEST */
    { "program", MORE + 2, prepare_program },       /* STATUS COMMAND... */
    { "fork", 4, prepare_fork },                    /* GUEST */
    { "restore", 5, prepare_restore },              /* GUEST BYTES */
    { "save", 2, prepare_save },                    /* BYTES FILE */
    { "load", 6, prepare_load },                    /* GUEST BYTES FILE */
};

static int fits(int arguments, int expected)
{
    return expected < MORE ? arguments == expected : arguments >= expected - MORE;
}

static void prepare(int count, char **arguments)
{
    kvm = require(open("/dev/kvm", O_RDWR | O_CLOEXEC), "/dev/kvm");
    for (size_t i = 0; i < sizeof(workloads) / sizeof(*workloads); i++) {
        if (strcmp(workloads[i].name, arguments[0]) == 0 && fits(count - 1, workloads[i].arguments)) {
            workloads[i].prepare(arguments + 1);
            return;
        }
    }
    fail("cannot measure '%s'", arguments[0]);
}

static int64_t instructions_now(void)
{
    int64_t count;
    return read(instructions, &count, sizeof(count)) == sizeof(count) ? count : -1;
}

static uint64_t group(uint64_t size)
{
    operation *operate = prepared;
    uint64_t start = now();
    for (uint64_t i = 0; i < size; i++)
        operate();
    return now() - start;
}

static void measure(uint64_t groups, uint64_t size)
{
    uint64_t *times = calloc(groups, sizeof(*times));
    if (times == NULL)
        fail("no memory for %" PRIu64 " groups", groups);
    /* Groups that do not count: another process had the caches since the last turn. */
    for (uint64_t i = 0; i <= groups / 16; i++)
        group(size);
    int64_t executed = instructions_now();
    for (uint64_t i = 0; i < groups; i++)
        times[i] = group(size);
    if (executed >= 0)
        executed = instructions_now() - executed;
    printf("measured %" PRIu64 " %" PRId64 "\n", groups, executed);
    fwrite(times, sizeof(*times), groups, stdout);
    free(times);
}

/* A second thread makes the kernel count references to descriptors, as it has to under a JVM. */
static void *idle(void *unused)
{
    while (pause() == -1)
        ;
    return unused;
}

static void count_instructions(void)
{
    struct perf_event_attr attributes = {
        .type = PERF_TYPE_HARDWARE,
        .size = sizeof(attributes),
        .config = PERF_COUNT_HW_INSTRUCTIONS,
        .exclude_kernel = 1,
        .exclude_hv = 1,
        .exclude_guest = 1,
    };
    instructions = syscall(SYS_perf_event_open, &attributes, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

static void bind_to(int cpu)
{
    cpu_set_t cpus;
    if (cpu < 0)
        return;
    CPU_ZERO(&cpus);
    CPU_SET(cpu, &cpus);
    require(sched_setaffinity(0, sizeof(cpus), &cpus), "sched_setaffinity");
}

static void obey(const char *line)
{
    uint64_t groups, size;
    if (sscanf(line, "measure %" SCNu64 " %" SCNu64, &groups, &size) != 2)
        fail("unknown command '%s'", line);
    measure(groups, size);
}

int main(int count, char **arguments)
{
    pthread_t thread;
    char line[128];

    if (count < 3)
        fail("usage: floor CPU KIND ...");
    bind_to(atoi(arguments[1]));
    if (pthread_create(&thread, NULL, idle, NULL) != 0)
        fail("no second thread");
    count_instructions();
    prepare(count - 2, arguments + 2);
    printf("ready\n");
    fflush(stdout);
    while (fgets(line, sizeof(line), stdin) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        obey(line);
        fflush(stdout);
    }
    return 0;
}
