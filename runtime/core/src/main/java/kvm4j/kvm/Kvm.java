package kvm4j.kvm;

import kvm4j.bindings.kvm.KvmUapi;
import kvm4j.bindings.libc.Libc;
import kvm4j.kvm.msr.HostMsrs;
import kvm4j.kvm.msr.UnsupportedMsrException;
import kvm4j.linux.FileDescriptor;
import kvm4j.linux.Ioctl;
import kvm4j.linux.LinuxException;
import kvm4j.linux.NativeAccess;
import kvm4j.x86.CpuId;
import kvm4j.x86.Msr;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * KVM itself: an open {@code /dev/kvm}, which answers what the host can do and creates virtual
 * machines. Any thread may use it; virtual machines outlive it.
 *
 * {@snippet :
 * try (Kvm kvm = Kvm.open();
 *         Vm vm = kvm.createVm()) {
 *     Vcpu vcpu = vm.createVcpu(0);
 * }
 * }
 */
public final class Kvm implements AutoCloseable {

    static {
        NativeAccess.require();
    }

    /** The only version of the API that kernels of this century have. */
    public static final int API_VERSION = KvmUapi.KVM_API_VERSION();

    /** The device node of KVM. */
    public static final Path DEVICE = Path.of("/dev/kvm");

    private static final Ioctl GET_API_VERSION =
            new Ioctl("KVM_GET_API_VERSION", KvmUapi.KVM_GET_API_VERSION());
    private static final Ioctl CREATE_VM = new Ioctl("KVM_CREATE_VM", KvmUapi.KVM_CREATE_VM());
    private static final Ioctl CHECK_EXTENSION =
            new Ioctl("KVM_CHECK_EXTENSION", KvmUapi.KVM_CHECK_EXTENSION());
    private static final Ioctl GET_VCPU_MMAP_SIZE =
            new Ioctl("KVM_GET_VCPU_MMAP_SIZE", KvmUapi.KVM_GET_VCPU_MMAP_SIZE());

    private static final Ioctl GET_SUPPORTED_CPUID =
            new Ioctl("KVM_GET_SUPPORTED_CPUID", KvmUapi.KVM_GET_SUPPORTED_CPUID());
    private static final Ioctl GET_EMULATED_CPUID =
            new Ioctl("KVM_GET_EMULATED_CPUID", KvmUapi.KVM_GET_EMULATED_CPUID());
    private static final Ioctl GET_SUPPORTED_HV_CPUID =
            new Ioctl("KVM_GET_SUPPORTED_HV_CPUID", KvmUapi.KVM_GET_SUPPORTED_HV_CPUID());
    private static final Ioctl X86_GET_MCE_CAP_SUPPORTED =
            new Ioctl("KVM_X86_GET_MCE_CAP_SUPPORTED", KvmUapi.KVM_X86_GET_MCE_CAP_SUPPORTED());

    private final FileDescriptor descriptor;
    private final Path device;

    /** Null until somebody asks. */
    private Optional<DeviceNode> node;

    private Kvm(FileDescriptor descriptor, Path device) {
        this.device = device;
        this.descriptor = descriptor;
    }

    /**
     * Finds where in {@code struct kvm_run} everything is, which takes Java some milliseconds at
     * the first machine of a process; here it can be done while another thread {@linkplain
     * NativeAccess#link() links} the native calls.
     */
    public static void prepare() {
        KvmRun.prepare();
    }

    /**
     * Opens {@code /dev/kvm}.
     *
     * @return KVM
     * @throws KvmUnavailableException if it is not there or not accessible
     */
    public static Kvm open() {
        return open(DEVICE);
    }

    /**
     * Opens a KVM device of another name.
     *
     * @param device the device node
     * @return KVM
     * @throws KvmUnavailableException if it is not there, not accessible, or not KVM
     */
    public static Kvm open(Path device) {
        FileDescriptor descriptor;
        try {
            descriptor = FileDescriptor.open(device);
        } catch (LinuxException e) {
            throw new KvmUnavailableException(device, e);
        }
        Kvm kvm = new Kvm(descriptor, device);
        try {
            int version = kvm.apiVersion();
            if (version != API_VERSION) {
                throw GET_API_VERSION.failed(0, Libc.ENOTTY());
            }
            return kvm;
        } catch (LinuxException e) {
            kvm.close();
            throw new KvmUnavailableException(device, e);
        }
    }

    /**
     * The device's path.
     *
     * @return what it was opened by
     */
    public Path device() {
        return device;
    }

    /**
     * The device's node: what tells whether another KVM would answer the same.
     *
     * @return the node that was at {@link #device()} when this was first asked for, if there was
     *     one still
     */
    public synchronized Optional<DeviceNode> node() {
        if (node == null) {
            node = DeviceNode.at(device);
        }
        return node;
    }

    /**
     * The version of the API: {@code KVM_GET_API_VERSION}.
     *
     * @return {@link #API_VERSION}
     * @throws IllegalStateException if this is closed
     */
    public int apiVersion() {
        return descriptor.ioctl(GET_API_VERSION, 0);
    }

    /**
     * What the host can do: {@code KVM_CHECK_EXTENSION} on the system. A virtual machine may have
     * more or less: {@link Vm#check}.
     *
     * @param capability what to ask for
     * @return 0 if it does not have the capability, else 1 or a number that the capability defines
     * @throws IllegalStateException if this is closed
     */
    public int check(Capability capability) {
        return check(capability.code());
    }

    /**
     * What the host can do, by a number that {@link Capability} does not name: {@code
     * KVM_CHECK_EXTENSION} on the system.
     *
     * @param capability a number of the kernel's {@code KVM_CAP_*}
     * @return 0 if it does not have the capability, else 1 or a number that the capability defines
     * @throws IllegalStateException if this is closed
     */
    public int check(int capability) {
        return descriptor.ioctl(CHECK_EXTENSION, capability);
    }

    /**
     * The types of VM that the host can create: {@code KVM_CHECK_EXTENSION} of {@code
     * KVM_CAP_VM_TYPES}.
     *
     * @return the types, {@link VmType#DEFAULT} among them
     * @throws IllegalStateException if this is closed
     */
    public Set<VmType> vmTypes() {
        int mask = check(Capability.VM_TYPES);
        Set<VmType> types = EnumSet.allOf(VmType.class);
        types.removeIf(type -> type != VmType.DEFAULT && (mask >> type.code() & 1) == 0);
        return types;
    }

    /**
     * The CPUID leaves that KVM can give a guest on this host: {@code KVM_GET_SUPPORTED_CPUID}.
     * What to begin with for {@link Vcpu#setCpuId}.
     *
     * @return the leaves
     * @throws LinuxException if the kernel refuses
     * @throws IllegalStateException if this is closed
     */
    public CpuId supportedCpuId() {
        return cpuId(GET_SUPPORTED_CPUID);
    }

    /**
     * The CPUID leaves with the features that KVM emulates, slowly, where the hardware does not
     * have them: {@code KVM_GET_EMULATED_CPUID}.
     *
     * @return the leaves
     * @throws LinuxException if the kernel refuses
     * @throws IllegalStateException if this is closed
     */
    public CpuId emulatedCpuId() {
        return cpuId(GET_EMULATED_CPUID);
    }

    /**
     * The CPUID leaves that show a guest KVM as Hyper-V: {@code KVM_GET_SUPPORTED_HV_CPUID}. Needs
     * {@link Capability#SYS_HYPERV_CPUID}.
     *
     * @return the leaves
     * @throws LinuxException if the kernel refuses
     * @throws IllegalStateException if this is closed
     */
    public CpuId supportedHypervCpuId() {
        return cpuId(GET_SUPPORTED_HV_CPUID);
    }

    private CpuId cpuId(Ioctl request) {
        return CpuIdCodec.query(request, structure -> descriptor.tryIoctl(request, structure));
    }

    /**
     * What machine checks the host can give a guest: {@code KVM_X86_GET_MCE_CAP_SUPPORTED}.
     *
     * @return flags of MCG_CAP; how many banks is the answer to {@link Capability#MCE}
     * @throws LinuxException if the kernel refuses
     * @throws IllegalStateException if this is closed
     */
    public long machineCheckCapabilities() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment capabilities = arena.allocate(ValueLayout.JAVA_LONG);
            descriptor.ioctl(X86_GET_MCE_CAP_SUPPORTED, capabilities);
            return capabilities.get(ValueLayout.JAVA_LONG, 0);
        }
    }

    /**
     * The features of XSAVE that a guest can have: {@code KVM_GET_DEVICE_ATTR} of {@code
     * KVM_X86_XCOMP_GUEST_SUPP}. Needs {@link Capability#SYS_ATTRIBUTES}.
     *
     * @return bits as of XCR0
     * @throws LinuxException if the kernel refuses
     * @throws IllegalStateException if this is closed
     */
    public long supportedExtendedFeatures() {
        return new DeviceAttributes(descriptor::tryIoctl)
                .getLong(KvmUapi.KVM_X86_GRP_SYSTEM(), KvmUapi.KVM_X86_XCOMP_GUEST_SUPP());
    }

    /**
     * The MSRs that have to be saved and restored for a guest to move: {@code
     * KVM_GET_MSR_INDEX_LIST}.
     *
     * @return their numbers
     * @throws LinuxException if the kernel refuses
     * @throws IllegalStateException if this is closed
     */
    public int[] msrIndices() {
        return new HostMsrs(descriptor).indices();
    }

    /**
     * The MSRs that are a processor's state: {@link #msrIndices()}, and those that the kernel
     * leaves out of that list although a guest can change them (MTRRs, the PAT, machine check
     * banks). Which of them a vCPU has, depends on its CPUID.
     *
     * @return their numbers, in the order in which they can be written
     * @throws LinuxException if the kernel refuses
     * @throws IllegalStateException if this is closed
     */
    public int[] stateMsrIndices() {
        return new HostMsrs(descriptor).stateIndices();
    }

    /**
     * The MSRs that describe features of the host, such as those of VMX: {@code
     * KVM_GET_MSR_FEATURE_INDEX_LIST}.
     *
     * @return their numbers
     * @throws LinuxException if the kernel refuses
     * @throws IllegalStateException if this is closed
     */
    public int[] featureMsrIndices() {
        return new HostMsrs(descriptor).featureIndices();
    }

    /**
     * What MSRs that describe features say on this host: {@code KVM_GET_MSRS} on the system.
     *
     * @param indices their numbers, of {@link #featureMsrIndices()}
     * @return their values, in the same order
     * @throws UnsupportedMsrException at the first that cannot be read
     * @throws IllegalStateException if this is closed
     */
    public List<Msr> featureMsrs(int... indices) {
        return new HostMsrs(descriptor).features(indices);
    }

    /**
     * Creates a virtual machine without processors and memory: {@code KVM_CREATE_VM}. The first on
     * a host is what puts its processors into VMX root operation (VMXON) or sets EFER.SVME.
     *
     * @return the virtual machine
     * @throws LinuxException if the kernel refuses
     * @throws IllegalStateException if this is closed
     */
    public Vm createVm() {
        return createVm(VmType.DEFAULT);
    }

    /**
     * Creates a virtual machine of a type: {@code KVM_CREATE_VM}.
     *
     * @param type one of {@link #vmTypes()}
     * @return the virtual machine
     * @throws LinuxException {@code EINVAL} for a type that the host cannot create
     * @throws IllegalStateException if this is closed
     */
    public Vm createVm(VmType type) {
        int mmapSize = descriptor.ioctl(GET_VCPU_MMAP_SIZE, 0);
        int fd;
        do {
            fd = descriptor.tryIoctl(CREATE_VM, type.code());
        } while (fd == -Libc.EINTR());
        if (fd < 0) {
            throw CREATE_VM.failed(type.code(), -fd);
        }
        return new Vm(new FileDescriptor(fd, "VM"), mmapSize, this);
    }

    /**
     * Makes a request that this library does not know: {@code ioctl(2)} on the device.
     *
     * @param request its name, for messages, and its number
     * @param argument the argument, 0 if the request has none
     * @return the result, not negative; a descriptor is the caller's to close, best as a {@link
     *     FileDescriptor}
     * @throws LinuxException if the kernel refuses
     * @throws IllegalStateException if this is closed
     */
    public int ioctl(Ioctl request, long argument) {
        return descriptor.ioctl(request, argument);
    }

    /**
     * Makes a request that this library does not know, with a structure: {@code ioctl(2)} on the
     * device.
     *
     * @param request its name, for messages, and its number
     * @param structure the structure, in native memory, which is held until the call returns; what
     *     it points at is for the caller to hold
     * @return the result, as of {@link #ioctl(Ioctl, long)}
     * @throws LinuxException if the kernel refuses
     * @throws IllegalArgumentException if the structure is shorter than the request's number says,
     *     on the heap, or read-only where the kernel writes to it
     * @throws IllegalStateException if this is closed, or the structure's arena is closed
     */
    public int ioctl(Ioctl request, MemorySegment structure) {
        return descriptor.ioctl(request, structure);
    }

    /** Closes the device. Does nothing the second time. */
    @Override
    public void close() {
        descriptor.close();
    }
}
