/*
 * What an exit costs in C: three guests of a few bytes, each of which makes one kind of exit for
 * ever; and what a whole machine does. Prints a line for each: its name and the nanoseconds of one
 * exit, or of one machine's life. Exits.java does the same.
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

struct processor {
    int descriptor;
    const volatile struct kvm_run *exit_page;
};

static void *run_once(void *argument)
{
    const struct processor *processor = argument;
    run(processor->descriptor, processor->exit_page, KVM_EXIT_IO, 1);
    return NULL;
}

/* A machine from nothing to its first exit, its vCPU on a thread of its own, and back to nothing. */
static void live(void)
{
    struct {
        struct kvm_cpuid2 table;
        struct kvm_cpuid_entry2 entries[256];
    } cpuid = {.table.nent = 256};
    struct kvm_sregs special;
    struct kvm_regs registers = {.rip = ENTRY, .rflags = 2};
    pthread_t thread;

    uint8_t *memory =
        mmap(NULL, LIFE_MEMORY, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memcpy(memory + ENTRY, life_code, sizeof(life_code));
    int kvm = require(open("/dev/kvm", O_RDWR | O_CLOEXEC), "/dev/kvm");
    int vm = require(ioctl(kvm, KVM_CREATE_VM, 0), "KVM_CREATE_VM");
    struct kvm_userspace_memory_region region = {
        .memory_size = LIFE_MEMORY,
        .userspace_addr = (uintptr_t)memory,
    };
    require(ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region), "KVM_SET_USER_MEMORY_REGION");
    int vcpu = require(ioctl(vm, KVM_CREATE_VCPU, 0), "KVM_CREATE_VCPU");
    int size = require(ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0), "KVM_GET_VCPU_MMAP_SIZE");
    struct kvm_run *exit_page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
    require(ioctl(kvm, KVM_GET_SUPPORTED_CPUID, &cpuid), "KVM_GET_SUPPORTED_CPUID");
    require(ioctl(vcpu, KVM_SET_CPUID2, &cpuid), "KVM_SET_CPUID2");
    require(ioctl(vcpu, KVM_GET_SREGS, &special), "KVM_GET_SREGS");
    special.cs.selector = 0;
    special.cs.base = 0;
    require(ioctl(vcpu, KVM_SET_SREGS, &special), "KVM_SET_SREGS");
    require(ioctl(vcpu, KVM_SET_REGS, &registers), "KVM_SET_REGS");
    struct processor processor = {vcpu, exit_page};
    if (pthread_create(&thread, NULL, run_once, &processor) != 0)
        exit(1);
    pthread_join(thread, NULL);
    munmap(exit_page, size);
    close(vcpu);
    close(vm);
    close(kvm);
    munmap(memory, LIFE_MEMORY);
}

static void measure_lives(void)
{
    for (int i = 0; i < FIRST_LIVES; i++)
        live();
    int64_t start = now();
    for (int i = 0; i < LIVES; i++)
        live();
    printf("life %.1f\n", (double)(now() - start) / LIVES);
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
