package kvm4j.kvm;

import kvm4j.bindings.kvm.KvmUapi;

/**
 * What a kernel's KVM can do, beyond what all can: the {@code KVM_CAP_*} that x86 hosts use.
 *
 * <p>{@link Kvm#check} asks the system and {@link Vm#check} a virtual machine, which may have more
 * or less. The answer is 0 for a capability that is missing, else 1 or a number that the capability
 * defines: its {@linkplain #meaning() meaning} says which. Some have to be switched on before they
 * do anything: {@link Vm#enable} and {@link Vcpu#enable}.
 */
public enum Capability {
    /**
     * {@code KVM_CAP_IRQCHIP}: interrupt controllers in the kernel: PICs, I/O APIC and local APICs.
     */
    IRQCHIP(
            KvmUapi.KVM_CAP_IRQCHIP(),
            "interrupt controllers in the kernel: PICs, I/O APIC and local APICs"),

    /** {@code KVM_CAP_HLT}: HLT waits in the kernel when the irqchip is there. */
    HLT(KvmUapi.KVM_CAP_HLT(), "HLT waits in the kernel when the irqchip is there"),

    /**
     * {@code KVM_CAP_MMU_SHADOW_CACHE_CONTROL}: the number of shadow page tables can be limited.
     */
    MMU_SHADOW_CACHE_CONTROL(
            KvmUapi.KVM_CAP_MMU_SHADOW_CACHE_CONTROL(),
            "the number of shadow page tables can be limited"),

    /** {@code KVM_CAP_USER_MEMORY}: guest memory is memory of this process. */
    USER_MEMORY(KvmUapi.KVM_CAP_USER_MEMORY(), "guest memory is memory of this process"),

    /** {@code KVM_CAP_SET_TSS_ADDR}: where VMX puts the TSS that real mode needs can be chosen. */
    SET_TSS_ADDR(
            KvmUapi.KVM_CAP_SET_TSS_ADDR(),
            "where VMX puts the TSS that real mode needs can be chosen"),

    /** {@code KVM_CAP_VAPIC}: the guest's task priority can be accelerated with shared memory. */
    VAPIC(
            KvmUapi.KVM_CAP_VAPIC(),
            "the guest's task priority can be accelerated with shared memory"),

    /** {@code KVM_CAP_EXT_CPUID}: CPUID answers can be set leaf by leaf. */
    EXT_CPUID(KvmUapi.KVM_CAP_EXT_CPUID(), "CPUID answers can be set leaf by leaf"),

    /** {@code KVM_CAP_CLOCKSOURCE}: the paravirtual clock kvmclock. */
    CLOCKSOURCE(KvmUapi.KVM_CAP_CLOCKSOURCE(), "the paravirtual clock kvmclock"),

    /** {@code KVM_CAP_NR_VCPUS}: recommended limit of vCPUs of a VM. */
    NR_VCPUS(KvmUapi.KVM_CAP_NR_VCPUS(), "recommended limit of vCPUs of a VM"),

    /** {@code KVM_CAP_NR_MEMSLOTS}: limit of memory slots of a VM. */
    NR_MEMSLOTS(KvmUapi.KVM_CAP_NR_MEMSLOTS(), "limit of memory slots of a VM"),

    /** {@code KVM_CAP_PIT}: interval timer in the kernel, its first interface. */
    PIT(KvmUapi.KVM_CAP_PIT(), "interval timer in the kernel, its first interface"),

    /** {@code KVM_CAP_NOP_IO_DELAY}: the guest may skip the delay after port accesses. */
    NOP_IO_DELAY(
            KvmUapi.KVM_CAP_NOP_IO_DELAY(), "the guest may skip the delay after port accesses"),

    /** {@code KVM_CAP_PV_MMU}: paravirtual page table updates, gone from today's kernels. */
    PV_MMU(KvmUapi.KVM_CAP_PV_MMU(), "paravirtual page table updates, gone from today's kernels"),

    /**
     * {@code KVM_CAP_MP_STATE}: the run state of a vCPU (running, halted, waiting for SIPI) can be
     * read and set.
     */
    MP_STATE(
            KvmUapi.KVM_CAP_MP_STATE(),
            "the run state of a vCPU (running, halted, waiting for SIPI) can be read and set"),

    /**
     * {@code KVM_CAP_COALESCED_MMIO}: MMIO writes can be collected in a ring; the value is the
     * ring's page in the vCPU mapping.
     */
    COALESCED_MMIO(
            KvmUapi.KVM_CAP_COALESCED_MMIO(),
            "MMIO writes can be collected in a ring; the value is the ring's page in the vCPU"
                    + " mapping"),

    /** {@code KVM_CAP_SYNC_MMU}: changes of host mappings reach the guest by themselves. */
    SYNC_MMU(KvmUapi.KVM_CAP_SYNC_MMU(), "changes of host mappings reach the guest by themselves"),

    /** {@code KVM_CAP_DESTROY_MEMORY_REGION_WORKS}: memory slots can be removed. */
    DESTROY_MEMORY_REGION_WORKS(
            KvmUapi.KVM_CAP_DESTROY_MEMORY_REGION_WORKS(), "memory slots can be removed"),

    /** {@code KVM_CAP_USER_NMI}: user space can inject an NMI. */
    USER_NMI(KvmUapi.KVM_CAP_USER_NMI(), "user space can inject an NMI"),

    /** {@code KVM_CAP_SET_GUEST_DEBUG}: single step and breakpoints. */
    SET_GUEST_DEBUG(KvmUapi.KVM_CAP_SET_GUEST_DEBUG(), "single step and breakpoints"),

    /** {@code KVM_CAP_REINJECT_CONTROL}: whether lost PIT ticks are made up for can be chosen. */
    REINJECT_CONTROL(
            KvmUapi.KVM_CAP_REINJECT_CONTROL(),
            "whether lost PIT ticks are made up for can be chosen"),

    /**
     * {@code KVM_CAP_IRQ_ROUTING}: interrupt lines can be routed; the value is the limit of routes.
     */
    IRQ_ROUTING(
            KvmUapi.KVM_CAP_IRQ_ROUTING(),
            "interrupt lines can be routed; the value is the limit of routes"),

    /**
     * {@code KVM_CAP_IRQ_INJECT_STATUS}: raising a line tells whether the interrupt was coalesced.
     */
    IRQ_INJECT_STATUS(
            KvmUapi.KVM_CAP_IRQ_INJECT_STATUS(),
            "raising a line tells whether the interrupt was coalesced"),

    /** {@code KVM_CAP_JOIN_MEMORY_REGIONS_WORKS}: adjacent memory slots can be joined. */
    JOIN_MEMORY_REGIONS_WORKS(
            KvmUapi.KVM_CAP_JOIN_MEMORY_REGIONS_WORKS(), "adjacent memory slots can be joined"),

    /** {@code KVM_CAP_MCE}: machine check banks; the value is how many. */
    MCE(KvmUapi.KVM_CAP_MCE(), "machine check banks; the value is how many"),

    /** {@code KVM_CAP_IRQFD}: an eventfd raises an interrupt. */
    IRQFD(KvmUapi.KVM_CAP_IRQFD(), "an eventfd raises an interrupt"),

    /** {@code KVM_CAP_PIT2}: interval timer in the kernel, with the speaker port. */
    PIT2(KvmUapi.KVM_CAP_PIT2(), "interval timer in the kernel, with the speaker port"),

    /** {@code KVM_CAP_SET_BOOT_CPU_ID}: which vCPU is the bootstrap processor can be chosen. */
    SET_BOOT_CPU_ID(
            KvmUapi.KVM_CAP_SET_BOOT_CPU_ID(),
            "which vCPU is the bootstrap processor can be chosen"),

    /** {@code KVM_CAP_PIT_STATE2}: the state of the interval timer with its flags. */
    PIT_STATE2(KvmUapi.KVM_CAP_PIT_STATE2(), "the state of the interval timer with its flags"),

    /** {@code KVM_CAP_IOEVENTFD}: a guest's write to a port or address signals an eventfd. */
    IOEVENTFD(
            KvmUapi.KVM_CAP_IOEVENTFD(), "a guest's write to a port or address signals an eventfd"),

    /**
     * {@code KVM_CAP_SET_IDENTITY_MAP_ADDR}: where VMX puts the identity page table that real mode
     * needs can be chosen.
     */
    SET_IDENTITY_MAP_ADDR(
            KvmUapi.KVM_CAP_SET_IDENTITY_MAP_ADDR(),
            "where VMX puts the identity page table that real mode needs can be chosen"),

    /** {@code KVM_CAP_XEN_HVM}: Xen guests; the value is a set of flags. */
    XEN_HVM(KvmUapi.KVM_CAP_XEN_HVM(), "Xen guests; the value is a set of flags"),

    /**
     * {@code KVM_CAP_ADJUST_CLOCK}: the paravirtual clock can be read and set; the value is a set
     * of flags.
     */
    ADJUST_CLOCK(
            KvmUapi.KVM_CAP_ADJUST_CLOCK(),
            "the paravirtual clock can be read and set; the value is a set of flags"),

    /** {@code KVM_CAP_INTERNAL_ERROR_DATA}: an internal error comes with data. */
    INTERNAL_ERROR_DATA(KvmUapi.KVM_CAP_INTERNAL_ERROR_DATA(), "an internal error comes with data"),

    /** {@code KVM_CAP_VCPU_EVENTS}: pending exceptions, interrupts and NMIs can be read and set. */
    VCPU_EVENTS(
            KvmUapi.KVM_CAP_VCPU_EVENTS(),
            "pending exceptions, interrupts and NMIs can be read and set"),

    /** {@code KVM_CAP_HYPERV}: Hyper-V's CPUID leaves and MSRs. */
    HYPERV(KvmUapi.KVM_CAP_HYPERV(), "Hyper-V's CPUID leaves and MSRs"),

    /** {@code KVM_CAP_HYPERV_VAPIC}: Hyper-V's APIC assist page. */
    HYPERV_VAPIC(KvmUapi.KVM_CAP_HYPERV_VAPIC(), "Hyper-V's APIC assist page"),

    /** {@code KVM_CAP_HYPERV_SPIN}: Hyper-V's notification of long spin waits. */
    HYPERV_SPIN(KvmUapi.KVM_CAP_HYPERV_SPIN(), "Hyper-V's notification of long spin waits"),

    /** {@code KVM_CAP_PCI_SEGMENT}: PCI segments for assigned devices. */
    PCI_SEGMENT(KvmUapi.KVM_CAP_PCI_SEGMENT(), "PCI segments for assigned devices"),

    /**
     * {@code KVM_CAP_INTR_SHADOW}: the interrupt shadow after STI and MOV SS is among the vCPU
     * events.
     */
    INTR_SHADOW(
            KvmUapi.KVM_CAP_INTR_SHADOW(),
            "the interrupt shadow after STI and MOV SS is among the vCPU events"),

    /** {@code KVM_CAP_DEBUGREGS}: debug registers can be read and set. */
    DEBUGREGS(KvmUapi.KVM_CAP_DEBUGREGS(), "debug registers can be read and set"),

    /** {@code KVM_CAP_X86_ROBUST_SINGLESTEP}: single step works over POPF and the like. */
    X86_ROBUST_SINGLESTEP(
            KvmUapi.KVM_CAP_X86_ROBUST_SINGLESTEP(), "single step works over POPF and the like"),

    /** {@code KVM_CAP_ENABLE_CAP}: capabilities of a vCPU can be enabled. */
    ENABLE_CAP(KvmUapi.KVM_CAP_ENABLE_CAP(), "capabilities of a vCPU can be enabled"),

    /** {@code KVM_CAP_XSAVE}: extended state (x87, SSE, AVX) can be read and set, 4 KiB of it. */
    XSAVE(
            KvmUapi.KVM_CAP_XSAVE(),
            "extended state (x87, SSE, AVX) can be read and set, 4 KiB of it"),

    /** {@code KVM_CAP_XCRS}: extended control registers can be read and set. */
    XCRS(KvmUapi.KVM_CAP_XCRS(), "extended control registers can be read and set"),

    /** {@code KVM_CAP_ASYNC_PF}: asynchronous page faults for the guest. */
    ASYNC_PF(KvmUapi.KVM_CAP_ASYNC_PF(), "asynchronous page faults for the guest"),

    /** {@code KVM_CAP_TSC_CONTROL}: the guest's TSC frequency can differ from the host's. */
    TSC_CONTROL(
            KvmUapi.KVM_CAP_TSC_CONTROL(), "the guest's TSC frequency can differ from the host's"),

    /** {@code KVM_CAP_GET_TSC_KHZ}: the guest's TSC frequency can be read. */
    GET_TSC_KHZ(KvmUapi.KVM_CAP_GET_TSC_KHZ(), "the guest's TSC frequency can be read"),

    /** {@code KVM_CAP_MAX_VCPUS}: hard limit of vCPUs of a VM. */
    MAX_VCPUS(KvmUapi.KVM_CAP_MAX_VCPUS(), "hard limit of vCPUs of a VM"),

    /** {@code KVM_CAP_ONE_REG}: registers can be read and set one by one. */
    ONE_REG(KvmUapi.KVM_CAP_ONE_REG(), "registers can be read and set one by one"),

    /** {@code KVM_CAP_TSC_DEADLINE_TIMER}: the local APIC's TSC deadline timer. */
    TSC_DEADLINE_TIMER(KvmUapi.KVM_CAP_TSC_DEADLINE_TIMER(), "the local APIC's TSC deadline timer"),

    /** {@code KVM_CAP_SYNC_REGS}: registers in the run page; the value is which sets of them. */
    SYNC_REGS(
            KvmUapi.KVM_CAP_SYNC_REGS(),
            "registers in the run page; the value is which sets of them"),

    /** {@code KVM_CAP_KVMCLOCK_CTRL}: the guest can be told that it was paused. */
    KVMCLOCK_CTRL(KvmUapi.KVM_CAP_KVMCLOCK_CTRL(), "the guest can be told that it was paused"),

    /** {@code KVM_CAP_SIGNAL_MSI}: user space can send an MSI. */
    SIGNAL_MSI(KvmUapi.KVM_CAP_SIGNAL_MSI(), "user space can send an MSI"),

    /** {@code KVM_CAP_READONLY_MEM}: memory slots that the guest can only read. */
    READONLY_MEM(KvmUapi.KVM_CAP_READONLY_MEM(), "memory slots that the guest can only read"),

    /** {@code KVM_CAP_IRQFD_RESAMPLE}: irqfd for level interrupts. */
    IRQFD_RESAMPLE(KvmUapi.KVM_CAP_IRQFD_RESAMPLE(), "irqfd for level interrupts"),

    /** {@code KVM_CAP_DEVICE_CTRL}: devices in the kernel can be created by type. */
    DEVICE_CTRL(KvmUapi.KVM_CAP_DEVICE_CTRL(), "devices in the kernel can be created by type"),

    /** {@code KVM_CAP_EXT_EMUL_CPUID}: CPUID features that KVM emulates can be listed. */
    EXT_EMUL_CPUID(
            KvmUapi.KVM_CAP_EXT_EMUL_CPUID(), "CPUID features that KVM emulates can be listed"),

    /** {@code KVM_CAP_HYPERV_TIME}: Hyper-V's reference time. */
    HYPERV_TIME(KvmUapi.KVM_CAP_HYPERV_TIME(), "Hyper-V's reference time"),

    /** {@code KVM_CAP_IOAPIC_POLARITY_IGNORED}: the in-kernel I/O APIC ignores polarity. */
    IOAPIC_POLARITY_IGNORED(
            KvmUapi.KVM_CAP_IOAPIC_POLARITY_IGNORED(), "the in-kernel I/O APIC ignores polarity"),

    /** {@code KVM_CAP_ENABLE_CAP_VM}: capabilities of a VM can be enabled. */
    ENABLE_CAP_VM(KvmUapi.KVM_CAP_ENABLE_CAP_VM(), "capabilities of a VM can be enabled"),

    /** {@code KVM_CAP_IOEVENTFD_NO_LENGTH}: ioeventfd on writes of any width, for MMIO. */
    IOEVENTFD_NO_LENGTH(
            KvmUapi.KVM_CAP_IOEVENTFD_NO_LENGTH(), "ioeventfd on writes of any width, for MMIO"),

    /** {@code KVM_CAP_VM_ATTRIBUTES}: a VM has device attributes. */
    VM_ATTRIBUTES(KvmUapi.KVM_CAP_VM_ATTRIBUTES(), "a VM has device attributes"),

    /** {@code KVM_CAP_CHECK_EXTENSION_VM}: capabilities can be asked of a VM. */
    CHECK_EXTENSION_VM(KvmUapi.KVM_CAP_CHECK_EXTENSION_VM(), "capabilities can be asked of a VM"),

    /** {@code KVM_CAP_DISABLE_QUIRKS}: bugs kept for old guests can be switched off. */
    DISABLE_QUIRKS(
            KvmUapi.KVM_CAP_DISABLE_QUIRKS(), "bugs kept for old guests can be switched off"),

    /** {@code KVM_CAP_X86_SMM}: system management mode. */
    X86_SMM(KvmUapi.KVM_CAP_X86_SMM(), "system management mode"),

    /**
     * {@code KVM_CAP_MULTI_ADDRESS_SPACE}: memory slots of a second address space, for SMM; the
     * value is how many there are.
     */
    MULTI_ADDRESS_SPACE(
            KvmUapi.KVM_CAP_MULTI_ADDRESS_SPACE(),
            "memory slots of a second address space, for SMM; the value is how many there are"),

    /** {@code KVM_CAP_GUEST_DEBUG_HW_BPS}: limit of hardware breakpoints. */
    GUEST_DEBUG_HW_BPS(KvmUapi.KVM_CAP_GUEST_DEBUG_HW_BPS(), "limit of hardware breakpoints"),

    /** {@code KVM_CAP_GUEST_DEBUG_HW_WPS}: limit of hardware watchpoints. */
    GUEST_DEBUG_HW_WPS(KvmUapi.KVM_CAP_GUEST_DEBUG_HW_WPS(), "limit of hardware watchpoints"),

    /**
     * {@code KVM_CAP_SPLIT_IRQCHIP}: local APICs in the kernel, PICs and I/O APIC in user space.
     */
    SPLIT_IRQCHIP(
            KvmUapi.KVM_CAP_SPLIT_IRQCHIP(),
            "local APICs in the kernel, PICs and I/O APIC in user space"),

    /** {@code KVM_CAP_IOEVENTFD_ANY_LENGTH}: ioeventfd on writes of any width. */
    IOEVENTFD_ANY_LENGTH(
            KvmUapi.KVM_CAP_IOEVENTFD_ANY_LENGTH(), "ioeventfd on writes of any width"),

    /** {@code KVM_CAP_HYPERV_SYNIC}: Hyper-V's synthetic interrupt controller. */
    HYPERV_SYNIC(KvmUapi.KVM_CAP_HYPERV_SYNIC(), "Hyper-V's synthetic interrupt controller"),

    /** {@code KVM_CAP_VCPU_ATTRIBUTES}: a vCPU has device attributes, such as the TSC offset. */
    VCPU_ATTRIBUTES(
            KvmUapi.KVM_CAP_VCPU_ATTRIBUTES(),
            "a vCPU has device attributes, such as the TSC offset"),

    /** {@code KVM_CAP_MAX_VCPU_ID}: a vCPU's number is lower than this. */
    MAX_VCPU_ID(KvmUapi.KVM_CAP_MAX_VCPU_ID(), "a vCPU's number is lower than this"),

    /**
     * {@code KVM_CAP_X2APIC_API}: 32-bit APIC IDs in routes and messages; the value is a set of
     * flags.
     */
    X2APIC_API(
            KvmUapi.KVM_CAP_X2APIC_API(),
            "32-bit APIC IDs in routes and messages; the value is a set of flags"),

    /** {@code KVM_CAP_MSI_DEVID}: MSI messages carry a device ID. */
    MSI_DEVID(KvmUapi.KVM_CAP_MSI_DEVID(), "MSI messages carry a device ID"),

    /** {@code KVM_CAP_IMMEDIATE_EXIT}: a byte in the run page makes the next run return at once. */
    IMMEDIATE_EXIT(
            KvmUapi.KVM_CAP_IMMEDIATE_EXIT(),
            "a byte in the run page makes the next run return at once"),

    /**
     * {@code KVM_CAP_X86_DISABLE_EXITS}: the guest may do HLT, PAUSE, MWAIT and the like without an
     * exit; the value is which.
     */
    X86_DISABLE_EXITS(
            KvmUapi.KVM_CAP_X86_DISABLE_EXITS(),
            "the guest may do HLT, PAUSE, MWAIT and the like without an exit; the value is which"),

    /**
     * {@code KVM_CAP_HYPERV_SYNIC2}: Hyper-V's synthetic interrupt controller, second interface.
     */
    HYPERV_SYNIC2(
            KvmUapi.KVM_CAP_HYPERV_SYNIC2(),
            "Hyper-V's synthetic interrupt controller, second interface"),

    /** {@code KVM_CAP_HYPERV_VP_INDEX}: Hyper-V's virtual processor index. */
    HYPERV_VP_INDEX(KvmUapi.KVM_CAP_HYPERV_VP_INDEX(), "Hyper-V's virtual processor index"),

    /**
     * {@code KVM_CAP_GET_MSR_FEATURES}: MSRs that describe features of the host can be listed and
     * read.
     */
    GET_MSR_FEATURES(
            KvmUapi.KVM_CAP_GET_MSR_FEATURES(),
            "MSRs that describe features of the host can be listed and read"),

    /** {@code KVM_CAP_HYPERV_EVENTFD}: Hyper-V's event signals reach an eventfd. */
    HYPERV_EVENTFD(KvmUapi.KVM_CAP_HYPERV_EVENTFD(), "Hyper-V's event signals reach an eventfd"),

    /** {@code KVM_CAP_HYPERV_TLBFLUSH}: Hyper-V's TLB flush hypercalls. */
    HYPERV_TLBFLUSH(KvmUapi.KVM_CAP_HYPERV_TLBFLUSH(), "Hyper-V's TLB flush hypercalls"),

    /**
     * {@code KVM_CAP_NESTED_STATE}: state of nested guests can be read and set; the value is its
     * largest size in bytes.
     */
    NESTED_STATE(
            KvmUapi.KVM_CAP_NESTED_STATE(),
            "state of nested guests can be read and set; the value is its largest size in bytes"),

    /**
     * {@code KVM_CAP_MSR_PLATFORM_INFO}: the guest's access to MSR_PLATFORM_INFO can be switched.
     */
    MSR_PLATFORM_INFO(
            KvmUapi.KVM_CAP_MSR_PLATFORM_INFO(),
            "the guest's access to MSR_PLATFORM_INFO can be switched"),

    /** {@code KVM_CAP_HYPERV_SEND_IPI}: Hyper-V's IPI hypercalls. */
    HYPERV_SEND_IPI(KvmUapi.KVM_CAP_HYPERV_SEND_IPI(), "Hyper-V's IPI hypercalls"),

    /**
     * {@code KVM_CAP_COALESCED_PIO}: port writes can be collected in the ring of coalesced MMIO.
     */
    COALESCED_PIO(
            KvmUapi.KVM_CAP_COALESCED_PIO(),
            "port writes can be collected in the ring of coalesced MMIO"),

    /** {@code KVM_CAP_HYPERV_ENLIGHTENED_VMCS}: Hyper-V's enlightened VMCS for nested guests. */
    HYPERV_ENLIGHTENED_VMCS(
            KvmUapi.KVM_CAP_HYPERV_ENLIGHTENED_VMCS(),
            "Hyper-V's enlightened VMCS for nested guests"),

    /** {@code KVM_CAP_EXCEPTION_PAYLOAD}: pending exceptions carry CR2 or DR6 apart. */
    EXCEPTION_PAYLOAD(
            KvmUapi.KVM_CAP_EXCEPTION_PAYLOAD(), "pending exceptions carry CR2 or DR6 apart"),

    /**
     * {@code KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2}: the dirty log is cleared page by page; the value
     * is a set of flags.
     */
    MANUAL_DIRTY_LOG_PROTECT2(
            KvmUapi.KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2(),
            "the dirty log is cleared page by page; the value is a set of flags"),

    /** {@code KVM_CAP_HYPERV_CPUID}: Hyper-V's CPUID leaves can be listed for a vCPU. */
    HYPERV_CPUID(KvmUapi.KVM_CAP_HYPERV_CPUID(), "Hyper-V's CPUID leaves can be listed for a vCPU"),

    /**
     * {@code KVM_CAP_PMU_EVENT_FILTER}: which events the guest's performance counters count can be
     * limited.
     */
    PMU_EVENT_FILTER(
            KvmUapi.KVM_CAP_PMU_EVENT_FILTER(),
            "which events the guest's performance counters count can be limited"),

    /**
     * {@code KVM_CAP_HYPERV_DIRECT_TLBFLUSH}: Hyper-V's TLB flushes of nested guests go to the
     * outer hypervisor.
     */
    HYPERV_DIRECT_TLBFLUSH(
            KvmUapi.KVM_CAP_HYPERV_DIRECT_TLBFLUSH(),
            "Hyper-V's TLB flushes of nested guests go to the outer hypervisor"),

    /** {@code KVM_CAP_HALT_POLL}: how long HLT polls before it sleeps can be set for a VM. */
    HALT_POLL(
            KvmUapi.KVM_CAP_HALT_POLL(), "how long HLT polls before it sleeps can be set for a VM"),

    /** {@code KVM_CAP_ASYNC_PF_INT}: asynchronous page faults are signalled by interrupt. */
    ASYNC_PF_INT(
            KvmUapi.KVM_CAP_ASYNC_PF_INT(), "asynchronous page faults are signalled by interrupt"),

    /** {@code KVM_CAP_LAST_CPU}: an entry failure says on which CPU. */
    LAST_CPU(KvmUapi.KVM_CAP_LAST_CPU(), "an entry failure says on which CPU"),

    /**
     * {@code KVM_CAP_SMALLER_MAXPHYADDR}: the guest may have narrower physical addresses than the
     * host.
     */
    SMALLER_MAXPHYADDR(
            KvmUapi.KVM_CAP_SMALLER_MAXPHYADDR(),
            "the guest may have narrower physical addresses than the host"),

    /** {@code KVM_CAP_STEAL_TIME}: the guest can see the time that others took. */
    STEAL_TIME(KvmUapi.KVM_CAP_STEAL_TIME(), "the guest can see the time that others took"),

    /**
     * {@code KVM_CAP_X86_USER_SPACE_MSR}: accesses to MSRs can exit to user space; the value is for
     * which reasons.
     */
    X86_USER_SPACE_MSR(
            KvmUapi.KVM_CAP_X86_USER_SPACE_MSR(),
            "accesses to MSRs can exit to user space; the value is for which reasons"),

    /** {@code KVM_CAP_X86_MSR_FILTER}: accesses to chosen MSRs can be denied. */
    X86_MSR_FILTER(KvmUapi.KVM_CAP_X86_MSR_FILTER(), "accesses to chosen MSRs can be denied"),

    /**
     * {@code KVM_CAP_ENFORCE_PV_FEATURE_CPUID}: the guest gets only the paravirtual features that
     * its CPUID shows.
     */
    ENFORCE_PV_FEATURE_CPUID(
            KvmUapi.KVM_CAP_ENFORCE_PV_FEATURE_CPUID(),
            "the guest gets only the paravirtual features that its CPUID shows"),

    /** {@code KVM_CAP_SYS_HYPERV_CPUID}: Hyper-V's CPUID leaves can be listed for the host. */
    SYS_HYPERV_CPUID(
            KvmUapi.KVM_CAP_SYS_HYPERV_CPUID(),
            "Hyper-V's CPUID leaves can be listed for the host"),

    /**
     * {@code KVM_CAP_DIRTY_LOG_RING}: dirty pages are collected in a ring of each vCPU; the value
     * is its largest size in bytes.
     */
    DIRTY_LOG_RING(
            KvmUapi.KVM_CAP_DIRTY_LOG_RING(),
            "dirty pages are collected in a ring of each vCPU; the value is its largest size in"
                    + " bytes"),

    /**
     * {@code KVM_CAP_X86_BUS_LOCK_EXIT}: bus locks of the guest can exit; the value is which modes.
     */
    X86_BUS_LOCK_EXIT(
            KvmUapi.KVM_CAP_X86_BUS_LOCK_EXIT(),
            "bus locks of the guest can exit; the value is which modes"),

    /** {@code KVM_CAP_SET_GUEST_DEBUG2}: the flags that guest debugging takes. */
    SET_GUEST_DEBUG2(KvmUapi.KVM_CAP_SET_GUEST_DEBUG2(), "the flags that guest debugging takes"),

    /**
     * {@code KVM_CAP_SGX_ATTRIBUTE}: access of enclaves to privileged attributes can be granted.
     */
    SGX_ATTRIBUTE(
            KvmUapi.KVM_CAP_SGX_ATTRIBUTE(),
            "access of enclaves to privileged attributes can be granted"),

    /**
     * {@code KVM_CAP_VM_COPY_ENC_CONTEXT_FROM}: the encryption context of another VM can be shared.
     */
    VM_COPY_ENC_CONTEXT_FROM(
            KvmUapi.KVM_CAP_VM_COPY_ENC_CONTEXT_FROM(),
            "the encryption context of another VM can be shared"),

    /** {@code KVM_CAP_PTP_KVM}: the guest can read the host's clock together with the TSC. */
    PTP_KVM(KvmUapi.KVM_CAP_PTP_KVM(), "the guest can read the host's clock together with the TSC"),

    /**
     * {@code KVM_CAP_HYPERV_ENFORCE_CPUID}: the guest gets only the Hyper-V features that its CPUID
     * shows.
     */
    HYPERV_ENFORCE_CPUID(
            KvmUapi.KVM_CAP_HYPERV_ENFORCE_CPUID(),
            "the guest gets only the Hyper-V features that its CPUID shows"),

    /** {@code KVM_CAP_SREGS2}: special registers with the page directory pointers of PAE. */
    SREGS2(KvmUapi.KVM_CAP_SREGS2(), "special registers with the page directory pointers of PAE"),

    /** {@code KVM_CAP_EXIT_HYPERCALL}: hypercalls can exit to user space; the value is which. */
    EXIT_HYPERCALL(
            KvmUapi.KVM_CAP_EXIT_HYPERCALL(),
            "hypercalls can exit to user space; the value is which"),

    /**
     * {@code KVM_CAP_BINARY_STATS_FD}: statistics of a VM and of a vCPU can be read from a
     * descriptor.
     */
    BINARY_STATS_FD(
            KvmUapi.KVM_CAP_BINARY_STATS_FD(),
            "statistics of a VM and of a vCPU can be read from a descriptor"),

    /**
     * {@code KVM_CAP_EXIT_ON_EMULATION_FAILURE}: an instruction that cannot be emulated exits with
     * its bytes.
     */
    EXIT_ON_EMULATION_FAILURE(
            KvmUapi.KVM_CAP_EXIT_ON_EMULATION_FAILURE(),
            "an instruction that cannot be emulated exits with its bytes"),

    /**
     * {@code KVM_CAP_VM_MOVE_ENC_CONTEXT_FROM}: the encryption context of another VM can be moved
     * here.
     */
    VM_MOVE_ENC_CONTEXT_FROM(
            KvmUapi.KVM_CAP_VM_MOVE_ENC_CONTEXT_FROM(),
            "the encryption context of another VM can be moved here"),

    /** {@code KVM_CAP_VM_GPA_BITS}: width of guest-physical addresses. */
    VM_GPA_BITS(KvmUapi.KVM_CAP_VM_GPA_BITS(), "width of guest-physical addresses"),

    /** {@code KVM_CAP_XSAVE2}: extended state of any size; the value is its size in bytes. */
    XSAVE2(KvmUapi.KVM_CAP_XSAVE2(), "extended state of any size; the value is its size in bytes"),

    /** {@code KVM_CAP_SYS_ATTRIBUTES}: KVM itself has device attributes. */
    SYS_ATTRIBUTES(KvmUapi.KVM_CAP_SYS_ATTRIBUTES(), "KVM itself has device attributes"),

    /** {@code KVM_CAP_PMU_CAPABILITY}: the guest's performance counters can be switched off. */
    PMU_CAPABILITY(
            KvmUapi.KVM_CAP_PMU_CAPABILITY(),
            "the guest's performance counters can be switched off"),

    /**
     * {@code KVM_CAP_DISABLE_QUIRKS2}: bugs kept for old guests can be switched off; the value is
     * which.
     */
    DISABLE_QUIRKS2(
            KvmUapi.KVM_CAP_DISABLE_QUIRKS2(),
            "bugs kept for old guests can be switched off; the value is which"),

    /** {@code KVM_CAP_VM_TSC_CONTROL}: the TSC frequency can be set for a whole VM. */
    VM_TSC_CONTROL(KvmUapi.KVM_CAP_VM_TSC_CONTROL(), "the TSC frequency can be set for a whole VM"),

    /** {@code KVM_CAP_SYSTEM_EVENT_DATA}: a system event comes with data. */
    SYSTEM_EVENT_DATA(KvmUapi.KVM_CAP_SYSTEM_EVENT_DATA(), "a system event comes with data"),

    /** {@code KVM_CAP_X86_TRIPLE_FAULT_EVENT}: a pending triple fault is among the vCPU events. */
    X86_TRIPLE_FAULT_EVENT(
            KvmUapi.KVM_CAP_X86_TRIPLE_FAULT_EVENT(),
            "a pending triple fault is among the vCPU events"),

    /**
     * {@code KVM_CAP_X86_NOTIFY_VMEXIT}: a guest that blocks events for too long can be made to
     * exit.
     */
    X86_NOTIFY_VMEXIT(
            KvmUapi.KVM_CAP_X86_NOTIFY_VMEXIT(),
            "a guest that blocks events for too long can be made to exit"),

    /**
     * {@code KVM_CAP_VM_DISABLE_NX_HUGE_PAGES}: the iTLB multihit mitigation can be switched off
     * for a VM.
     */
    VM_DISABLE_NX_HUGE_PAGES(
            KvmUapi.KVM_CAP_VM_DISABLE_NX_HUGE_PAGES(),
            "the iTLB multihit mitigation can be switched off for a VM"),

    /**
     * {@code KVM_CAP_DIRTY_LOG_RING_ACQ_REL}: the dirty ring, with the memory ordering that weak
     * hosts need.
     */
    DIRTY_LOG_RING_ACQ_REL(
            KvmUapi.KVM_CAP_DIRTY_LOG_RING_ACQ_REL(),
            "the dirty ring, with the memory ordering that weak hosts need"),

    /**
     * {@code KVM_CAP_DIRTY_LOG_RING_WITH_BITMAP}: the dirty ring with a bitmap for writes of
     * devices in the kernel.
     */
    DIRTY_LOG_RING_WITH_BITMAP(
            KvmUapi.KVM_CAP_DIRTY_LOG_RING_WITH_BITMAP(),
            "the dirty ring with a bitmap for writes of devices in the kernel"),

    /** {@code KVM_CAP_PMU_EVENT_MASKED_EVENTS}: the filter of performance events takes masks. */
    PMU_EVENT_MASKED_EVENTS(
            KvmUapi.KVM_CAP_PMU_EVENT_MASKED_EVENTS(),
            "the filter of performance events takes masks"),

    /** {@code KVM_CAP_USER_MEMORY2}: memory slots that a guest memory file can stand behind. */
    USER_MEMORY2(
            KvmUapi.KVM_CAP_USER_MEMORY2(),
            "memory slots that a guest memory file can stand behind"),

    /**
     * {@code KVM_CAP_MEMORY_FAULT_INFO}: a memory fault that KVM cannot resolve exits with its
     * address.
     */
    MEMORY_FAULT_INFO(
            KvmUapi.KVM_CAP_MEMORY_FAULT_INFO(),
            "a memory fault that KVM cannot resolve exits with its address"),

    /** {@code KVM_CAP_MEMORY_ATTRIBUTES}: guest memory has attributes; the value is which. */
    MEMORY_ATTRIBUTES(
            KvmUapi.KVM_CAP_MEMORY_ATTRIBUTES(), "guest memory has attributes; the value is which"),

    /** {@code KVM_CAP_GUEST_MEMFD}: files of guest memory that this process cannot reach. */
    GUEST_MEMFD(
            KvmUapi.KVM_CAP_GUEST_MEMFD(), "files of guest memory that this process cannot reach"),

    /** {@code KVM_CAP_VM_TYPES}: the types of VM, as a set of bits. */
    VM_TYPES(KvmUapi.KVM_CAP_VM_TYPES(), "the types of VM, as a set of bits"),

    /** {@code KVM_CAP_PRE_FAULT_MEMORY}: guest memory can be populated ahead of the guest. */
    PRE_FAULT_MEMORY(
            KvmUapi.KVM_CAP_PRE_FAULT_MEMORY(), "guest memory can be populated ahead of the guest"),

    /** {@code KVM_CAP_X86_APIC_BUS_CYCLES_NS}: the frequency of the local APIC timer can be set. */
    X86_APIC_BUS_CYCLES_NS(
            KvmUapi.KVM_CAP_X86_APIC_BUS_CYCLES_NS(),
            "the frequency of the local APIC timer can be set"),

    /** {@code KVM_CAP_X86_GUEST_MODE}: an exit says whether it came from a nested guest. */
    X86_GUEST_MODE(
            KvmUapi.KVM_CAP_X86_GUEST_MODE(), "an exit says whether it came from a nested guest"),

    /** {@code KVM_CAP_GUEST_MEMFD_FLAGS}: the flags that guest memory files take. */
    GUEST_MEMFD_FLAGS(
            KvmUapi.KVM_CAP_GUEST_MEMFD_FLAGS(), "the flags that guest memory files take");

    private final int code;
    private final String meaning;

    Capability(long code, String meaning) {
        this.code = (int) code;
        this.meaning = meaning;
    }

    /**
     * The number in the kernel's interface.
     *
     * @return the number
     */
    public int code() {
        return code;
    }

    /**
     * The name in the kernel's interface.
     *
     * @return the name, such as {@code KVM_CAP_IRQCHIP}
     */
    public String symbol() {
        return "KVM_CAP_" + name();
    }

    /**
     * What a host with this capability can do, and what the number it answers with says.
     *
     * @return one line of English
     */
    public String meaning() {
        return meaning;
    }
}
