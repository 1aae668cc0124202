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
#include <time.h>
#include <unistd.h>

/* What an operation is; each does it once, or ends the process with the reason. */
typedef void operation(void);

static int kvm;
static int vm;
static int vcpu;
static struct kvm_run *run;
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
};

static void prepare(int count, char **arguments)
{
    kvm = require(open("/dev/kvm", O_RDWR | O_CLOEXEC), "/dev/kvm");
    for (size_t i = 0; i < sizeof(workloads) / sizeof(*workloads); i++) {
        if (strcmp(workloads[i].name, arguments[0]) == 0 && workloads[i].arguments == count - 1) {
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
