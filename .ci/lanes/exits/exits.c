/*
 * What an exit costs in C: three guests of a few bytes, each of which makes one kind of exit for
 * ever; and what whole machines do: one from nothing to its end, one that is forked from a snapshot,
 * one that is run and restored. Prints a line for each: its name and the nanoseconds of one exit, or
 * of one machine. Exits.java does the same.
 *
 *   exits once                 lives one such life, and no more
 *   exits start COMMAND...     prints the nanoseconds of a process, the second time that it is started
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MEMORY = 0x10000, ENTRY = 0x1000, WARM_UP = 2000, EXITS = 5000 };
enum { LIFE_MEMORY = 0x100000, FIRST_LIVES = 20, LIVES = 50 };

struct guest {
    const char *name;
    uint32_t reason;
    uint8_t code[10];
};

static const struct guest guests[] = {
    {"pio", KVM_EXIT_IO, {0xe6, 0x10, 0xeb, 0xfc}},
    {"mmio", KVM_EXIT_MMIO, {0xb8, 0x00, 0xa0, 0x8e, 0xd8, 0xa2, 0x00, 0x00, 0xeb, 0xfb}},
    {"hlt", KVM_EXIT_HLT, {0xf4, 0xeb, 0xfd}},
};

static int require(int result, const char *call)
{
    if (result < 0) {
        perror(call);
        exit(1);
    }
    return result;
}

static int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static void run(int vcpu, const volatile struct kvm_run *exit_page, uint32_t reason, int count)
{
    for (int i = 0; i < count; i++) {
        require(ioctl(vcpu, KVM_RUN, 0), "KVM_RUN");
        if (exit_page->exit_reason != reason) {
            fprintf(stderr, "exit reason %u, not %u\n", exit_page->exit_reason, reason);
            exit(1);
        }
    }
}

static void measure(int kvm, const struct guest *guest)
{
    int vm = require(ioctl(kvm, KVM_CREATE_VM, 0), "KVM_CREATE_VM");
    uint8_t *memory = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    memcpy(memory + ENTRY, guest->code, sizeof(guest->code));
    struct kvm_userspace_memory_region region = {
        .memory_size = MEMORY,
        .userspace_addr = (uintptr_t)memory,
    };
    require(ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region), "KVM_SET_USER_MEMORY_REGION");

    int vcpu = require(ioctl(vm, KVM_CREATE_VCPU, 0), "KVM_CREATE_VCPU");
    int size = require(ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0), "KVM_GET_VCPU_MMAP_SIZE");
    struct kvm_run *exit_page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
    struct kvm_sregs special;
    require(ioctl(vcpu, KVM_GET_SREGS, &special), "KVM_GET_SREGS");
    special.cs.selector = 0;
    special.cs.base = 0;
    require(ioctl(vcpu, KVM_SET_SREGS, &special), "KVM_SET_SREGS");
    struct kvm_regs registers = {.rip = ENTRY, .rflags = 2};
    require(ioctl(vcpu, KVM_SET_REGS, &registers), "KVM_SET_REGS");

    run(vcpu, exit_page, guest->reason, WARM_UP);
    int64_t start = now();
    run(vcpu, exit_page, guest->reason, EXITS);
    printf("%s %.1f\n", guest->name, (double)(now() - start) / EXITS);
}

/* MOV AL, 0; OUT 0xf4, AL */
static const uint8_t life_code[] = {0xb0, 0x00, 0xe6, 0xf4};

enum { XSAVE_SIZE = 0x10000, MSRS = 1024 };

/* What a machine goes on from. */
static struct {
    int contents;
    struct {
        struct kvm_cpuid2 table;
        struct kvm_cpuid_entry2 entries[256];
    } cpuid;
    struct {
        struct kvm_msrs table;
        struct kvm_msr_entry entries[MSRS];
    } msrs;
    struct kvm_mp_state mp_state;
    struct kvm_regs registers;
    struct kvm_sregs2 special;
    struct kvm_xcrs extended_control;
    struct kvm_debugregs debug;
    struct kvm_vcpu_events events;
    struct kvm_clock_data clock;
    uint64_t counter;
    uint8_t extended[XSAVE_SIZE];
} saved;

struct machine {
    int kvm, vm, vcpu, size;
    uint8_t *memory;
    struct kvm_run *exit_page;
};

static struct machine open_machine(uint8_t *memory, uint32_t flags)
{
    struct machine machine = {.memory = memory};
    machine.kvm = require(open("/dev/kvm", O_RDWR | O_CLOEXEC), "/dev/kvm");
    machine.vm = require(ioctl(machine.kvm, KVM_CREATE_VM, 0), "KVM_CREATE_VM");
    struct kvm_userspace_memory_region region = {
        .flags = flags,
        .memory_size = LIFE_MEMORY,
        .userspace_addr = (uintptr_t)memory,
    };
    require(ioctl(machine.vm, KVM_SET_USER_MEMORY_REGION, &region), "KVM_SET_USER_MEMORY_REGION");
    machine.vcpu = require(ioctl(machine.vm, KVM_CREATE_VCPU, 0), "KVM_CREATE_VCPU");
    machine.size = require(ioctl(machine.kvm, KVM_GET_VCPU_MMAP_SIZE, 0), "KVM_GET_VCPU_MMAP_SIZE");
    machine.exit_page =
        mmap(NULL, machine.size, PROT_READ | PROT_WRITE, MAP_SHARED, machine.vcpu, 0);
    return machine;
}

static void close_machine(const struct machine *machine)
{
    munmap(machine->exit_page, machine->size);
    close(machine->vcpu);
    close(machine->vm);
    close(machine->kvm);
    munmap(machine->memory, LIFE_MEMORY);
}

static uint8_t *new_memory(void)
{
    uint8_t *memory =
        mmap(NULL, LIFE_MEMORY, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memcpy(memory + ENTRY, life_code, sizeof(life_code));
    return memory;
}

static void begin(const struct machine *machine)
{
    struct kvm_regs registers = {.rip = ENTRY, .rflags = 2};
    struct kvm_sregs special;
    saved.cpuid.table.nent = 256;
    require(ioctl(machine->kvm, KVM_GET_SUPPORTED_CPUID, &saved.cpuid), "KVM_GET_SUPPORTED_CPUID");
    require(ioctl(machine->vcpu, KVM_SET_CPUID2, &saved.cpuid), "KVM_SET_CPUID2");
    require(ioctl(machine->vcpu, KVM_GET_SREGS, &special), "KVM_GET_SREGS");
    special.cs.selector = 0;
    special.cs.base = 0;
    require(ioctl(machine->vcpu, KVM_SET_SREGS, &special), "KVM_SET_SREGS");
    require(ioctl(machine->vcpu, KVM_SET_REGS, &registers), "KVM_SET_REGS");
}

static void *run_once(void *argument)
{
    const struct machine *machine = argument;
    run(machine->vcpu, machine->exit_page, KVM_EXIT_IO, 1);
    return NULL;
}

/* On a thread of its own. */
static void run_on_thread(struct machine *machine)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, run_once, machine) != 0)
        exit(1);
    pthread_join(thread, NULL);
}

/* A machine from nothing to its first exit, and back to nothing. */
static void live(void)
{
    struct machine machine = open_machine(new_memory(), 0);
    begin(&machine);
    run_on_thread(&machine);
    close_machine(&machine);
}

/* As kvm4j's machines have them. */
static void set_up_machine_checks(const struct machine *machine)
{
    uint64_t capabilities = 0;
    require(ioctl(machine->kvm, KVM_X86_GET_MCE_CAP_SUPPORTED, &capabilities),
            "KVM_X86_GET_MCE_CAP_SUPPORTED");
    capabilities = (capabilities & (1u << 8 | 1u << 24)) | 10;
    require(ioctl(machine->vcpu, KVM_X86_SETUP_MCE, &capabilities), "KVM_X86_SETUP_MCE");
}

/* If it can be written. */
static void save_msr(int vcpu, uint32_t index)
{
    struct {
        struct kvm_msrs table;
        struct kvm_msr_entry entry;
    } one = {.table.nmsrs = 1, .entry.index = index};
    if (ioctl(vcpu, KVM_GET_MSRS, &one) == 1 && ioctl(vcpu, KVM_SET_MSRS, &one) == 1)
        saved.msrs.entries[saved.msrs.table.nmsrs++] = one.entry;
}

/* Memory types, the PAT and machine checks are state that the kernel does not list. */
static const struct {
    uint32_t first, count;
} unlisted[] = {
    {0x200, 16}, {0x250, 1}, {0x258, 2}, {0x268, 8}, {0x277, 1}, {0x2ff, 1}, {0x400, 4 * 32},
};

static void save_msrs(const struct machine *machine)
{
    struct {
        struct kvm_msr_list list;
        uint32_t indices[MSRS];
    } known = {.list.nmsrs = MSRS};
    require(ioctl(machine->kvm, KVM_GET_MSR_INDEX_LIST, &known), "KVM_GET_MSR_INDEX_LIST");
    for (uint32_t i = 0; i < known.list.nmsrs; i++)
        save_msr(machine->vcpu, known.indices[i]);
    for (size_t i = 0; i < sizeof(unlisted) / sizeof(unlisted[0]); i++)
        for (uint32_t j = 0; j < unlisted[i].count; j++)
            save_msr(machine->vcpu, unlisted[i].first + j);
}

static uint64_t counter_of(int vcpu)
{
    struct {
        struct kvm_msrs table;
        struct kvm_msr_entry entry;
    } tsc = {.table.nmsrs = 1, .entry.index = 0x10};
    require(ioctl(vcpu, KVM_GET_MSRS, &tsc), "KVM_GET_MSRS");
    return tsc.entry.data;
}

static void save_state(const struct machine *machine)
{
    int vcpu = machine->vcpu;
    require(ioctl(vcpu, KVM_GET_MP_STATE, &saved.mp_state), "KVM_GET_MP_STATE");
    require(ioctl(vcpu, KVM_GET_REGS, &saved.registers), "KVM_GET_REGS");
    require(ioctl(vcpu, KVM_GET_SREGS2, &saved.special), "KVM_GET_SREGS2");
    require(ioctl(vcpu, KVM_GET_XSAVE, saved.extended), "KVM_GET_XSAVE");
    require(ioctl(vcpu, KVM_GET_XCRS, &saved.extended_control), "KVM_GET_XCRS");
    require(ioctl(vcpu, KVM_GET_DEBUGREGS, &saved.debug), "KVM_GET_DEBUGREGS");
    save_msrs(machine);
    require(ioctl(vcpu, KVM_GET_VCPU_EVENTS, &saved.events), "KVM_GET_VCPU_EVENTS");
    require(ioctl(machine->vm, KVM_GET_CLOCK, &saved.clock), "KVM_GET_CLOCK");
    saved.clock.flags = 0;
    saved.counter = counter_of(vcpu);
}

/* The TSC goes on from where it was. */
static void restore_counter(int vcpu)
{
    int64_t offset;
    struct kvm_device_attr attribute = {
        .group = KVM_VCPU_TSC_CTRL,
        .attr = KVM_VCPU_TSC_OFFSET,
        .addr = (uintptr_t)&offset,
    };
    uint64_t counter = counter_of(vcpu);
    require(ioctl(vcpu, KVM_GET_DEVICE_ATTR, &attribute), "KVM_GET_DEVICE_ATTR");
    offset += saved.counter - counter;
    require(ioctl(vcpu, KVM_SET_DEVICE_ATTR, &attribute), "KVM_SET_DEVICE_ATTR");
}

static void restore_state(const struct machine *machine)
{
    int vcpu = machine->vcpu;
    require(ioctl(vcpu, KVM_SET_SREGS2, &saved.special), "KVM_SET_SREGS2");
    require(ioctl(vcpu, KVM_SET_REGS, &saved.registers), "KVM_SET_REGS");
    require(ioctl(vcpu, KVM_SET_XSAVE, saved.extended), "KVM_SET_XSAVE");
    require(ioctl(vcpu, KVM_SET_XCRS, &saved.extended_control), "KVM_SET_XCRS");
    require(ioctl(vcpu, KVM_SET_DEBUGREGS, &saved.debug), "KVM_SET_DEBUGREGS");
    require(ioctl(vcpu, KVM_SET_MSRS, &saved.msrs), "KVM_SET_MSRS");
    require(ioctl(vcpu, KVM_SET_VCPU_EVENTS, &saved.events), "KVM_SET_VCPU_EVENTS");
    require(ioctl(vcpu, KVM_SET_MP_STATE, &saved.mp_state), "KVM_SET_MP_STATE");
    require(ioctl(machine->vm, KVM_SET_CLOCK, &saved.clock), "KVM_SET_CLOCK");
    restore_counter(vcpu);
}

/* A machine that goes on from what was saved, with its memory by copy on write, and back to nothing. */
static void live_on(void)
{
    uint8_t *memory = mmap(NULL, LIFE_MEMORY, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE,
                           saved.contents, 0);
    struct machine machine = open_machine(memory, 0);
    require(ioctl(machine.vcpu, KVM_SET_CPUID2, &saved.cpuid), "KVM_SET_CPUID2");
    set_up_machine_checks(&machine);
    restore_state(&machine);
    run_on_thread(&machine);
    close_machine(&machine);
}

static struct machine restored;

/* A machine to its exit, and back: the OUT is completed, and what was written is copied back. */
static void go_and_return(void)
{
    static uint64_t dirty[LIFE_MEMORY / 4096 / 64];
    struct kvm_dirty_log log = {.dirty_bitmap = dirty};
    run(restored.vcpu, restored.exit_page, KVM_EXIT_IO, 1);
    restored.exit_page->immediate_exit = 1;
    ioctl(restored.vcpu, KVM_RUN, 0);
    restored.exit_page->immediate_exit = 0;
    require(ioctl(restored.vm, KVM_GET_DIRTY_LOG, &log), "KVM_GET_DIRTY_LOG");
    for (size_t i = 0; i < sizeof(dirty) / sizeof(dirty[0]); i++)
        for (uint64_t bits = dirty[i]; bits != 0; bits &= bits - 1) {
            off_t page = (i * 64 + __builtin_ctzll(bits)) * 4096;
            require(pread(saved.contents, restored.memory + page, 4096, page), "pread");
        }
    restore_state(&restored);
}

static int64_t times[LIVES];

static void measure_times(void (*operation)(void))
{
    for (int i = 0; i < FIRST_LIVES; i++)
        operation();
    for (int i = 0; i < LIVES; i++) {
        int64_t start = now();
        operation();
        times[i] = now() - start;
    }
}

static double mean(void)
{
    double sum = 0;
    for (int i = 0; i < LIVES; i++)
        sum += times[i];
    return sum / LIVES;
}

static int compare(const void *one, const void *other)
{
    const int64_t *a = one, *b = other;
    return (*a > *b) - (*a < *b);
}

static double median(void)
{
    qsort(times, LIVES, sizeof(times[0]), compare);
    return times[LIVES / 2];
}

static void measure_lives(void)
{
    measure_times(live);
    printf("life %.1f\n", mean());

    restored = open_machine(new_memory(), KVM_MEM_LOG_DIRTY_PAGES);
    begin(&restored);
    set_up_machine_checks(&restored);
    save_state(&restored);
    saved.contents = require(memfd_create("contents", MFD_CLOEXEC), "memfd_create");
    require(write(saved.contents, restored.memory, LIFE_MEMORY), "write");
    measure_times(live_on);
    printf("fork %.1f\n", mean());
    measure_times(go_and_return);
    printf("restore %.1f\n", median());
}

static int64_t started(char **command)
{
    int status;
    int64_t start = now();
    pid_t process = require(fork(), "fork");
    if (process == 0) {
        dup2(STDERR_FILENO, STDOUT_FILENO);
        execvp(command[0], command);
        perror(command[0]);
        _exit(127);
    }
    require(waitpid(process, &status, 0), "waitpid");
    if (status != 0) {
        fprintf(stderr, "%s ended with %x\n", command[0], status);
        exit(1);
    }
    return now() - start;
}

int main(int count, char **arguments)
{
    if (count == 2 && strcmp(arguments[1], "once") == 0) {
        live();
        return 0;
    }
    if (count > 2 && strcmp(arguments[1], "start") == 0) {
        started(arguments + 2);
        printf("%.1f\n", (double)started(arguments + 2));
        return 0;
    }
    int kvm = require(open("/dev/kvm", O_RDWR | O_CLOEXEC), "/dev/kvm");
    for (size_t i = 0; i < sizeof(guests) / sizeof(guests[0]); i++)
        measure(kvm, &guests[i]);
    measure_lives();
    return 0;
}
