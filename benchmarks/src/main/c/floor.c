/*
 * The floor under every figure of the exit-latency lab: the same loops as in Java, in C.
 *
 *   floor CPU system-call
 *   floor CPU immediate-exit
 *   floor CPU guest-exits MEMORY RIP RSP CR3 REASON ARRANGEMENT
 *   floor CPU kernel-exits MEMORY RIP RSP CR3 REASON ARRANGEMENT
 *
 * CPU is where to run, or -1 for anywhere. A guest comes as a file with the memory that Java laid
 * out, with page tables and all, and the few registers that entering long mode takes; REASON is the
 * KVM_EXIT_* that ends every run; ARRANGEMENT is none, single-step, msr-filter
 * or irqchip. Then the lab gives commands, one to a line, on standard input:
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
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
static struct kvm_regs entry;
static uint32_t expected_reason;
static operation *prepared;

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

static void one_exit(void)
{
    require(ioctl(vcpu, KVM_RUN, 0), "KVM_RUN");
    if (run->exit_reason != expected_reason)
        fail("exit reason %u instead of %u", run->exit_reason, expected_reason);
}

static void create_vm(void)
{
    vm = require(ioctl(kvm, KVM_CREATE_VM, 0), "KVM_CREATE_VM");
}

static void create_vcpu(void)
{
    vcpu = require(ioctl(vm, KVM_CREATE_VCPU, 0), "KVM_CREATE_VCPU");
    int size = require(ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0), "KVM_GET_VCPU_MMAP_SIZE");
    run = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
    if (run == MAP_FAILED)
        fail("mmap of the vCPU failed: %s", strerror(errno));
}

static void map_memory(const char *path)
{
    struct stat status;
    int file = require(open(path, O_RDONLY | O_CLOEXEC), path);
    require(fstat(file, &status), "fstat");
    void *memory = mmap(NULL, status.st_size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        fail("mmap of the guest's memory failed: %s", strerror(errno));
    if (read(file, memory, status.st_size) != status.st_size)
        fail("%s cannot be read whole", path);
    close(file);
    struct kvm_userspace_memory_region region = {
        .memory_size = status.st_size,
        .userspace_addr = (uintptr_t)memory,
    };
    require(ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region), "KVM_SET_USER_MEMORY_REGION");
}

static void enter_long_mode(uint64_t cr3)
{
    struct kvm_segment code = {
        .selector = 0x08, .limit = ~0u, .type = 11, .present = 1, .s = 1, .l = 1, .g = 1,
    };
    struct kvm_segment data = {
        .selector = 0x10, .limit = ~0u, .type = 3, .present = 1, .s = 1, .db = 1, .g = 1,
    };
    struct kvm_sregs special;
    require(ioctl(vcpu, KVM_GET_SREGS, &special), "KVM_GET_SREGS");
    special.cs = code;
    special.ds = special.es = special.fs = special.gs = special.ss = data;
    special.cr0 = 1u << 31 | 1u << 16 | 1u << 4 | 1u << 0; /* PG, WP, ET, PE */
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
        .ranges = { { .flags = KVM_MSR_FILTER_READ, .nmsrs = 1, .base = 0, .bitmap = &denied } },
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

static void arrange_vm(const char *arrangement)
{
    if (strcmp(arrangement, "msr-filter") == 0)
        filter_msr_0();
    else if (strcmp(arrangement, "irqchip") == 0)
        require(ioctl(vm, KVM_CREATE_IRQCHIP, 0), "KVM_CREATE_IRQCHIP");
}

static void arrange_vcpu(const char *arrangement)
{
    if (strcmp(arrangement, "single-step") == 0)
        single_step();
}

static void prepare_guest(char **arguments)
{
    create_vm();
    arrange_vm(arguments[5]);
    create_vcpu();
    map_memory(arguments[0]);
    entry.rip = strtoull(arguments[1], NULL, 0);
    entry.rsp = strtoull(arguments[2], NULL, 0);
    entry.rflags = 1u << 1;
    enter_long_mode(strtoull(arguments[3], NULL, 0));
    enter_guest();
    expected_reason = strtoull(arguments[4], NULL, 0);
    arrange_vcpu(arguments[5]);
}

static void prepare(int count, char **arguments)
{
    const char *kind = arguments[0];

    kvm = require(open("/dev/kvm", O_RDWR | O_CLOEXEC), "/dev/kvm");
    if (strcmp(kind, "system-call") == 0) {
        prepared = system_call;
    } else if (strcmp(kind, "immediate-exit") == 0) {
        create_vm();
        create_vcpu();
        run->immediate_exit = 1;
        prepared = immediate_exit;
    } else if (strcmp(kind, "guest-exits") == 0 && count == 7) {
        prepare_guest(arguments + 1);
        prepared = one_exit;
    } else if (strcmp(kind, "kernel-exits") == 0 && count == 7) {
        prepare_guest(arguments + 1);
        prepared = run_from_entry;
    } else {
        fail("cannot measure '%s'", kind);
    }
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
